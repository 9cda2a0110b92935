"""Reading the process's environment: the only source of settings that differ between installations."""

import os
from pathlib import Path
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T", bound=str)


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default)


def flag(name: str) -> bool:
    return text(name).lower() in {"1", "true", "yes", "on"}


def names(name: str, default: str = "") -> list[str]:
    """A list separated by commas or spaces."""
    return text(name, default).replace(",", " ").split()


def choice(name: str, *choices: T) -> T:
    """One of the choices, the first where nothing is set. Raises ImproperlyConfigured for anything else."""
    value = os.environ.get(name, choices[0])
    for one in choices:
        if one == value:
            return one
    raise ImproperlyConfigured(f"{name} is “{value}”, which is none of: {', '.join(choices)}.")


def secret(name: str, default: str | None = None) -> str:
    """A secret out of the file that NAME_FILE names, else out of NAME. Raises ImproperlyConfigured where neither is set."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"Set {name}, or {name}_FILE to a file that holds it.")
    return value


def whole(name: str, default: int, *, least: int, most: int) -> int:
    """A whole number within bounds. Raises ImproperlyConfigured for anything else."""
    value = os.environ.get(name) or str(default)
    if value.isascii() and value.isdigit() and least <= int(value) <= most:
        return int(value)
    raise ImproperlyConfigured(f"{name} is “{value}”, which is no whole number from {least} to {most}.")
