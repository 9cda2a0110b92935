"""Pages of lists of any length: counted up to a bound, and their rows found by number first."""

from math import ceil
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

MOST_COUNTED = 10_000


class RowsPage(Page):
    """A page that was told whether another follows: there may be more of them than were counted."""

    def __init__(self, rows: list[Any], number: int, paginator: "Pages", *, has_more: bool) -> None:
        super().__init__(rows, number, paginator)
        self.has_more = has_more

    def has_next(self) -> bool:
        return self.has_more

    def end_index(self) -> int:
        return self.start_index() + len(self) - 1


class Pages(Paginator):
    """The pages of sorted rows.

    Counting a long list, or skipping 100,000 rows with all their columns, takes longer than people like to wait. So
    counting ends at a bound, and what is sorted and skipped are just the rows' numbers, which an index can give.
    """

    object_list: QuerySet
    most = MOST_COUNTED

    @cached_property
    def count(self) -> int:
        """How many rows there are; where there are more than `most`, one more than that."""
        return self.object_list.order_by().values("pk")[: self.most + 1].count()

    @property
    def is_counted(self) -> bool:
        return self.count <= self.most

    def get_page(self, number: Any) -> RowsPage:
        """The page of this number: the first where it is no number, the last where there are not so many."""
        wanted = _number(number)
        found = self._numbers(wanted)
        if not found and wanted > 1:
            wanted = max(1, ceil(self.object_list.order_by().values("pk").count() / self.per_page))
            found = self._numbers(wanted)
        return RowsPage(self._rows(found[: self.per_page]), wanted, self, has_more=len(found) > self.per_page)

    def _numbers(self, page: int) -> list[Any]:
        """The numbers of the page's rows and of the one that follows."""
        start = (page - 1) * self.per_page
        return list(self.object_list.values_list("pk", flat=True)[start : start + self.per_page + 1])

    def _rows(self, numbers: list[Any]) -> list[Any]:
        """The rows in the order of their numbers; one that has gone since is left out."""
        rows = {row.pk: row for row in self.object_list.order_by().filter(pk__in=numbers)}
        return [rows[number] for number in numbers if number in rows]


def _number(text: Any) -> int:
    is_number = isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 10
    return max(1, int(text)) if is_number else 1
