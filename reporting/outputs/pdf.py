"""A table on paper: what it is, a summary with a chart, and the rows under headings that come again on each page."""

from collections.abc import Sequence
from itertools import islice

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from reporting.outputs.picture import chart
from reporting.outputs.table import Kind, Table, clean, in_words
from sslportal.kit import pdf
from sslportal.kit.charts import breadth, cut

CONTENT_TYPE = "application/pdf"
MOST_ROWS = 2_000  # a page takes as long to lay out as a thousand lines of CSV to write
MOST_COLUMNS = 16  # of which each has room for a word
MOST_LETTERS = 250  # of a cell: a longer one would push all others off the page
MOST_OF_HEADING = 60  # letters: where the headings fill a page, there is no room for a row and the layout never ends
MOST_OF_TEXT = 2_000
WIDEST = 60  # columns, in letters
SIZES = ((8, "8pt", 166), (12, "7pt", 190), (MOST_COLUMNS, "6pt", 222))  # columns, their letters, how many a line has
GAP = 3  # letters between two columns
BOLD = 1.25  # how much wider a heading's letters are


def document(table: Table) -> bytes:
    """The first rows and columns, as many as paper has room for, which is said where it is not all. Raises pdf.Unavailable."""
    rows = list(islice(table.rows, MOST_ROWS))
    columns = range(min(len(table.headings), MOST_COLUMNS))
    headings = [cut(clean(table.headings[column]), MOST_OF_HEADING) for column in columns]
    lines = [[cut(in_words(row[column], table.zone), MOST_LETTERS) for column in columns] for row in rows]
    size, room = next((size, room) for most, size, room in SIZES if len(columns) <= most)
    context = {
        "brand": settings.PORTAL_BRAND,
        "language": get_language(),
        "title": cut(clean(table.title), MOST_OF_TEXT),
        "description": cut(clean(table.description), MOST_OF_TEXT),
        "facts": [(name, cut(words, MOST_LETTERS)) for name, words in table.facts(len(rows))],
        "note": cut(clean(table.note), MOST_OF_TEXT),
        "left_out": left_out(table),
        "chart": chart(table, rows),
        "size": size,
        "columns": list(zip(headings, shares(headings, lines, room), strict=True)),
        "number_columns": [column + 1 for column in columns if table.kinds[column] == Kind.NUMBER],
        "lines": lines,
    }
    return pdf.render("reporting/report_pdf.html", context)


def left_out(table: Table) -> str:
    """A sentence on the columns that have no room on paper."""
    names = [cut(clean(heading), MOST_OF_HEADING) for heading in table.headings[MOST_COLUMNS:]]
    if not names:
        return ""
    return _("Only the CSV and Excel files have these columns: %(names)s.") % {"names": ", ".join(names)}


def shares(headings: Sequence[str], lines: Sequence[Sequence[str]], room: int) -> list[str]:
    """How much of the width each column takes, in percent: those with short cells what they need, the others the rest alike.

    Settled before the layout, which would otherwise look at every cell twice.
    """
    needs = [
        GAP + max(_longest_word(heading), *(min(breadth(line[column]), WIDEST) for line in lines), 0)
        for column, heading in enumerate(headings)
    ]
    widths, left = dict[int, float](), float(room)
    for place, column in enumerate(sorted(range(len(needs)), key=needs.__getitem__)):
        widths[column] = min(needs[column], left / (len(needs) - place))
        left -= widths[column]
    return [f"{100 * widths[column] / sum(widths.values()):.2f}%" for column in range(len(needs))]


def _longest_word(heading: str) -> float:
    return BOLD * max(map(breadth, heading.split()), default=0)
