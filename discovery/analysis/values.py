"""What DER of certificates is made of: elements one after the other, identifiers, moments, texts (X.690)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from certificates.keycheck import der

ENUMERATED, UTC_TIME, GENERALIZED_TIME, UNIVERSAL_STRING, BMP_STRING = 0x0A, 0x17, 0x18, 28, 30
TEXT_TYPES = {12, 18, 19, 20, 22, 26, UNIVERSAL_STRING, BMP_STRING}
LONGEST_IDENTIFIER = 64  # bytes; the longest in use has 20
LONGEST_TEXT = 1000  # characters that are kept of a text, before it is cut to where it shall stand
LONGEST_HEADER = 6


def walk(content: bytes) -> Iterator[der.Element]:
    """The elements one after the other, however many, as they are asked for. Raises der.Malformed where they break off."""
    start = 0
    while start < len(content):
        header, length = der.header(content[start : start + LONGEST_HEADER])
        begin, end = start + header, start + header + length
        if end > len(content):
            raise der.Malformed
        yield der.Element(content[start], content[begin:end], content[start:end])
        start = end


@lru_cache(maxsize=1000)
def dotted(content: bytes) -> str:
    """An OBJECT IDENTIFIER as people write it, such as 2.5.4.3. Raises der.Malformed."""
    if not content or len(content) > LONGEST_IDENTIFIER or content[-1] & 0x80:
        raise der.Malformed
    arcs, arc = [], 0
    for byte in content:
        arc = arc << 7 | byte & 0x7F
        if not byte & 0x80:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def identifier(element: der.Element) -> str:
    """The same of an element. Raises der.Malformed."""
    return dotted(der.oid(element))


def whole_number(element: der.Element) -> int:
    """The value of an INTEGER, be it negative. Raises der.Malformed."""
    if element.tag != der.INTEGER or not element.content:
        raise der.Malformed
    return int.from_bytes(element.content, signed=True)


def bits(element: der.Element) -> bytes:
    """The content of a BIT STRING of whole bytes. Raises der.Malformed."""
    if element.tag != der.BIT_STRING or element.content[:1] != b"\0":
        raise der.Malformed
    return element.content[1:]


def moment(element: der.Element) -> datetime | None:
    """A UTCTime or GeneralizedTime; None for the years 1 and 9999, which no time zone can be applied to.

    The last moment of 9999 stands for no end at all (RFC 5280, 4.1.2.5). Seconds may be missing or have fractions, and
    there may be an offset, as the wild has them. Raises ValueError, der.Malformed among them.
    """
    text = element.content[:40].decode("ascii")
    if element.tag == UTC_TIME:
        text = ("20" if text[:2] < "50" else "19") + text
    elif element.tag != GENERALIZED_TIME:
        raise der.Malformed
    digits, offset = _split_offset(text)
    digits = digits.replace(",", ".").partition(".")[0]
    if len(digits) not in (12, 14) or not digits.isdecimal():
        raise der.Malformed
    parts = [int(digits[:4]), *(int(digits[at : at + 2]) for at in range(4, len(digits), 2))]
    if parts[5:] == [60]:
        parts[5] = 59  # a leap second
    year, month, day, hour, minute, second = [*parts, 0][:6]
    read = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    return read - offset if 1 < read.year < 9999 else None


def _split_offset(text: str) -> tuple[str, timedelta]:
    """The digits of a time, and how far it is ahead of UTC."""
    if text.endswith("Z"):
        return text[:-1], timedelta()
    digits, sign, offset = text.partition("+") if "+" in text else text.partition("-")
    if not sign:
        return text, timedelta()
    if len(offset) != 4 or not offset.isdecimal():
        raise der.Malformed
    ahead = timedelta(hours=int(offset[:2]), minutes=int(offset[2:]))
    return digits, ahead if sign == "+" else -ahead


def text(element: der.Element) -> str:
    """The text of a string of any type, fit to be printed and stored. Raises der.Malformed.

    What claims to be ASCII or Teletex is in truth UTF-8 or Latin-1, in the wild.
    """
    if element.tag not in TEXT_TYPES:
        raise der.Malformed
    if element.tag == BMP_STRING:
        return printable(element.content.decode("utf-16-be", "replace"))
    if element.tag == UNIVERSAL_STRING:
        return printable(element.content.decode("utf-32-be", "replace"))
    return printable(from_bytes(element.content))


def from_bytes(content: bytes) -> str:
    """As UTF-8, else as Latin-1."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("latin-1")


def printable(text: str) -> str:
    """The text with a sign instead of whatever cannot be seen or turns the direction of writing, and no zero byte."""
    text = text[:LONGEST_TEXT]
    if text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character in SPACES else "\ufffd"


SPACES = frozenset("\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000")


def cut(text: str, most: int) -> str:
    """The beginning of a text that is longer."""
    return text if len(text) <= most else text[: most - 1] + "…"
