"""List pages: sorted, searched, filtered and paged, as the person left them, with an export of the same columns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

import django_tables2 as tables
from django.core.exceptions import FieldDoesNotExist
from django.core.paginator import Page
from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import pgettext_lazy
from django_tables2.rows import BoundRows

from sslportal.kit import names
from sslportal.kit.export import as_csv
from sslportal.kit.paging import Pages

ROWS_PER_PAGE = (25, 50, 100, 250)
REMEMBERED = ("q", "status", "sort", "rows")
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
    """A status as its badge, or another field that has badges."""

    def __init__(self, *args: Any, of: str = "status", **options: Any) -> None:
        super().__init__(*args, **options)
        self.of = of

    def render(self, record: Any) -> SafeString:
        return render_to_string("components/badge.html", badge_of(record, self.of))

    def value(self, value: str, record: Any) -> str:
        return value


def badge_of(record: Any, field: str = "status") -> dict[str, Any]:
    return {"badge": record.BADGES[getattr(record, field)], "word": getattr(record, f"get_{field}_display")()}


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
    """One more thing to narrow a list by, beside the status: its name in the address, its label, and what it does.

    One with a default always lets some through and keeps others: it says what the list is of, and "All" is no choice.
    """

    is_day = False
    default = ""

    def __init__(self, name: str, label: Any) -> None:
        self.name, self.label = name, label

    def options(self, rows: QuerySet, request: HttpRequest) -> list[tuple[str, Any]]:
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
    def search(cls, rows: QuerySet, words: list[str], person: Any) -> QuerySet:
        """Those of the rows that have each of the words somewhere, in what the person may see."""
        for word in words:
            rows = rows.filter(cls.anywhere(word))
        return rows

    @classmethod
    def anywhere(cls, word: str) -> Q:
        """The word in any searched field, as people see it: a status by its label, a name also in its A-label form."""
        found = Q(**{f"{cls.filtered_by}__in": cls.labelled(word)}) if cls.statuses else Q(pk__in=[])
        for form in {word, names.to_ascii(word)}:
            for searched in cls.searched:
                found |= Q(**{f"{searched}__icontains": form})
        return found

    @classmethod
    def labelled(cls, word: str) -> list[str]:
        """The statuses in whose label the word is, in the language in use."""
        return [value for value, label in cls.choices() if word.lower() in str(label).lower()]

    @classmethod
    def choices(cls) -> list[tuple[str, Any]]:
        return list(getattr(cls.statuses, "choices", cls.statuses))

    @classmethod
    def advice(cls, words: list[str]) -> str:
        """A sentence beside the search box for who gave words that cannot be looked for everywhere; mostly none."""
        return ""

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
        return cls.read(merged, table_class)

    @classmethod
    def read(cls, given: Mapping[str, Any], table_class: type[ListTable]) -> "ListState":
        """As the names in the address say, or what was kept of one. What means nothing counts as not given."""
        texts = {name: _plain(text) for name, text in given.items() if isinstance(text, str)}
        rows = texts.get("rows", "")
        return cls(
            q=texts.get("q", "").strip(),
            status=texts.get("status", ""),
            sort=texts.get("sort", ""),
            rows=int(rows) if rows in map(str, ROWS_PER_PAGE) else ROWS_PER_PAGE[0],
            more={one.name: texts.get(one.name) or one.default for one in table_class.filters},
        )

    def narrowing(self) -> dict[str, str]:
        """What lets fewer rows through, and their order, for `read`."""
        given = {"q": self.q, "status": self.status, "sort": self.sort, **self.more}
        return {name: text for name, text in given.items() if text}

    @property
    def words(self) -> list[str]:
        """The words to look for, each once."""
        return list(dict.fromkeys(self.q.split()))


def _plain(text: str) -> str:
    return text[:200].replace("\x00", "")


def list_page(
    request: HttpRequest, table_class: type[ListTable], rows: QuerySet, template: str, context: dict[str, Any]
) -> HttpResponseBase:
    """Answer a list: the page, or the export that `?export=shown` or `?export=all` asks for."""
    state = ListState.of(request, table_class)
    table = arranged(rows, table_class, state, request.user)
    any_rows, rows = rows, table.data.data
    if request.GET.get("export") == "all":
        return as_csv(table, rows.iterator(chunk_size=EXPORT_CHUNK), table.export_name)
    page = Pages(rows, state.rows).get_page(request.GET.get("page"))
    records = list(page)
    if request.GET.get("export") == "shown":
        return as_csv(table, records, table.export_name)
    table.on_page(request, records)
    page.object_list = BoundRows(records, table)
    table.page = page
    return render(request, template, {
        **context,
        **controls(any_rows, table_class, state, request),
        "table": table,
        "page": page,
        "rows_per_page": ROWS_PER_PAGE,
        "is_empty": not page.paginator.count and not any_rows.exists(),
        "pages": _addresses(page),
    })  # fmt: skip


def arranged(rows: QuerySet, table_class: type[ListTable], state: ListState, person: Any) -> ListTable:
    """A table of those of the rows that are asked for, in the order that is asked for."""
    table = table_class(_narrow(rows, table_class, state, person), order_by=state.sort or None, orderable=True)
    if not table.order_by:  # nothing is sorted by what was asked for
        table.order_by = table_class._meta.order_by
    table.data.data = _settled(table.data.data)
    return table


def controls(rows: QuerySet, table_class: type[ListTable], state: ListState, request: HttpRequest) -> dict[str, Any]:
    """What the form above a list shows."""
    clearable = [one.name for one in table_class.filters if not one.default]
    return {
        "state": state,
        "advice": table_class.advice(state.words),
        "statuses": table_class.choices(),
        "filters": [_shown(one, rows, state, request) for one in table_class.filters],
        "clear": "?" + urlencode(dict.fromkeys(("q", "status", *clearable), "")),
        "is_narrowed": bool(state.q or state.status or any(state.more[name] for name in clearable)),
    }


def _settled(rows: QuerySet) -> QuerySet:
    """Of those that are equal in what they are sorted by the newest first, so that no page repeats or drops a row."""
    sorting = [_blanks_last(rows.model, name) for name in rows.query.order_by]
    return rows.order_by(*sorting, "-pk") if sorting else rows


def _blanks_last(model: type[Model], name: Any) -> str | OrderBy:
    """The sorting, with those at the end that have no value: without a word, PostgreSQL begins with them going down."""
    if isinstance(name, str) and name.startswith("-") and _may_be_blank(model, name[1:]):
        return F(name[1:]).desc(nulls_last=True)
    return name


def _may_be_blank(model: Any, path: str) -> bool:
    """Whether a row can be without what the path leads to."""
    name, _separator, rest = path.partition("__")
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:  # the key, or something that the view has added
        return False
    return field.null or bool(rest and _may_be_blank(field.related_model, rest))


def _shown(one: Filter, rows: QuerySet, state: ListState, request: HttpRequest) -> dict[str, Any]:
    """A filter for the template."""
    return {
        "name": one.name,
        "label": one.label,
        "is_day": one.is_day,
        "default": one.default,
        "options": one.options(rows, request),
        "value": state.more[one.name],
    }


def _narrow(rows: QuerySet, table_class: type[ListTable], state: ListState, person: Any) -> QuerySet:
    if state.status in dict(table_class.choices()):
        rows = rows.filter(**{table_class.filtered_by: state.status})
    for one in table_class.filters:
        if value := state.more[one.name]:
            rows = one.narrow(rows, value)
    return table_class.search(rows, state.words, person)


def _addresses(page: Page) -> dict[str, str]:
    """The addresses of the pages around this one."""
    around = {}
    if page.has_previous():
        around["previous"] = "?" + urlencode({"page": page.number - 1})
    if page.has_next():
        around["next"] = "?" + urlencode({"page": page.number + 1})
    return around
