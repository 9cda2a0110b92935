"""A small reader of DER: tags, lengths, contents (X.690, section 10), for looking at what strangers send.

It never recurses, never looks beyond what it is given, and raises nothing but Malformed, which carries no input.
"""

from typing import NamedTuple

INTEGER, BIT_STRING, OCTET_STRING, NULL, OID, SEQUENCE, SET = 0x02, 0x03, 0x04, 0x05, 0x06, 0x30, 0x31
LONGEST_LENGTH = 4  # bytes of a long-form length; more would announce over 4 GB


class Malformed(ValueError):
    """Not DER, or not of the expected shape."""


class Element(NamedTuple):
    """One tag-length-value: its tag byte, its content, and all of it as encoded."""

    tag: int
    content: bytes
    whole: bytes


def header(data: bytes) -> tuple[int, int]:
    """The length of the first element's header, and of its content as announced, be it there or not."""
    if len(data) < 2 or data[0] & 0x1F == 0x1F:
        raise Malformed
    first = data[1]
    if first < 0x80:
        return 2, first
    count = first & 0x7F
    digits = data[2 : 2 + count]
    if not 1 <= count <= LONGEST_LENGTH or len(digits) < count or digits[0] == 0:
        raise Malformed
    length = int.from_bytes(digits)
    if length < 0x80:
        raise Malformed
    return 2 + count, length


def first(data: bytes) -> tuple[Element, bytes]:
    """The first element, and what follows it."""
    start, length = header(data)
    end = start + length
    if end > len(data):
        raise Malformed
    return Element(data[0], data[start:end], data[:end]), data[end:]


def elements(data: bytes, most: int) -> list[Element]:
    """All elements one after the other; Malformed if they are more than `most`."""
    found: list[Element] = []
    while data:
        if len(found) == most:
            raise Malformed
        element, data = first(data)
        found.append(element)
    return found


def only(data: bytes, tag: int) -> Element:
    """The one element that the data is, of this tag."""
    element, rest = first(data)
    if rest or element.tag != tag:
        raise Malformed
    return element


def inside(data: bytes, tag: int = SEQUENCE, most: int = 100) -> list[Element]:
    """The elements within the one element that the data is, of this tag."""
    return elements(only(data, tag).content, most)


def number(element: Element) -> int:
    """The value of an INTEGER that is not negative."""
    content = element.content
    if element.tag != INTEGER or not content or content[0] & 0x80:
        raise Malformed
    return int.from_bytes(content)


def oid(element: Element) -> bytes:
    """The encoded content of an OBJECT IDENTIFIER, for looking up in tables."""
    if element.tag != OID or not element.content:
        raise Malformed
    return element.content
