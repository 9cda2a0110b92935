"""Why the program cannot go on, for the person who runs it."""

from __future__ import annotations


class Trouble(Exception):
    """Says in sentences what is wrong and what to do. It ends the program."""
