"""The chart over a table: how its rows are spread over the statuses, or over time where they have one status only."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from reporting.outputs.table import Kind, Table, clean, local
from sslportal.kit.charts import LETTERS, MOST_BARS, Bar, BarChart, Chart, ColumnChart, cut, with_others


def chart(table: Table, rows: Sequence[Sequence[Any]]) -> Chart | None:
    """The picture of the first column that has one; None where nothing in the table can be counted."""
    for kind, draw in ((Kind.STATUS, _statuses), (Kind.MOMENT, _times)):
        for column, heading in enumerate(table.headings):
            if table.kinds[column] == kind and (bars := draw(table, [row[column] for row in rows])):
                shape = BarChart if kind == Kind.STATUS else ColumnChart
                title = cut(clean(heading), LETTERS)
                return shape("rows", title, title, _("Records"), bars)
    return None


def _statuses(table: Table, cells: list[Any]) -> list[Bar]:
    """How many rows have each status, the most frequent first. One status alone is no picture."""
    counted = Counter(cut(clean(cell or _("None")), LETTERS) for cell in cells).most_common()
    return with_others([Bar(word, count) for word, count in counted], len(cells)) if len(counted) > 1 else []


def _times(table: Table, cells: list[Any]) -> list[Bar]:
    """How many rows are in each month, or in each year where there are too many months; nothing where those are too many."""
    days = [_day(cell, table) for cell in cells if cell is not None]
    return (days and (_periods(days, _month, _named_month) or _periods(days, _year, _named_year))) or []


def _day(cell: date, table: Table) -> date:
    return local(cell, table.zone).date() if isinstance(cell, datetime) else cell


def _periods(days: list[date], number: Callable[[date], int], named: Callable[[int], tuple[str, str]]) -> list[Bar]:
    """A bar for each period from the first to the last, also for those without a row."""
    counted = Counter(map(number, days))
    periods = range(min(counted), max(counted) + 1)
    if not 1 < len(periods) <= MOST_BARS + 1:
        return []
    return [Bar(label, counted[period], short=short) for period in periods for label, short in [named(period)]]


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _named_month(month: int) -> tuple[str, str]:
    first = date(month // 12, month % 12 + 1, 1)
    return date_format(first, "YEAR_MONTH_FORMAT"), date_format(first, "M")


def _year(day: date) -> int:
    return day.year


def _named_year(year: int) -> tuple[str, str]:
    return str(year), str(year)
