"""A report as a table, and the table as files."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from reporting.definition import Definition
from reporting.models import Report
from reporting.outputs import csv, pdf, xlsx
from reporting.outputs.table import Table
from reporting.states import Format

MAKERS: dict[str, Callable[[Table], bytes]] = {
    Format.CSV: csv.document,
    Format.XLSX: xlsx.document,
    Format.PDF: pdf.document,
}
CONTENT_TYPES = {Format.CSV: csv.CONTENT_TYPE, Format.XLSX: xlsx.CONTENT_TYPE, Format.PDF: pdf.CONTENT_TYPE}


def table(report: Report, defined: Definition, rows: Sequence[Sequence[Any]], total: int, now: datetime) -> Table:
    """The rows, which are the cells of the first of `total` records, in the words of the language in use."""
    return Table(
        title=report.name,
        headings=[str(field.label) for field in defined.fields],
        kinds=[field.kind for field in defined.fields],
        rows=rows,
        total=total,
        account=report.account.name,
        made_at=now,
        zone=report.account.zone,
        owner=owner(report),
        description=report.description,
        note=" ".join(defined.notes),
    )


def owner(report: Report) -> str:
    """Whose it is, in words."""
    if report.has_owner:
        return report.owner.email
    return _("Global Administrators (%(person)s has left)") % {"person": report.owner.email}


def file_name(report: Report, day: datetime, format: str) -> str:
    """Such as "Expiring certificates 2026-11-28.csv", whatever the name of the report has in it."""
    words = "".join(letter if letter.isalnum() or letter in " -_.()" else "_" for letter in report.name)
    return f"{words.strip(' .')[:80] or 'report'} {day.astimezone(report.account.zone):%Y-%m-%d}.{format}"
