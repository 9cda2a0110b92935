"""List pages: sorted, searched, filtered and paged, as the person left them, with an export of the same columns."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

import django_tables2 as tables
from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import pgettext_lazy

from sslportal.kit import names

ROWS_PER_PAGE = (25, 50, 100, 250)
REMEMBERED = ("q", "status", "sort", "rows")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
EXPORT_CHUNK = 500


class MomentColumn(tables.Column):
    """A moment: the day, or the day and the time, in the reader's way of writing, the exact moment on hover."""

    def __init__(self, *args: Any, with_time: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.with_time = with_time

    def render(self, value: datetime) -> SafeString:
        return render_to_string("components/moment.html", {"moment": value, "with_time": self.with_time})

    def value(self, value: datetime | None) -> str:
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S %Z") if value else ""


class BadgeColumn(tables.Column):
    """A status as its badge."""

    def render(self, record: Any) -> SafeString:
        return render_to_string("components/badge.html", badge_of(record))

    def value(self, record: Any) -> str:
        return record.get_status_display()


def badge_of(record: Any) -> dict[str, Any]:
    return {"badge": record.BADGES[record.status], "word": record.get_status_display()}


class PickColumn(tables.Column):
    """A box to tick in each row. It belongs to the form of the id "picked", which stands beside the list."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            pgettext_lazy("rows", "Selected"), accessor="pk", orderable=False, exclude_from_export=True, **options
        )

    def render(self, value: Any, record: Any) -> SafeString:
        return render_to_string("components/pick.html", {"pk": value, "record": record})


def picked(request: HttpRequest) -> list[int]:
    """The rows whose boxes were ticked, as they are sent by the list and by the page that asks once more."""
    sent = (request.POST or request.GET).getlist("pick")
    return [int(pk) for pk in sent if pk.isascii() and pk.isdigit() and len(pk) < 19]


class Filter:
    """One more thing to narrow a list by, beside the status: its name in the address, its label, and what it does."""

    is_day = False

    def __init__(self, name: str, label: Any) -> None:
        self.name, self.label = name, label

    def options(self, rows: QuerySet) -> list[tuple[str, Any]]:
        """What can be chosen, as values and words; nothing for a box to type into."""
        return []

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        """The rows that the value lets through. A value that means nothing lets all through."""
        raise NotImplementedError


class DayFilter(Filter):
    """From a day on, or until a day, in the time zone that is current."""

    is_day = True

    def __init__(self, name: str, label: Any, field: str, *, until: bool = False) -> None:
        super().__init__(name, label)
        self.field, self.until = field, until

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        day = _day(value)
        if day is None:
            return rows
        if self.until:
            return rows.filter(**{f"{self.field}__lt": _midnight(day + timedelta(days=1))})
        return rows.filter(**{f"{self.field}__gte": _midnight(day)})


def _day(text: str) -> date | None:
    """The day, as browsers send it; None where it is none, or too near the ends of time to count with."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1900 <= day.year <= 9000 else None


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


class ListTable(tables.Table):
    """The columns of a list. A subclass says which fields are searched and what the export is called."""

    searched: ClassVar[tuple[str, ...]] = ()
    filtered_by: ClassVar[str] = "status"
    statuses: ClassVar[Any] = ()
    filters: ClassVar[tuple[Filter, ...]] = ()
    export_name: ClassVar[str] = "export.csv"

    class Meta:
        orderable = True

    @classmethod
    def also_found(cls, word: str) -> Q:
        """What else the word finds, beside the searched fields."""
        return Q(pk__in=[])

    def on_page(self, request: HttpRequest, records: list[Any]) -> None:
        """Fetch at once what the rows of a page need beside themselves."""


@dataclass(frozen=True)
class ListState:
    """What a person set on a list: search text, status, sorting, rows per page, and the list's own filters."""

    q: str = ""
    status: str = ""
    sort: str = ""
    rows: int = ROWS_PER_PAGE[0]
    more: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, request: HttpRequest, table_class: type[ListTable]) -> "ListState":
        """As the address says; where it says nothing, as the person left the list in this session."""
        key = f"list:{table_class.__name__}"
        own = [one.name for one in table_class.filters]
        remembered = request.session.get(key, {})
        asked = {name: _plain(request.GET[name]) for name in (*REMEMBERED, *own) if name in request.GET}
        merged = {**remembered, **asked}
        if merged != remembered:
            request.session[key] = merged
        rows = merged.get("rows", "")
        return cls(
            q=merged.get("q", "").strip(),
            status=merged.get("status", ""),
            sort=merged.get("sort", ""),
            rows=int(rows) if rows in map(str, ROWS_PER_PAGE) else ROWS_PER_PAGE[0],
            more={name: merged.get(name, "") for name in own},
        )

    @property
    def is_narrowed(self) -> bool:
        return bool(self.q or self.status or any(self.more.values()))


