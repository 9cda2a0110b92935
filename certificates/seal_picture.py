"""How a site seal is drawn: three sizes, light and dark, in every language; as SVG without script, style or font of its own."""

from dataclasses import dataclass
from datetime import UTC
from itertools import product
from unicodedata import east_asian_width

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certificates.models import Order
from certificates.seal import VALID, Standing, standing
from sslportal.kit import names


@dataclass(frozen=True)
class Line:
    """A line of text: which one, where its baseline begins or ends, how high its letters are, how much room it has."""

    key: str
    x: float
    y: float
    height: float
    room: float
    anchor: str = "start"


@dataclass(frozen=True)
class Size:
    """A size in pixels: `band` is the coloured part on the left, in which the sign stands, `sign` how large."""

    key: str
    word: str | Promise
    width: int
    height: int
    band: int
    sign: int
    lines: tuple[Line, ...]


SIZES = {
    size.key: size
    for size in (
        Size("small", gettext_lazy("Small"), 160, 40, 34, 22, (
            Line("word", 43, 17, 13, 57),
            Line("brand", 152, 16.5, 9, 48, "end"),
            Line("name", 43, 31.5, 10.5, 109),
        )),
        Size("medium", gettext_lazy("Medium"), 200, 60, 50, 32, (
            Line("word", 61, 22.5, 17, 130),
            Line("name", 61, 38, 11.5, 130),
            Line("issuer", 61, 51.5, 9, 130),
        )),
        Size("large", gettext_lazy("Large"), 270, 96, 72, 46, (
            Line("word", 85, 29, 21, 84),
            Line("until", 258, 28, 10.5, 86, "end"),
            Line("name", 85, 50, 14, 173),
            Line("organization", 85, 67, 11, 173),
            Line("issuer", 85, 83.5, 9.5, 173),
        )),
    )
}  # fmt: skip

TONES = {"light": gettext_lazy("Light"), "dark": gettext_lazy("Dark")}
LANGUAGES = [code for code, _word in settings.LANGUAGES]
COLOURS = {  # those of the portal's theme, static/css/tokens.css
    "light": {
        "ground": "#ffffff", "line": "#c3c9d2", "ink": "#1a2130", "quiet": "#525c6b",
        "good": ("#10603a", "#ffffff", "#10603a"), "bad": ("#a61b1b", "#ffffff", "#a61b1b"),
        "ended": ("#5b6473", "#ffffff", "#4a5362"),
    },
    "dark": {
        "ground": "#1b2029", "line": "#3a4250", "ink": "#e6e9ef", "quiet": "#a5afbf",
        "good": ("#143322", "#84dcaa", "#84dcaa"), "bad": ("#431c1d", "#ffa5a1", "#ffa5a1"),
        "ended": ("#272d37", "#b5becc", "#b5becc"),
    },
}  # fmt: skip


@dataclass(frozen=True)
class Look:
    """A seal as it was chosen; its key stands in the address."""

    size: Size
    tone: str
    language: str

    @property
    def key(self) -> str:
        return f"{self.size.key}-{self.tone}-{self.language}"


LOOKS = {look.key: look for look in (Look(*chosen) for chosen in product(SIZES.values(), TONES, LANGUAGES))}


@dataclass(frozen=True)
class Text:
    """A line as it is drawn: forced to the width that it has in Arial, so that no font makes it leave its room."""

    line: Line
    text: str
    width: float


def draw(look: Look, order: Order | None) -> str:
    """The seal of the order's certificate, or of none, as SVG."""
    stands, colours = standing(order), COLOURS[look.tone]
    with translation.override(look.language):
        says = _says(order, stands)
        texts = [_fitted(line, says[line.key]) for line in look.size.lines if says[line.key]]
        band, sign, word = colours[stands.badge.tone]
        context = {
            "look": look,
            "size": look.size,
            "key": stands.key,
            "title": f"{says['word']}, {says['name']}, {says['brand']}",
            "texts": texts,
            "colours": {**colours, "band": band, "sign": sign, "word": word},
            "left": (look.size.band - look.size.sign) / 2,
            "top": (look.size.height - look.size.sign) / 2,
            "scale": look.size.sign / 24,
        }
        return render_to_string("seal/image.svg", context)


def _says(order: Order | None, stands: Standing) -> dict[str, str]:
    brand = settings.PORTAL_BRAND
    until = order.issued.not_after.astimezone(UTC) if order and order.issued and stands is VALID else None
    return {
        "word": str(stands.word),
        "brand": brand,
        "issuer": _("Certificate by %(brand)s") % {"brand": brand} if order else brand,
        "name": _readable(order.common_name) if order else _("No certificate"),
        "organization": order.organization if order else "",
        "until": _("until %(day)s") % {"day": date_format(until, "DATE_FORMAT")} if until else "",
    }


def _readable(name: str) -> str:
    """The name as people read it, unless its letters could deceive them."""
    return name if names.flags(name) else names.to_unicode(name)


# How wide letters are in Arial, in thousandths of their height; what is not here is measured by its kind
_WIDTHS = {
    character: width
    for width, characters in {
        222: "ijl'",
        278: " !,./:;I[]ft|",
        333: '-()r`"',
        389: "*",
        500: "ckJsvxyz",
        556: "0123456789abdeghnopqu?$#_L",
        584: "+<=>~^",
        611: "FTZ",
        667: "ABEKPSVXY&",
        722: "CDHNRUw",
        778: "GOQ",
        833: "mM",
        944: "W%",
    }.items()
    for character in characters
}
_TIGHTEST = 0.85  # how far a text may be pressed together before a part of it is left out


def _fitted(line: Line, text: str) -> Text:
    """The text, pressed together a little or shortened where it is too long. Of a name the end is kept: it says whose it is."""
    text = "".join(character for character in " ".join(text.split()) if character.isprintable())
    if _width(text, line) * _TIGHTEST > line.room:
        keeps_end = line.key == "name"
        while text and _width(f"{text}…", line) * _TIGHTEST > line.room:
            text = text[1:] if keeps_end else text[:-1]
        text = f"…{text}" if keeps_end else f"{text}…"
    return Text(line, text, round(min(_width(text, line), line.room), 1))


def _width(text: str, line: Line) -> float:
    bold = 1.06 if line.key in ("word", "name") else 1
    return sum(_WIDTHS.get(character) or _by_kind(character) for character in text) * bold * line.height / 1000


def _by_kind(character: str) -> int:
    return 1000 if east_asian_width(character) in "WF" or character == "…" else 600
