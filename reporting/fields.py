"""A field of a report: what it is called, of what kind its values are, and where they come from."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from enum import StrEnum
from typing import Any

from django.db.models import Case, CharField, DateField, F, Func, IntegerField, Q, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import TruncDate
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from sslportal.kit import recurrence

Text = str | Promise


class Kind(StrEnum):
    """Of what kind the values are; by that go the conditions, and how an output writes them."""

    TEXT = "text"
    STATUS = "status"  # one of the field's choices
    MOMENT = "moment"
    NUMBER = "number"
    TRUTH = "truth"


@dataclass(frozen=True)
class At:
    """The moment at which a report is made, and the time zone of the account, by which its days are counted."""

    now: datetime
    zone: tzinfo

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def midnight(self, day: date) -> datetime:
        """The first moment of the day, also where the zone's clocks skip midnight."""
        return recurrence.first(datetime.combine(day, time()), self.zone)


Source = str | Callable[[At], Combinable]


@dataclass(frozen=True)
class Field:
    """Its source is a path from the row, or what makes the expression for a report of a moment.

    A value that is not there is NULL, of a text it may be empty too. `as_stored` turns a text that people give into the form
    of the column; where that has letters of `one_case` only, texts are compared as they are, which an index can do. `shows`
    makes of a value what people read. `found_by` is a condition on every row that has a text in the field; it may let
    through others, and it leads PostgreSQL to an index.
    """

    key: str
    label: Text
    kind: Kind
    source: Source
    choices: tuple[tuple[str, Text], ...] = ()
    may_be_empty: bool = False
    sortable: bool = True
    as_stored: Callable[[str], str] = str
    one_case: bool = False
    shows: Callable[[Any], Any] | None = None
    found_by: Callable[[str], Q] | None = None

    @property
    def column(self) -> str:
        """The name that its value has in the query, where it is asked for."""
        return f"cell_{self.key}"

    def expression(self, at: At) -> Combinable:
        return F(self.source) if isinstance(self.source, str) else self.source(at)

    def value(self, row: Any) -> Any:
        """What an output writes: a text, a number, an aware moment, or None. Choices, yes and no in the language in use."""
        value = getattr(row, self.column)
        if value is None:
            return "" if self.kind == Kind.TEXT else None
        if self.kind == Kind.STATUS:
            return str(dict(self.choices).get(value, value))
        if self.kind == Kind.TRUTH:
            return _("Yes") if value else _("No")
        return self.shows(value) if self.shows else value


def joined(items: Any) -> Func:
    """The items of an array as one text."""
    return Func(items, Value(", "), function="array_to_string", output_field=CharField())


class DaysBetween(Func):
    """Whole days from the second date to the first."""

    template, arg_joiner = "(%(expressions)s)", " - "
    output_field = IntegerField()


def days_left(end: str, **where: Any) -> Callable[[At], Combinable]:
    """Days to an end that is still to come, of the rows of which it is told: clock.days_left, in the query."""

    def source(at: At) -> Combinable:
        days = DaysBetween(TruncDate(end, tzinfo=at.zone), Value(at.today, output_field=DateField()))
        return Case(When(Q(**where, **{f"{end}__gt": at.now}), then=days), output_field=IntegerField())

    return source