def _plain(text: str) -> str:
    return text[:200].replace("\x00", "")


def list_page(
    request: HttpRequest, table_class: type[ListTable], rows: QuerySet, template: str, context: dict[str, Any]
) -> HttpResponseBase:
    """Answer a list: the page, or the export that `?export=shown` or `?export=all` asks for."""
    state = ListState.of(request, table_class)
    any_rows = rows
    rows = _narrow(rows, table_class, state)
    table = table_class(rows, order_by=state.sort or None, orderable=True)
    table.data.data = _settled(table.data.data)
    table.paginator = Paginator(
        table.rows, state.rows
    )  # with one, a table counts its rows; without, it fetches them all
    page = table.paginator.get_page(request.GET.get("page"))
    match request.GET.get("export"):
        case "shown":
            return _csv(table_class, [row.record for row in page.object_list])
        case "all":
            return _csv(table_class, table.data.data.iterator(chunk_size=EXPORT_CHUNK))
    table.page = page
    table.on_page(request, [row.record for row in page.object_list])
    return render(request, template, {
        **context,
        "table": table,
        "page": page,
        "state": state,
        "statuses": _choices(table_class),
        "filters": [_shown(one, any_rows, state) for one in table_class.filters],
        "clear": "?" + urlencode(dict.fromkeys(("q", "status", *state.more), "")),
        "rows_per_page": ROWS_PER_PAGE,
        "is_narrowed": state.is_narrowed,
        "is_empty": not page.paginator.count and not any_rows.exists(),
        "pages": _addresses(page),
    })  # fmt: skip


def _settled(rows: QuerySet) -> QuerySet:
    """Those that are equal in what they are sorted by in an order too, so that no page repeats or drops a row."""
    return rows.order_by(*rows.query.order_by, "-pk") if rows.query.order_by else rows


def _shown(one: Filter, rows: QuerySet, state: ListState) -> dict[str, Any]:
    """A filter for the template."""
    return {
        "name": one.name,
        "label": one.label,
        "is_day": one.is_day,
        "options": one.options(rows),
        "value": state.more[one.name],
    }


def _choices(table_class: type[ListTable]) -> list[tuple[str, Any]]:
    return list(getattr(table_class.statuses, "choices", table_class.statuses))


def _narrow(rows: QuerySet, table_class: type[ListTable], state: ListState) -> QuerySet:
    if state.status in dict(_choices(table_class)):
        rows = rows.filter(**{table_class.filtered_by: state.status})
    for one in table_class.filters:
        if value := state.more[one.name]:
            rows = one.narrow(rows, value)
    for word in state.q.split():
        rows = rows.filter(_anywhere(word, table_class))
    return rows


def _anywhere(word: str, table_class: type[ListTable]) -> Q:
    """The word in any searched field, as people see it: a status by its label, a name also in its A-label form."""
    anywhere = table_class.also_found(word)
    labelled = [value for value, label in _choices(table_class) if word.lower() in str(label).lower()]
    if labelled:
        anywhere |= Q(**{f"{table_class.filtered_by}__in": labelled})
    for form in {word, names.to_ascii(word)}:
        for searched in table_class.searched:
            anywhere |= Q(**{f"{searched}__icontains": form})
    return anywhere


def _addresses(page: Page) -> dict[str, str]:
    """The addresses of the pages around this one."""
    around = {}
    if page.has_previous():
        around["previous"] = "?" + urlencode({"page": page.previous_page_number()})
    if page.has_next():
        around["next"] = "?" + urlencode({"page": page.next_page_number()})
    return around


def _csv(table_class: type[ListTable], records: Iterable[Any]) -> StreamingHttpResponse:
    rows = records if isinstance(records, list) else _Streamed(records)
    lines = table_class(rows, order_by=()).as_values()  # the rows come in the order of the list
    writer = csv.writer(_Echo())
    response = StreamingHttpResponse(
        (writer.writerow([defuse(cell) for cell in line]) for line in lines), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{table_class.export_name}"'
    return response


class _Streamed(list):
    """Rows that are read once, one after the other, where a table wants a list."""

    def __init__(self, records: Iterable[Any]) -> None:
        super().__init__()
        self.records = records

    def __iter__(self) -> Iterator[Any]:
        return iter(self.records)


class _Echo:
    """Hands a written line back, for csv to write to."""

    def write(self, line: str) -> str:
        return line


def defuse(cell: Any) -> str:
    """The cell as text that no spreadsheet takes for a formula (K4)."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
