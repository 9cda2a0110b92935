"""A definition as one query: the rows of a report, and what stands in their cells."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Any

from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy

from reporting.definition import Definition, Rule, Sort, groups
from reporting.fields import At, Field

if TYPE_CHECKING:
    from accounts.models import Administrator


def rows(definition: Definition, person: "Administrator", now: datetime) -> QuerySet:
    """What the person may see of it at the moment (G4), sorted, the newest first of equal ones.

    A row has its key and, under the names of the fields' columns, what the report shows; anything else of it costs a query.
    """
    at = At(now, person.own_account.zone)
    asked = [rule.field for rule in definition.rules] + [one.field for one in _sorts(definition)]
    found = definition.subject.visible_to(person).only("pk")
    found = found.annotate(**columns(definition.fields, at))
    found = found.alias(**columns(set(asked) - set(definition.fields), at))
    return found.filter(_matching(definition, at)).order_by(*map(ordering, _sorts(definition)), "-pk")


def count(definition: Definition, person: "Administrator", now: datetime) -> int:
    """How many rows there are. `rows().count()` says the same, but fetches together what only the cells are made of."""
    return rows(replace(definition, fields=(), sort=()), person, now).count()


def values(definition: Definition, rows: Iterable[Any]) -> Iterator[list[Any]]:
    """The cells of each row, in the order of the definition's fields: see Field.value."""
    for row in rows:
        yield [field.value(row) for field in definition.fields]


def columns(fields: Iterable[Field], at: At) -> dict[str, Any]:
    """The fields' expressions under the names of their columns."""
    return {field.column: field.expression(at) for field in fields}


def _matching(definition: Definition, at: At) -> Q:
    alternatives = [reduce(and_, (_q(rule, at) for rule in group)) for group in groups(definition.rules)]
    return reduce(or_, alternatives, Q())


def _q(rule: Rule, at: At) -> Q:
    return rule.condition.q(rule.field, rule.value, at)


def _sorts(definition: Definition) -> tuple[Sort, ...]:
    key, descending = definition.subject.sorted_by
    default = definition.subject.field(key)
    assert default is not None  # noqa: S101  # a field of its own
    return definition.sort or (Sort(default, descending),)


def ordering(one: Sort) -> OrderBy:
    """Those without a value come last, as in lists. Where all have one nothing is said of it, which would cost the index."""
    return OrderBy(F(one.field.column), descending=one.descending, nulls_last=one.field.may_be_empty or None)
