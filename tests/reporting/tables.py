"""Tables for the tests of outputs, and cells that somebody made to do harm."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from reporting.outputs.table import Kind, Table

HOSTILE = [
    '=HYPERLINK("http://evil.example","here")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\x00\x1b[31mred\x7f",
    "invoice\u202efdp.exe",
    "\u2066turned\u2069",
    "half \ud800 a character",
    "no character \uffff",
    "_x0041_",
    "http://evil.example/",
    "<b>&amp;</b>]]>",
    "x" * 10_000,
    "two\r\nlines",
    "👩‍👩‍👧 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "עברית",
    "12345678901234567890",
]
KINDS = {bool: Kind.TRUTH, int: Kind.NUMBER, date: Kind.MOMENT, datetime: Kind.MOMENT}


def make_table(columns, *, kinds=None, rows=None, zone="UTC", **fields):
    """The columns by their headings; without kinds, each is of the kind of its first cell."""
    given = {
        "title": "Expiring",
        "account": "Example Corporation",
        "total": max(map(len, columns.values()), default=0),
        "made_at": datetime(2026, 11, 28, 12, 0, tzinfo=UTC),
        **fields,
    }
    return Table(
        headings=list(columns),
        kinds=kinds or [KINDS.get(type(next(iter(cells), "")), Kind.TEXT) for cells in columns.values()],
        rows=rows or list(zip(*columns.values(), strict=True)),
        zone=ZoneInfo(zone),
        **given,
    )
