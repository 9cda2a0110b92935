"""What the person sees: sentences, and how far it is, on one line that a terminal rewrites."""

from __future__ import annotations

import shutil
import threading
import time
from contextlib import suppress
from typing import TextIO

from discovery.scanner.run import Progress

BETWEEN_LINES = 10.0  # seconds, where each is kept: in a file or behind a pipe


class Screen:
    """From any thread. Who does not want to see it any more does not stop the work."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._is_terminal = out.isatty()
        self._length = 0  # of the line that stands there unfinished
        self._shown_at = time.monotonic()
        self._lock = threading.Lock()

    def say(self, text: str) -> None:
        """On lines of its own."""
        self.end_line()
        with self._lock:
            self._write(text + "\n")

    def end_line(self) -> None:
        """What was shown stays, and what comes now begins a new line."""
        with self._lock:
            self._write("\n" if self._length else "")
            self._length = 0

    def show(self, line: str) -> None:
        """In the place of what was shown before."""
        with self._lock:
            if self._is_terminal:
                line = line[: shutil.get_terminal_size().columns - 1]
                self._write("\r" + line.ljust(self._length))
                self._length = len(line)
            elif time.monotonic() - self._shown_at >= BETWEEN_LINES:
                self._shown_at = time.monotonic()
                self._write(line + "\n")

    def _write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            self._out.write(text)
            self._out.flush()


def line(progress: Progress, unit: str) -> str:
    """How far it is: 12,345 of 65,534 pairs (18 %), 340/s, 57 found, 2 min 36 s left"""
    done = f"{progress.position:,} of {progress.total:,} {unit}"
    percent = 100 * progress.position // progress.total if progress.total else 100
    left = f", {duration(progress.left)} left" if progress.done else ""
    return f"{done} ({percent} %), {progress.rate:,.0f}/s, {progress.found:,} found{left}"


def duration(seconds: float) -> str:
    """In the two largest units."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours:,} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
