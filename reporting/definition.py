"""The definition of a report: its type, fields, rules and sorting, read from JSON strictly and written to it again."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from reporting import conditions
from reporting.conditions import Condition
from reporting.fields import Field
from reporting.subjects import SUBJECTS, Subject
from reporting.values import BadValue, Value

MOST_FIELDS, MOST_RULES, MOST_SORTS = 40, 50, 5
AND, OR = "and", "or"
KEY = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True)
class Rule:
    """What must hold of a row; `joined` to the rule before it by AND or OR, which the first one is not."""

    field: Field
    condition: Condition
    value: Value = None
    joined: str = ""


@dataclass(frozen=True)
class Sort:
    field: Field
    descending: bool = False


@dataclass(frozen=True)
class Definition:
    """What a report tells. `notes` say in sentences what was left out of it because it no longer exists."""

    subject: Subject
    fields: tuple[Field, ...]
    rules: tuple[Rule, ...] = ()
    sort: tuple[Sort, ...] = ()
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "type": self.subject.key,
            "fields": [field.key for field in self.fields],
            "rules": [
                {
                    "field": rule.field.key,
                    "condition": rule.condition.key,
                    "value": list(rule.value) if isinstance(rule.value, tuple) else rule.value,
                    "joined": rule.joined,
                }
                for rule in self.rules
            ],
            "sort": [{"field": one.field.key, "descending": one.descending} for one in self.sort],
        }


def groups(rules: Iterable[Rule]) -> list[list[Rule]]:
    """AND binds tighter than OR: of one group at least, every rule must hold."""
    found: list[list[Rule]] = []
    for rule in rules:
        if rule.joined == AND:
            found[-1].append(rule)
        else:
            found.append([rule])
    return found


@dataclass(frozen=True)
class Problem:
    """What is wrong, in the language in use, and where: "fields", "rules", "sort" or "type", and which of them, if one."""

    part: str
    index: int | None
    says: str


class BadDefinition(ValueError):
    """It cannot be made a report of."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(" ".join(problem.says for problem in problems))
        self.problems = problems

    def about(self, part: str, index: int | None = None) -> list[str]:
        """What is wrong with the part as a whole, or with one of it."""
        return [problem.says for problem in self.problems if (problem.part, problem.index) == (part, index)]


def from_json(data: Any) -> Definition:
    """The definition. Raises BadDefinition, with all that is wrong; a field that no longer exists is just left out."""
    definition, problems = read(data)
    if problems:
        raise BadDefinition(problems)
    return definition


def read(data: Any) -> tuple[Definition, list[Problem]]:
    """What of it is whole, and what is wrong with the rest. Raises BadDefinition where it is no definition of any type."""
    if not isinstance(data, dict) or data.keys() - {"type", "fields", "rules", "sort"}:
        raise BadDefinition([Problem("", None, _("This is no definition of a report. Please make the report anew."))])
    kind = data.get("type")
    subject = SUBJECTS.get(kind) if isinstance(kind, str) else None
    if subject is None:
        says = _("There are no reports of this type. Please choose: %(types)s.")
        types = ", ".join(str(one.label) for one in SUBJECTS.values())
        raise BadDefinition([Problem("type", None, says % {"types": types})])
    reader = _Reader(subject)
    return reader.read(data), reader.problems


class _Gone(Exception):
    """The field no longer exists."""


