"""The list of a report's results: a column for each of its fields, and what it can be narrowed by."""

from typing import Any, ClassVar

import django_tables2 as tables
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from accounts.models import Administrator
from certificates.tables import OrderTable
from domains.tables import DomainTable
from reporting import query
from reporting.definition import Definition, Sort
from reporting.fields import At, Field, Kind
from reporting.subjects import Subject
from sslportal.kit.tables import DayFilter, Filter, ListTable

LISTS: dict[str, type[ListTable]] = {"certificate": OrderTable, "domain": DomainTable}  # by the subject's key
NAMES = {"number", "common_name", "name"}  # the fields that lead to the row's own page
STATUS, EXPIRES, SERIAL = "status", "expires", "serial_number"
YES, NO = "yes", "no"
TRUTHS = ((YES, _("Yes")), (NO, _("No")))
MOST_LETTERS = 200  # of a cell: comments and SANs may be pages long


class FieldColumn(tables.Column):
    """What a report tells of a field."""

    def __init__(self, field: Field, at: At, *, leads_on: bool) -> None:
        super().__init__(
            field.label,
            accessor=field.column,
            orderable=field.sortable,
            default="",
            linkify=_address if leads_on else None,
        )
        self.field, self.at = field, at

    def render(self, value: Any, record: Any) -> str | SafeString:
        if self.field.kind == Kind.MOMENT:
            return render_to_string("components/moment.html", {"moment": value})
        words = self.field.value(record)
        if self.field.key == STATUS:
            return render_to_string("components/badge.html", {"badge": record.BADGES[value], "word": words})
        if self.field.key == SERIAL:
            return render_to_string("components/serial.html", {"serial": words})
        return Truncator(words).chars(MOST_LETTERS)

    def order(self, queryset: QuerySet, is_descending: bool) -> tuple[QuerySet, bool]:
        """By this one first, and of equal ones as the report has it."""
        rows = queryset.alias(**query.columns([self.field], self.at))
        return rows.order_by(query.ordering(Sort(self.field, is_descending)), *rows.query.order_by), True


def _address(record: Any, table: "ResultTable") -> str | None:
    return record.get_absolute_url() if record.pk in table.may_open else None


class FieldFilter(Filter):
    """One value of a field that has but a few."""

    def __init__(self, field: Field, at: At) -> None:
        super().__init__(field.key, field.label)
        self.field, self.at = field, at
        self.choices = field.choices or TRUTHS

    def options(self, rows: QuerySet, request: HttpRequest) -> list[tuple[str, Any]]:
        return list(self.choices)

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        if value not in dict(self.choices):
            return rows
        wanted = value == YES if self.field.kind == Kind.TRUTH else value
        return rows.alias(**query.columns([self.field], self.at)).filter(**{self.field.column: wanted})


class ResultTable(ListTable):
    """The rows of a report. Each report has a subclass of its own, made by `table_of`."""

    subject: ClassVar[Subject]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.may_open: set[int] = set()

    @classmethod
    def search(cls, rows: QuerySet, words: list[str], person: Administrator) -> QuerySet:
        """As the list does of which the rows are."""
        return LISTS[cls.subject.key].search(rows, words, person)

    @classmethod
    def advice(cls, words: list[str]) -> str:
        return LISTS[cls.subject.key].advice(words)

    def on_page(self, request: HttpRequest, records: list[Any]) -> None:
        """Which pages of the rows the person may open: a report shows what its owner may see."""
        person: Any = request.user
        seen = self.subject.visible_to(person).filter(pk__in=[record.pk for record in records])
        self.may_open = set(seen.values_list("pk", flat=True))


def table_of(definition: Definition, at: At, name: str) -> type[ResultTable]:
    """The table of a report. By its name people find the list again as they left it."""
    leading = [field for field in definition.fields if field.key in NAMES] or definition.fields[:1]
    columns = {field.key: FieldColumn(field, at, leads_on=field in leading) for field in definition.fields}
    more = {
        "subject": definition.subject,
        "statuses": next((field.choices for field in definition.fields if field.key == STATUS), ()),
        "filters": tuple(one for field in definition.fields for one in _filters(field, at)),
    }
    return type(name, (ResultTable,), columns | more)


def _filters(field: Field, at: At) -> list[Filter]:
    """What the rows can be narrowed by, beside the status, which each list has by itself."""
    if field.key == EXPIRES and isinstance(field.source, str):
        since = DayFilter("since", _("Expires from"), field.source)
        return [since, DayFilter("until", _("Expires until"), field.source, until=True)]
    is_chosen = field.kind in (Kind.STATUS, Kind.TRUTH) and field.key != STATUS
    return [FieldFilter(field, at)] if is_chosen else []
