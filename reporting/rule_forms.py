"""The page of the report builder that says which records a report has, and how they are sorted."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from django.http import QueryDict
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _

from reporting import conditions, definition
from reporting.conditions import Condition
from reporting.definition import AND, MOST_RULES, MOST_SORTS, OR, Definition, Problem
from reporting.fields import Field
from reporting.subjects import Subject
from reporting.values import Takes
from sslportal.kit.wizard import StepForm, as_query

FIELD = re.compile(r"(rule|sort)-([0-9]{1,4})-field")
REMOVE = re.compile(r"remove-(rule|sort)-([0-9]{1,4})")
DESCENDING = "descending"
LEAVES = ("continue", "back", "cancel", "keep", "finish")  # the buttons that do not just arrange the page


@dataclass(frozen=True)
class Row:
    """A rule as it stands on the page, whole or not. `asked` is the key of its condition; empty: none was chosen yet."""

    joined: str = ""
    field: Field | None = None
    asked: str = ""
    values: tuple[str, ...] = ()

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return conditions.of(self.field) if self.field else ()

    @property
    def condition(self) -> Condition | None:
        """The one that the page shows: the first that there is, where none was chosen."""
        return (conditions.find(self.field, self.asked) or self.conditions[0]) if self.field else None

    @property
    def takes(self) -> str:
        return self.condition.takes if self.condition else ""

    @property
    def choices(self) -> list[tuple[str, str | Promise, bool]]:
        """Each value that can be ticked, its word, and whether it is."""
        return [(value, word, value in self.values) for value, word in self.field.choices] if self.field else []

    def with_condition(self) -> "Row":
        """Asking what the page shows as asked."""
        return replace(self, asked=self.condition.key) if self.condition else self

    def to_json(self) -> dict[str, Any]:
        key = self.field.key if self.field else ""
        return {"field": key, "condition": self.asked, "value": self._given(), "joined": self.joined}

    def _given(self) -> Any:
        match self.takes:
            case Takes.NOTHING:
                return None
            case Takes.CHOICES | Takes.RANGE:
                return list(self.values)
        return self.values[0] if self.values else ""


class Sorting(NamedTuple):
    """One of the fields by which records are sorted, as it stands on the page."""

    field: Field | None = None
    is_descending: bool = False


class Shown(NamedTuple):
    """A row with its place on the page, from 0 on, and what is wrong with it."""

    place: int
    row: Row
    errors: list[str]


class RulesForm(StepForm):
    """Rules joined by AND and OR, and the fields to sort by; `made` is what they make of the report so far."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.subject: Subject
        self.chosen: list[str]
        self.subject, self.chosen = self.step.data
        kept = self.wizard.draft.typed(self.step.key) or {}
        typed = self.data if isinstance(self.data, QueryDict) and self.is_bound else as_query(kept)
        self.rows, self.sorts = _rows(typed, self.subject), _sorts(typed, self.subject)

    def tidies(self, typed: QueryDict) -> bool:
        return True

    def to_keep(self, typed: QueryDict) -> dict[str, list[str]]:
        """The rules and the sorting as the button has arranged them."""
        rows, sorts, go = self.rows, self.sorts, typed.get("go", "continue")
        if go not in LEAVES:
            rows = [row.with_condition() for row in rows]
        if go in ("add-and", "add-or"):
            rows = [*rows, Row(joined=go.removeprefix("add-") if rows else "")]
        if removed := REMOVE.fullmatch(go):
            what, index = removed[1], int(removed[2])
            if what == "rule":
                rows = without(rows, {index})
            else:
                sorts = [one for place, one in enumerate(sorts) if place != index]
        return as_typed(rows, sorts)

    def clean(self) -> dict[str, Any]:
        made, problems = self.made
        for problem in problems:
            self.add_error(None, problem.says)
        return {"definition": made}

    @cached_property
    def made(self) -> tuple[Definition, list[Problem]]:
        """A definition of what is whole, and what is not: it is wrong only when the page is sent."""
        return definition.read(
            {
                "type": self.subject.key,
                "fields": self.chosen,
                "rules": [row.to_json() for row in self.rows],
                "sort": [
                    {"field": one.field.key if one.field else "", "descending": one.is_descending} for one in self.sorts
                ],
            }
        )

    @property
    def groups(self) -> list[list[Shown]]:
        """The rows, those that are joined by AND together."""
        found: list[list[Shown]] = []
        for index, row in enumerate(self.rows):
            shown = Shown(index, row, self._wrong_with(index) if self.is_bound else [])
            if row.joined == AND:
                found[-1].append(shown)
            else:
                found.append([shown])
        return found

    @property
    def problems(self) -> list[tuple[str, str]]:
        """The address on the page of what is wrong, and a sentence that names it."""
        return [(_anchor(problem), self._says(problem)) for problem in self.made[1]]

    @property
    def sorts_shown(self) -> list[Sorting]:
        """One more than are chosen, to choose the next in."""
        return [*self.sorts, Sorting()][:MOST_SORTS]

    @property
    def sortable(self) -> list[Field]:
        return [field for field in self.subject.fields if field.sortable]

    @property
    def has_room(self) -> bool:
        return len(self.rows) < MOST_RULES

    def _wrong_with(self, index: int) -> list[str]:
        return [self._why(problem) for problem in self.made[1] if (problem.part, problem.index) == ("rules", index)]

    def _says(self, problem: Problem) -> str:
        if problem.part == "rules" and problem.index is not None:
            return _("Rule %(number)d: %(why)s") % {"number": problem.index + 1, "why": self._why(problem)}
        return problem.says

    def _why(self, problem: Problem) -> str:
        is_blank = problem.index is not None and problem.part == "rules" and self.rows[problem.index].field is None
        return _("Please choose a field, or remove the rule.") if is_blank else problem.says


