"""What the commands say to the person at the terminal: calm, a line at a time."""

import sys
from contextlib import suppress
from pathlib import Path


class Trouble(Exception):
    """Something that keeps a command from going on, in a sentence for the person who called it."""


def say(sentence: str) -> None:
    """Write a line. A terminal that has gone away is no reason to fail."""
    with suppress(OSError, ValueError):
        sys.stdout.write(f"{sentence}\n")
        sys.stdout.flush()


def tail(log: Path, lines: int = 12) -> str:
    """The end of a log, indented."""
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:])
