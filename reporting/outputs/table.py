"""What a report hands to its outputs: words about itself, headings, and rows of cells that are Python's own values."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from django.template.defaultfilters import floatformat
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from reporting.fields import Kind as Kind

# Control characters but the line break, halves of characters, what is none, and the marks that turn the direction of
# writing: XML cannot hold some of them, and with the others a cell could look like what it is not.
UNSHOWN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Table:
    """One run of a report. The cells of a column are what fields.Field.value makes of its kind, or None.

    `rows` is gone through once by each output; of `total` records it may have only the first.
    """

    title: str
    headings: Sequence[str]
    kinds: Sequence[Kind]
    rows: Iterable[Sequence[Any]]
    total: int
    account: str
    made_at: datetime
    zone: tzinfo
    owner: str = ""
    description: str = ""
    note: str = ""

    def facts(self, shown: int) -> list[tuple[str, str]]:
        """What to know about the table, as names and words."""
        facts = [(_("Account"), clean(self.account))]
        if self.owner:
            facts.append((_("Owner"), clean(self.owner)))
        return [
            *facts,
            (_("Generated"), in_words(self.made_at, self.zone)),
            (_("Time Zone"), str(self.zone)),
            (_("Records"), records(shown, self.total)),
        ]


def records(shown: int, total: int) -> str:
    """How many records there are, and how many of them are in the file where that is not all."""
    numbers = {"shown": floatformat(shown, "0g"), "total": floatformat(total, "0g")}
    return _("the first %(shown)s of %(total)s") % numbers if shown < total else numbers["total"]


def clean(text: Any) -> str:
    """The text with � for whatever has no shape, on lines that end with a line feed."""
    return UNSHOWN.sub("\ufffd", str(text).replace("\r\n", "\n").replace("\t", " "))


def local(moment: datetime, zone: tzinfo) -> datetime:
    """The moment on the clock of the zone; one at the very end of time, which has no other name, as it is."""
    try:
        return moment.astimezone(zone)
    except OverflowError:
        return moment


def in_words(cell: Any, zone: tzinfo) -> str:
    """The cell as people read it, in the language in use."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return _("Yes") if cell else _("No")
    if isinstance(cell, datetime):
        at = local(cell, zone)
        return f"{date_format(at, 'DATE_FORMAT')} {date_format(at, 'H:i')}"
    if isinstance(cell, date):
        return date_format(cell, "DATE_FORMAT")
    return clean(cell)