def without(rows: Iterable[Row], left_out: set[int]) -> list[Row]:
    """The other rows, none of which means something else: what followed by AND on one that began a group begins it now."""
    kept: list[Row] = []
    begins = False
    for index, row in enumerate(rows):
        begins = begins or row.joined != AND
        if index not in left_out:
            kept.append(replace(row, joined=(OR if begins else AND) if kept else ""))
            begins = False
    return kept


def as_typed(rows: Iterable[Row], sorts: Iterable[Sorting]) -> dict[str, list[str]]:
    """As the page sends it."""
    typed: dict[str, list[str]] = {}
    for index, row in enumerate(rows):
        typed |= {
            f"rule-{index}-joined": [row.joined],
            f"rule-{index}-field": [row.field.key if row.field else ""],
            f"rule-{index}-condition": [row.asked],
            f"rule-{index}-value": list(row.values),
        }
    for index, one in enumerate(sorts):
        typed[f"sort-{index}-field"] = [one.field.key if one.field else ""]
        typed[f"sort-{index}-order"] = [DESCENDING if one.is_descending else ""]
    return typed


def typed_of(made: Definition) -> dict[str, list[str]]:
    """What would have to be typed on the page for such a report."""
    rows = [Row(rule.joined, rule.field, rule.condition.key, _written(rule.value)) for rule in made.rules]
    return as_typed(rows, [Sorting(one.field, one.descending) for one in made.sort])


def _written(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(map(str, value)) if isinstance(value, tuple) else (str(value),)


def _names(typed: QueryDict, what: str) -> list[str]:
    """How the names of the parts of each row begin, in the order of the rows."""
    found = (FIELD.fullmatch(name) for name in typed)
    numbers = sorted(int(match[2]) for match in found if match and match[1] == what)
    return [f"{what}-{number}" for number in numbers]


def _rows(typed: QueryDict, subject: Subject) -> list[Row]:
    """The rules; those of fields that the type of report does not have are left out."""
    names = _names(typed, "rule")
    gone = {
        index for index, name in enumerate(names) if (key := _last(typed, f"{name}-field")) and not subject.field(key)
    }
    return without((_row(typed, name, subject) for name in names), gone)


def _row(typed: QueryDict, name: str, subject: Subject) -> Row:
    """Where another field was chosen than the page asked for, what was asked of that one says nothing of this one."""
    key, joined = _last(typed, f"{name}-field"), _last(typed, f"{name}-joined")
    row = Row(joined if joined in (AND, OR) else AND, subject.field(key))
    if f"{name}-was" in typed and _last(typed, f"{name}-was") != key:
        return row
    return replace(row, asked=_last(typed, f"{name}-condition"), values=tuple(typed.getlist(f"{name}-value")))


def _sorts(typed: QueryDict, subject: Subject) -> list[Sorting]:
    chosen = (
        Sorting(subject.field(_last(typed, f"{name}-field")), _last(typed, f"{name}-order") == DESCENDING)
        for name in _names(typed, "sort")
    )
    return [one for one in chosen if one.field]


def _last(typed: QueryDict, name: str) -> str:
    """The last of what was sent under the name, as browsers send one; empty where nothing was."""
    return str((typed.getlist(name) or [""])[-1])


def _anchor(problem: Problem) -> str:
    return (
        f"{problem.part[:-1]}-{problem.index}"
        if problem.part == "rules" and problem.index is not None
        else problem.part
    )