class _Reader:
    """Gathers all problems and notes, for people to see at once."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.problems: list[Problem] = []
        self.notes: list[str] = []

    def read(self, data: dict[str, Any]) -> Definition:
        fields, rules, sort = self.fields(data), self.rules(data), self.sort(data)
        return Definition(self.subject, fields, rules, sort, tuple(dict.fromkeys(self.notes)))

    def fields(self, data: dict[str, Any]) -> tuple[Field, ...]:
        """Each once. Where none is left, the first that there is: a report has at least one column."""
        given = self.some(data, "fields", MOST_FIELDS)
        if not given:
            self.refuse("fields", None, _("Please choose at least one field."))
        found: list[Field] = []
        for index, key in enumerate(given):
            try:
                found.append(self.field(key))
            except _Gone:
                self.note(key)
            except BadValue as why:
                self.refuse("fields", index, str(why))
        return tuple(dict.fromkeys(found)) or self.subject.fields[:1]

    def rules(self, data: dict[str, Any]) -> tuple[Rule, ...]:
        """A rule that is left out takes nothing from what the others mean: what followed it by AND begins where it began."""
        found: list[Rule] = []
        begins = False
        for index, given in enumerate(self.some(data, "rules", MOST_RULES)):
            try:
                joined = self.joined(given, index)
                begins = begins or joined != AND
                rule = self.rule(given, (OR if begins else AND) if found else "")
            except _Gone:
                self.note(given["field"])
            except BadValue as why:
                self.refuse("rules", index, str(why))
            else:
                found.append(rule)
                begins = False
        return tuple(found)

    def joined(self, given: Any, index: int) -> str:
        if not isinstance(given, dict) or given.keys() - {"field", "condition", "value", "joined"}:
            raise BadValue(_("This is no rule. Please remove it."))
        joined = given.get("joined", "")
        if joined not in ((AND, OR) if index else ("",)):
            raise BadValue(_("Please choose AND or OR between rules; before the first there is none."))
        return str(joined)

    def rule(self, given: dict[str, Any], joined: str) -> Rule:
        field = self.field(given.get("field"))
        condition = conditions.find(field, given.get("condition"))
        if condition is None:
            words = ", ".join(str(one.words) for one in conditions.of(field))
            says = _("This cannot be asked of “%(field)s”. Please choose from: %(conditions)s.")
            raise BadValue(says % {"field": field.label, "conditions": words})
        return Rule(field, condition, condition.read(field, given.get("value")), joined)

    def sort(self, data: dict[str, Any]) -> tuple[Sort, ...]:
        """Sorting a second time by the same field would change nothing."""
        found: dict[Field, Sort] = {}
        for index, given in enumerate(self.some(data, "sort", MOST_SORTS)):
            try:
                one = self.sorting(given)
                found.setdefault(one.field, one)
            except _Gone:
                self.note(given["field"])
            except BadValue as why:
                self.refuse("sort", index, str(why))
        return tuple(found.values())

    def sorting(self, given: Any) -> Sort:
        if not isinstance(given, dict) or given.keys() - {"field", "descending"}:
            raise BadValue(_("Records cannot be sorted by this. Please remove it."))
        field, descending = self.field(given.get("field")), given.get("descending", False)
        if not field.sortable:
            raise BadValue(
                _("Records cannot be sorted by “%(field)s”. Please choose another field.") % {"field": field.label}
            )
        if not isinstance(descending, bool):
            raise BadValue(_("Please choose ascending or descending."))
        return Sort(field, descending)

    def some(self, data: dict[str, Any], part: str, most: int) -> list[Any]:
        """The list that is the part; an empty one, with a problem, where that is none or too long."""
        given = data.get(part, [])
        if not isinstance(given, list):
            self.refuse(part, None, _("This is no list. Please choose anew."))
        elif len(given) > most:
            says = {
                "fields": _("A report has at most %(most)d fields, not %(count)d. Please remove some."),
                "rules": _("A report has at most %(most)d rules, not %(count)d. Please remove some."),
                "sort": _("A report is sorted by at most %(most)d fields, not %(count)d. Please remove some."),
            }[part]
            self.refuse(part, None, says % {"most": most, "count": len(given)})
        else:
            return given
        return []

    def field(self, key: Any) -> Field:
        """Raises _Gone where a field may have had that key once, and BadValue where none ever had."""
        if not isinstance(key, str) or not KEY.fullmatch(key):
            raise BadValue(_("There is no such field. Please choose one from the list."))
        if (field := self.subject.field(key)) is None:
            raise _Gone
        return field

    def note(self, key: str) -> None:
        self.notes.append(_("The field “%(field)s” no longer exists and was left out.") % {"field": key})

    def refuse(self, part: str, index: int | None, says: str) -> None:
        self.problems.append(Problem(part, index, says))
