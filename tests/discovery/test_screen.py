"""What the person sees: one line of progress on a terminal, and lines now and then behind a pipe."""

import contextlib
import io
import os

import pytest

from discovery.scanner import screen as showing
from discovery.scanner.run import Progress
from discovery.scanner.screen import Screen, duration, line


class Terminal(io.StringIO):
    def isatty(self):
        return True


def shown(out, *lines):
    screen = Screen(out)
    for one in lines:
        screen.show(one)
    screen.say("said")
    screen.say("and said")
    return out.getvalue()


def test_a_terminal_shows_each_line_in_the_place_of_the_one_before():
    assert shown(Terminal(), "long line", "short") == "\rlong line\rshort    \nsaid\nand said\n"


def test_a_line_is_no_longer_than_the_terminal_is_wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "6")

    assert shown(Terminal(), "long line") == "\rlong \nsaid\nand said\n"


def test_behind_a_pipe_lines_are_rare():
    assert shown(io.StringIO(), "one", "two") == "said\nand said\n"


def test_behind_a_pipe_lines_stay(monkeypatch):
    monkeypatch.setattr(showing, "BETWEEN_LINES", 0)

    assert shown(io.StringIO(), "one", "two") == "one\ntwo\nsaid\nand said\n"


def test_who_does_not_look_any_more_is_no_trouble():
    reading, writing = os.pipe()
    os.close(reading)
    with contextlib.suppress(BrokenPipeError), os.fdopen(writing, "w") as out:
        screen = Screen(out)
        screen.say("said")
        screen.show("line")

    assert out.closed


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (Progress(0, 0, 32, 0, 0.0), "0 of 32 pairs (0 %), 0/s, 0 found"),
        (Progress(12_345, 345, 65_534, 57, 1.5), "12,345 of 65,534 pairs (18 %), 230/s, 57 found, 3 min 51 s left"),
        (Progress(32, 32, 32, 1, 1.0), "32 of 32 pairs (100 %), 32/s, 1 found, 0 s left"),
        (Progress(0, 0, 0, 0, 0.0), "0 of 0 pairs (100 %), 0/s, 0 found"),
    ],
)
def test_a_line_says_how_far_it_is(progress, text):
    assert line(progress, "pairs") == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (3599, "59 min 59 s"), (360_000, "100 h 0 min")],
)
def test_a_duration_is_told_in_its_two_largest_units(seconds, text):
    assert duration(seconds) == text
