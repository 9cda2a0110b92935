"""Reading the process's environment: the only source of settings that differ between installations."""

import os
from pathlib import Path
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T", bound=str)


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default)


def folder(name: str) -> str:
    """The path of a folder, or nothing. Raises ImproperlyConfigured for one that depends on where a process was started."""
    path = text(name)
    if path and not Path(path).is_absolute():
        raise ImproperlyConfigured(
            f"{name} is “{path}”, which is another folder for each process: begin it with a slash."
        )
    return path


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


def token(name: str) -> str:
    """A secret that programs show, or nothing. Raises ImproperlyConfigured for one that could be guessed."""
    value = secret(name, "")
    if value and len(value) < 32:
        raise ImproperlyConfigured(f"{name} is too short to be kept secret. This makes one: openssl rand -hex 32")
    return value


def at_most_one(*names: str) -> None:
    """Raises ImproperlyConfigured where several of them are set, which say the same thing in different ways."""
    if len(given := [name for name in names if os.environ.get(name)]) > 1:
        raise ImproperlyConfigured(
            f"{' and '.join(given)} are both set: keep the one that is meant, take away the other."
        )


def whole(name: str, default: int, *, least: int, most: int) -> int:
    """A whole number within bounds. Raises ImproperlyConfigured for anything else."""
    value = os.environ.get(name) or str(default)
    if value.isascii() and value.isdigit() and least <= int(value) <= most:
        return int(value)
    raise ImproperlyConfigured(f"{name} is “{value}”, which is no whole number from {least} to {most}.")
