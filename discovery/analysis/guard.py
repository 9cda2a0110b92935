"""Trying something with what strangers sent, which may make a library raise anything."""

from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")
Otherwise = TypeVar("Otherwise")

PANIC = "PanicException"  # cryptography's compiled part at its wits' end: no Exception, and not to be imported


def attempt(read: Callable[[], Value], otherwise: Otherwise) -> Value | Otherwise:
    """What is read, or the other where that raises; but not where somebody wants the whole program to stop."""
    try:
        return read()
    except Exception:
        return otherwise
    except BaseException as error:
        if type(error).__name__ != PANIC:
            raise
        return otherwise
