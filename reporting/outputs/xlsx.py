"""A table as a workbook of Excel: one sheet with the rows and one about them. No cell is ever a formula or a link."""

import io
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from reporting.outputs.table import Table, clean, in_words, local
from sslportal.kit.charts import breadth

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 1_048_575  # under the headings: Excel's own limits, as the next two
MOST_UNITS = 32_767  # of UTF-16 in a cell
FIRST_YEAR = 1900
EXACT = 10**15  # Excel keeps fifteen digits of a number
NARROWEST, WIDEST = 8, 60  # columns, in letters
LOOKED_AT = 200  # rows that decide how wide a column is
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def document(table: Table) -> bytes:
    """The whole file. Rows wait on the disk while it is written, so a long table takes no more memory than a short one."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, OPTIONS) as book:
        # without a moment of its own the file would be a different one each time it is made
        book.set_properties(
            {"title": clean(table.title)[:255], "created": table.made_at.astimezone(UTC).replace(tzinfo=None)}
        )
        rows = book.add_worksheet(pgettext("sheet of a workbook", "Records"))
        shown = _Rows(book, rows, table).write()
        _about(book, book.add_worksheet(pgettext("sheet of a workbook", "About")), table, shown)
    return file.getvalue()


class _Rows:
    """The sheet with the rows, written from top to bottom, since each row leaves the memory with the next."""

    def __init__(self, book: xlsxwriter.Workbook, sheet: Worksheet, table: Table) -> None:
        self.sheet, self.table = sheet, table
        self.head = book.add_format({"bold": True, "bottom": 1, "valign": "top", "text_wrap": True})
        self.text = book.add_format({"valign": "top"})
        self.moment = book.add_format({"valign": "top", "num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"})
        self.day = book.add_format({"valign": "top", "num_format": "yyyy-mm-dd", "align": "left"})
        self.widths = [NARROWEST] * len(table.headings)

    def write(self) -> int:
        """Write all that fits, and say how many rows that were."""
        for column, heading in enumerate(self.table.headings):
            self._string(0, column, clean(heading), self.head)
        number = 0
        for number, row in enumerate(islice(self.table.rows, MOST_ROWS), 1):
            for column, cell in enumerate(row):
                self._cell(number, column, cell)
        self.sheet.freeze_panes(1, 0)
        self.sheet.autofilter(0, 0, number, len(self.table.headings) - 1)
        for column, letters in enumerate(self.widths):
            self.sheet.set_column(column, column, letters + 2)  # and room for the arrow of the filter
        return number

    def _cell(self, row: int, column: int, cell: Any) -> None:
        if isinstance(cell, date) and cell.year >= FIRST_YEAR:
            self._date(row, column, cell)
        elif isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) < EXACT:
            self.sheet.write_number(row, column, cell, self.text)
        elif words := in_words(cell, self.table.zone):
            self._string(row, column, words, self.text)

    def _date(self, row: int, column: int, cell: date) -> None:
        if isinstance(cell, datetime):
            at = local(cell, self.table.zone).replace(tzinfo=None)
            self.sheet.write_datetime(row, column, at, self.moment)
            self._widen(row, column, len("2026-11-28 12:00:00"))
        else:
            self.sheet.write_datetime(row, column, cell, self.day)
            self._widen(row, column, len("2026-11-28"))

    def _string(self, row: int, column: int, text: str, style: Format) -> None:
        self.sheet.write_string(row, column, fitting(text), style)
        self._widen(row, column, breadth(text[:WIDEST]))

    def _widen(self, row: int, column: int, letters: int) -> None:
        if row <= LOOKED_AT:
            self.widths[column] = min(max(self.widths[column], letters), WIDEST)


def fitting(text: str) -> str:
    """The text, cut where Excel would refuse it, which counts what lies beyond the first 65,536 characters twice."""
    if len(text) * 2 <= MOST_UNITS or len(coded := text.encode("utf-16-le")) <= MOST_UNITS * 2:
        return text
    return coded[: (MOST_UNITS - 1) * 2].decode("utf-16-le", "ignore") + "…"


def _about(book: xlsxwriter.Workbook, sheet: Worksheet, table: Table, shown: int) -> None:
    """What the table is, for who gets the file from somebody else."""
    bold, plain = (
        book.add_format({"bold": True, "valign": "top"}),
        book.add_format({"valign": "top", "text_wrap": True}),
    )
    facts = [
        (_("Name"), table.title),
        (_("Description"), table.description),
        *table.facts(shown),
        (_("Note"), table.note),
    ]
    for row, (name, words) in enumerate(fact for fact in facts if fact[1]):
        sheet.write_string(row, 0, name, bold)
        sheet.write_string(row, 1, fitting(clean(words)), plain)
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 1, 80)
