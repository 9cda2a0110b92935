"""`manage.py policy show`."""

import io

import pytest
import time_machine
from django.core.management import CommandError, call_command


def show(*options: str) -> list[str]:
    out = io.StringIO()
    call_command("policy", "show", *options, stdout=out)
    return out.getvalue().splitlines()


def line(lines: list[str], what: str) -> list[str]:
    return next(line.split() for line in lines if line.startswith(f"{what} "))


def test_every_rule_is_shown_with_its_source() -> None:
    lines = show("--at", "2027-03-15", "--policy", "public-trust")

    assert lines[0] == "Policy public-trust on 2027-03-15"
    assert lines[2].split() == ["RULE", "VALUE", "SINCE", "UNTIL", "SOURCE"]
    assert line(lines, "max-validity-days") == [
        *("max-validity-days", "100", "days"),
        *("2027-03-15", "2029-03-15", "BR", "6.3.2"),
    ]
    assert line(lines, "hold-allowed") == ["hold-allowed", "No", "BR", "4.9.13,", "7.2.2"]


def test_the_day_before_shows_the_rule_before() -> None:
    lines = show("--at", "2027-03-14", "--policy", "public-trust")

    assert line(lines, "max-validity-days")[1:5] == ["200", "days", "2026-03-15", "2027-03-15"]


def test_without_options_today_and_the_policy_of_the_settings_are_shown(settings) -> None:
    settings.PORTAL_POLICY = "private"

    with time_machine.travel("2026-11-24T23:30:00Z"):
        lines = show()

    assert lines[0] == "Policy private on 2026-11-24"
    assert line(lines, "hold-allowed")[1] == "Yes"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--at", "15.3.2027"), "a day is written like 2027-03-15"),
        (("--policy", "no-such"), "no-such.toml: there is no such policy"),
    ],
)
def test_what_cannot_be_shown_is_refused(options: tuple[str, ...], reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        show(*options)
