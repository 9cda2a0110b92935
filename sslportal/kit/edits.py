"""Editing a row: the values are written, and what has changed is told to the history."""

from typing import Any

from django.db.models import Model
from django.utils.translation import gettext_noop

from sslportal.kit import clock
from sslportal.kit.words import english


def write(thing: Model, values: dict[str, Any]) -> dict[str, list[str]]:
    """Write the values, by their fields. Returns what has changed: the word for the field, its value before and after."""
    changes = {}
    for name, value in values.items():
        before = getattr(thing, name)
        if before != value:
            field: Any = thing._meta.get_field(name)
            changes[english(field.verbose_name)] = [_plain(before), _plain(value)]
            setattr(thing, name, value)
    stamp = {"updated_at": clock.now()} if hasattr(thing, "updated_at") else {}
    for name, moment in stamp.items():
        setattr(thing, name, moment)
    thing.save(update_fields=[*values, *stamp])
    return changes


def _plain(value: Any) -> str:
    """A value as the history keeps it."""
    if isinstance(value, bool):
        return gettext_noop("yes") if value else gettext_noop("no")
    if value is None:
        return ""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
