"""Charts as data: what is counted and where it stands in the picture. components/chart.html draws them, with their tables.

Across, a picture is measured in percent, up and down in the height of its letters. So it takes any width without making
them smaller, and grows with the reader's text size.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar
from unicodedata import east_asian_width

from django.template.defaultfilters import floatformat
from django.utils.translation import gettext as _

MOST_BARS = 12
LETTERS, LETTERS_ON_A_PHONE = 50, 34  # of a label that does not meet the number beside it
LETTERS_ACROSS_A_PHONE = 44
LEAST_ACROSS, LEAST_UP = 0.7, 0.15  # in percent and in letters: one among many thousands is seen, too

ROW = 2.75  # in letters, as what follows: from one lying bar to the next
PLOT_TOP, PLOT = 1.75, 11.0  # where the highest column ends, and its height


@dataclass(frozen=True)
class Bar:
    """One number: what it counts, its tone, and where those that it counts are listed. `short` stands under a column."""

    label: str
    value: int
    tone: str = ""
    url: str = ""
    short: str = ""


def with_others(bars: Sequence[Bar], total: int, most: int = MOST_BARS) -> list[Bar]:
    """The first of the bars, which begin with the longest, and one for all that are beyond `most` of them.

    `total` is what they count together with those that were not given. Give one more than `most`: where the last bar
    would stand for one thing, that is shown itself.
    """
    if len(bars) <= most + 1 and sum(bar.value for bar in bars) == total:
        return list(bars)
    shown = bars[:most]
    return [*shown, Bar(_("Others"), total - sum(bar.value for bar in shown), tone="ended")]


@dataclass(frozen=True)
class Chart:
    """A picture of some numbers. `key` names it on its page; `of` and `counted` head the two columns of its table."""

    key: str
    title: str
    of: str
    counted: str
    bars: Sequence[Bar]

    picture: ClassVar[str]

    @cached_property
    def total(self) -> int:
        return sum(bar.value for bar in self.bars)

    @cached_property
    def most(self) -> int:
        return max((bar.value for bar in self.bars), default=0)

    @property
    def has_links(self) -> bool:
        """Whether one can go on from the picture, which is then more than an image to a screen reader."""
        return any(bar.url for bar in self.bars)

    @property
    def summary(self) -> str:
        """The picture in a sentence."""
        if not self.total:
            return _("Nothing was counted.")
        largest = max(self.bars, key=lambda bar: bar.value)
        return _("%(total)s in all; the largest part: %(label)s, %(value)s.") % {
            "total": floatformat(self.total, "0g"),
            "label": largest.label,
            "value": floatformat(largest.value, "0g"),
        }

    def share(self, bar: Bar, whole: float, least: float) -> float:
        """How much of the whole the bar takes; the longest takes all of it."""
        return max(least, whole * bar.value / self.most) if bar.value else 0


@dataclass(frozen=True)
class Row:
    """A lying bar under its label. `brief` is the label on a phone."""

    bar: Bar
    label: str
    brief: str
    top: str
    width: str


class BarChart(Chart):
    """Bars that lie under their labels: for things without an order of their own, with labels of any length."""

    picture = "components/chart_bars.html"

    @property
    def height(self) -> str:
        return _letters(ROW * len(self.bars))

    @property
    def rows(self) -> Iterator[Row]:
        for number, bar in enumerate(self.bars):
            yield Row(
                bar,
                label=cut(bar.label, LETTERS),
                brief=cut(bar.label, LETTERS_ON_A_PHONE),
                top=_letters(number * ROW),
                width=_percent(self.share(bar, 100, LEAST_ACROSS)),
            )


@dataclass(frozen=True)
class Column:
    """A column over its label. On a phone, where there is no room for all, some are without their label or number."""

    bar: Bar
    slot_left: str
    slot_width: str
    left: str
    middle: str
    width: str
    top: str
    height: str
    number_at: str
    spares_label: bool
    spares_number: bool


class ColumnChart(Chart):
    """Columns beside one another: for what has an order, as months have. Below them stand their short labels."""

    picture = "components/chart_columns.html"
    height = f"{PLOT_TOP + PLOT + 1.75:.2f}em"
    ground = f"{PLOT_TOP + PLOT:.2f}em"
    label_at = f"{PLOT_TOP + PLOT + 1.35:.2f}em"

    @property
    def columns(self) -> Iterator[Column]:
        slot = 100 / len(self.bars)
        width = min(slot * 0.64, 10)
        labels_meet = self._meet(max(breadth(bar.short) for bar in self.bars))
        numbers_meet = self._meet(len(floatformat(self.most, "0g")))
        for number, bar in enumerate(self.bars):
            middle = (number + 0.5) * slot
            height = self.share(bar, PLOT, LEAST_UP)
            yield Column(
                bar,
                slot_left=_percent(number * slot),
                slot_width=_percent(slot),
                left=_percent(middle - width / 2),
                middle=_percent(middle),
                width=_percent(width),
                top=_letters(PLOT_TOP + PLOT - height),
                height=_letters(height),
                number_at=_letters(PLOT_TOP + PLOT - height - 0.45),
                spares_label=labels_meet and not self._keeps_label(number),
                spares_number=numbers_meet and bar.value < self.most,
            )

    def _meet(self, letters: int) -> bool:
        """Whether words of so many letters, one at each column, would meet on a phone."""
        return (letters + 1) * len(self.bars) > LETTERS_ACROSS_A_PHONE

    def _keeps_label(self, number: int) -> bool:
        """Of neighbours one; the last keeps its label, too."""
        last = len(self.bars) - 1
        return number == last or (number % 2 == 0 and number != last - 1)


def cut(text: str, letters: int) -> str:
    """The text, cut where it is wider than so many letters, of which a Japanese sign takes two."""
    if breadth(text) <= letters:
        return text
    end, left = 0, letters - 1
    while (left := left - breadth(text[end])) >= 0:
        end += 1
    return text[:end].rstrip() + "…"


def breadth(text: str) -> int:
    """How many letters wide the text is; a Japanese sign is two."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def _percent(share: float) -> str:
    return f"{share:.2f}%"


def _letters(height: float) -> str:
    return f"{height:.2f}em"
