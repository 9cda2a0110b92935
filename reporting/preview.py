"""The first records of a report that is being made, while it is made."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reporting import patience, query
from reporting.definition import Definition
from reporting.fields import Field
from sslportal.kit import clock

if TYPE_CHECKING:
    from accounts.models import Administrator

ROWS = 10


@dataclass(frozen=True)
class Preview:
    """How many records there are, and the cells of the first, each with its field. No `total`: counting took too long."""

    fields: tuple[Field, ...]
    total: int | None = None
    rows: tuple[list[tuple[Field, Any]], ...] = ()


def of(definition: Definition, reader: "Administrator") -> Preview:
    """By the eyes of the reader, as the report will be."""
    now = clock.now()
    try:
        with patience.limited():
            total = query.count(definition, reader, now)
            found = list(query.values(definition, query.rows(definition, reader, now)[:ROWS]))
    except patience.Impatient:
        return Preview(definition.fields)
    return Preview(definition.fields, total, tuple(list(zip(definition.fields, cells, strict=True)) for cells in found))
