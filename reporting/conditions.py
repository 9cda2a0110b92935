"""The conditions of rules, by the kind of the field: their words, what they compare with, and what they ask of the database."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reporting import values
from reporting.fields import At, Field, Kind, Text
from reporting.values import Takes, Value


@dataclass(frozen=True)
class Condition:
    """What may be asked of a field. `q` is never unknown: where there is no value, it is true or false."""

    key: str
    words: Text
    takes: Takes
    asks: Callable[[Field, Any, At], Q]

    def read(self, field: Field, given: Any) -> Value:
        """What a form sent or a definition keeps, as a value to compare with. Raises values.BadValue."""
        return values.read(self.takes, field, given)

    def q(self, field: Field, value: Value, at: At) -> Q:
        return self.asks(field, value, at)


def of(field: Field) -> tuple[Condition, ...]:
    """Those that may be asked of the field."""
    return BY_KIND[field.kind]


def find(field: Field, key: Any) -> Condition | None:
    return next((condition for condition in of(field) if condition.key == key), None)


def _lookup(field: Field, name: str, value: Any) -> Q:
    """False, and never unknown, where there is no value: what is unknown stays so when it is negated."""
    found = Q(**{f"{field.column}__{name}": value})
    return found & Q(**{f"{field.column}__isnull": False}) if field.may_be_empty else found


def _compared(field: Field, name: str, text: str) -> Q:
    """Whatever the case."""
    return _lookup(field, name if field.one_case else f"i{name}", field.as_stored(text))


def _text(name: str) -> Callable[[Field, str, At], Q]:
    """A comparison of texts, by an index where there is one."""

    def asks(field: Field, text: str, at: At) -> Q:
        lead = field.found_by(text) if field.found_by else Q()
        return lead & _compared(field, name, text)

    return asks


def _is_not(field: Field, text: str, at: At) -> Q:
    return ~_compared(field, "exact", text)


def _is_blank(field: Field, value: None, at: At) -> Q:
    return Q(**{field.column: ""}) | Q(**{f"{field.column}__isnull": True})


def _is_missing(field: Field, value: None, at: At) -> Q:
    return Q(**{f"{field.column}__isnull": True})


def _has_text(field: Field, value: None, at: At) -> Q:
    return ~_is_blank(field, value, at)


def _is_there(field: Field, value: None, at: At) -> Q:
    return ~_is_missing(field, value, at)


def _one_of(field: Field, chosen: tuple[str, ...], at: At) -> Q:
    return _lookup(field, "in", chosen)


def _none_of(field: Field, chosen: tuple[str, ...], at: At) -> Q:
    return ~_one_of(field, chosen, at)


def _before(field: Field, day: str, at: At) -> Q:
    return _lookup(field, "lt", at.midnight(date.fromisoformat(day)))


def _after(field: Field, day: str, at: At) -> Q:
    return _lookup(field, "gte", at.midnight(date.fromisoformat(day) + timedelta(days=1)))


def _in_next(field: Field, days: int, at: At) -> Q:
    """From now until the end of the day that is so many days ahead: what has so many days left, or fewer."""
    return _lookup(field, "gte", at.now) & _lookup(field, "lt", at.midnight(at.today + timedelta(days=days + 1)))


def _in_last(field: Field, days: int, at: At) -> Q:
    """From the beginning of the day that was so many days ago until now."""
    return _lookup(field, "gte", at.midnight(at.today - timedelta(days=days))) & _lookup(field, "lte", at.now)


def _number(name: str) -> Callable[[Field, Any, At], Q]:
    return lambda field, number, at: _lookup(field, name, number)


def _truth(wanted: bool) -> Callable[[Field, None, At], Q]:
    return lambda field, value, at: Q(**{field.column: wanted})


BY_KIND = {
    Kind.TEXT: (
        Condition("is", pgettext_lazy("condition", "is"), Takes.TEXT, _text("exact")),
        Condition("is_not", pgettext_lazy("condition", "is not"), Takes.TEXT, _is_not),
        Condition("contains", pgettext_lazy("condition", "contains"), Takes.TEXT, _text("contains")),
        Condition("begins_with", pgettext_lazy("condition", "begins with"), Takes.TEXT, _text("startswith")),
        Condition("is_empty", pgettext_lazy("condition", "is empty"), Takes.NOTHING, _is_blank),
        Condition("is_not_empty", pgettext_lazy("condition", "is not empty"), Takes.NOTHING, _has_text),
    ),
    Kind.STATUS: (
        Condition("is", pgettext_lazy("condition", "is one of"), Takes.CHOICES, _one_of),
        Condition("is_not", pgettext_lazy("condition", "is none of"), Takes.CHOICES, _none_of),
    ),
    Kind.MOMENT: (
        Condition("before", pgettext_lazy("condition", "is before"), Takes.DAY, _before),
        Condition("after", pgettext_lazy("condition", "is after"), Takes.DAY, _after),
        Condition("next", pgettext_lazy("condition", "is in the next … days"), Takes.DAYS, _in_next),
        Condition("last", pgettext_lazy("condition", "was in the last … days"), Takes.DAYS, _in_last),
        Condition("is_empty", pgettext_lazy("condition", "is empty"), Takes.NOTHING, _is_missing),
        Condition("is_not_empty", pgettext_lazy("condition", "is not empty"), Takes.NOTHING, _is_there),
    ),
    Kind.NUMBER: (
        Condition("is", pgettext_lazy("condition", "is equal to"), Takes.NUMBER, _number("exact")),
        Condition("less", pgettext_lazy("condition", "is less than"), Takes.NUMBER, _number("lt")),
        Condition("more", pgettext_lazy("condition", "is more than"), Takes.NUMBER, _number("gt")),
        Condition("between", pgettext_lazy("condition", "is between"), Takes.RANGE, _number("range")),
    ),
    Kind.TRUTH: (
        Condition("yes", _("Yes"), Takes.NOTHING, _truth(True)),
        Condition("no", _("No"), Takes.NOTHING, _truth(False)),
    ),
}
