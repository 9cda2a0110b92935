"""The results of a report: the rows of its definition, narrowed and sorted further by who looks at them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils import timezone

from accounts.models import Administrator
from reporting import query
from reporting.definition import Definition
from reporting.fields import At
from reporting.result_table import ResultTable, table_of
from sslportal.kit.tables import ListState, arranged

AT_ONCE = 1_000  # rows that are fetched


@dataclass(frozen=True)
class Results:
    """What the reader finds at the moment. `name` is that of the list, whose state people leave behind.

    The keys of the rows come first, as an index alone may have them in their order; only the rows that are shown are then
    fetched with all their cells.
    """

    definition: Definition
    reader: Administrator
    now: datetime
    name: str = "Results"

    @property
    def at(self) -> At:
        return At(self.now, self.reader.own_account.zone)

    @cached_property
    def table_class(self) -> type[ResultTable]:
        return table_of(self.definition, self.at, self.name)

    def state(self, narrowed: Mapping[str, Any]) -> ListState:
        """How ListState.narrowing told that they were narrowed. What in it means nothing any more narrows nothing."""
        return ListState.read(narrowed, self.table_class)

    def table(self, state: ListState) -> ResultTable:
        """With the rows that the state lets through, in its order, without their cells."""
        return self._arranged(replace(self.definition, fields=()), state)

    def keys(self, state: ListState, most: int | None = None) -> list[int]:
        """Of the first rows, or of all."""
        return list(self.table(state).data.data.values_list("pk", flat=True)[:most])

    def count(self, state: ListState) -> int:
        """How many rows there are, whatever their order."""
        table = self._arranged(replace(self.definition, fields=(), sort=()), replace(state, sort=""))
        return table.data.data.count()

    def rows(self, keys: Sequence[int]) -> Iterator[Any]:
        """The rows of the keys in their order, for query.values; one that has gone since is left out."""
        cells = query.rows(replace(self.definition, rules=(), sort=()), self.reader, self.now)
        for begin in range(0, len(keys), AT_ONCE):
            found = cells.order_by().in_bulk(keys[begin : begin + AT_ONCE])
            yield from (found[key] for key in keys[begin : begin + AT_ONCE] if key in found)

    def _arranged(self, definition: Definition, state: ListState) -> ResultTable:
        with timezone.override(self.at.zone):
            found = query.rows(definition, self.reader, self.now)
            return arranged(found, self.table_class, state, self.reader)
