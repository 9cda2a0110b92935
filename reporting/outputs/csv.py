"""A table as CSV, a line at a time; moments with their zone, as the exports of lists write them."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from typing import Any

from reporting.outputs.table import Table, clean, in_words, local
from sslportal.kit.export import defuse

CONTENT_TYPE = "text/csv; charset=utf-8"


def lines(table: Table) -> Iterator[str]:
    """The headings and the rows as lines of CSV, for an answer that is streamed."""
    yield _line(defuse(clean(heading)) for heading in table.headings)
    for row in table.rows:
        yield _line(_cell(cell, table.zone) for cell in row)


def document(table: Table) -> bytes:
    """The whole file, for a mail or for keeping."""
    return "".join(lines(table)).encode()


def _line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _cell(cell: Any, zone: tzinfo) -> str:
    if isinstance(cell, datetime):
        return f"{local(cell, zone):%Y-%m-%d %H:%M:%S %Z}"
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return str(cell)  # a number below zero begins with a sign, and is no formula
    if hasattr(cell, "isoformat"):
        return cell.isoformat()
    return defuse(in_words(cell, zone))
