"""Names of subjects and issuers (RFC 5280, 4.1.2.4): read, written as text (RFC 4514), compared."""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from certificates.keycheck import der
from discovery.analysis import values

COMMON_NAME, ORGANIZATION, SERIAL_NUMBER, BUSINESS_CATEGORY = "2.5.4.3", "2.5.4.10", "2.5.4.5", "2.5.4.15"
JURISDICTION_COUNTRY = "1.3.6.1.4.1.311.60.2.1.3"
EV_FIELDS = (BUSINESS_CATEGORY, SERIAL_NUMBER, JURISDICTION_COUNTRY)
SHORT = {  # the first nine by RFC 4514, section 3; the others as openssl writes them
    COMMON_NAME: "CN", "2.5.4.7": "L", "2.5.4.8": "ST", ORGANIZATION: "O", "2.5.4.11": "OU", "2.5.4.6": "C",
    "2.5.4.9": "STREET", "0.9.2342.19200300.100.1.25": "DC", "0.9.2342.19200300.100.1.1": "UID",
    SERIAL_NUMBER: "serialNumber", BUSINESS_CATEGORY: "businessCategory", "2.5.4.17": "postalCode", "2.5.4.4": "SN",
    "2.5.4.42": "GN", "2.5.4.12": "title", "2.5.4.13": "description", "2.5.4.46": "dnQualifier",
    "2.5.4.97": "organizationIdentifier", "1.2.840.113549.1.9.1": "emailAddress", JURISDICTION_COUNTRY: "jurisdictionC",
    "1.3.6.1.4.1.311.60.2.1.2": "jurisdictionST", "1.3.6.1.4.1.311.60.2.1.1": "jurisdictionL",
}  # fmt: skip
ESCAPES = str.maketrans({character: f"\\{character}" for character in '\\,+"<>;'})
MOST_SHOWN_BYTES = 16  # of a value that is no text


class Attribute(NamedTuple):
    """One part of a name: its type by its identifier, and its value as text."""

    kind: str
    value: str


@dataclass(frozen=True)
class Name:
    """The parts of a name, in the groups and the order in which they are encoded.

    `is_whole` says that nothing of it was beyond reading.
    """

    groups: tuple[tuple[Attribute, ...], ...] = ()
    is_whole: bool = False

    def first(self, kind: str) -> str:
        """The first value of this type; empty if there is none."""
        return next((each.value for group in self.groups for each in group if each.kind == kind), "")

    @cached_property
    def text(self) -> str:
        """As RFC 4514 writes it, the last part first."""
        return ",".join("+".join(map(_written, group)) for group in reversed(self.groups))

    @cached_property
    def key(self) -> Hashable:
        """What two names have in common that are the same but for case and spaces (RFC 5280, 7.1)."""
        return tuple(frozenset((kind, _folded(value)) for kind, value in group) for group in self.groups)


@lru_cache(maxsize=256)  # the same issuers come again and again
def read(name: bytes) -> Name:
    """The name, as far as it can be read. Never raises."""
    groups: list[tuple[Attribute, ...]] = []
    is_whole = True
    try:
        for group in values.walk(der.only(name, der.SEQUENCE).content):
            attributes, is_good = _group(group)
            is_whole &= is_good
            groups.append(attributes)
    except der.Malformed:
        is_whole = False
    return Name(tuple(groups), is_whole)


def _group(group: der.Element) -> tuple[tuple[Attribute, ...], bool]:
    """The attributes of a RelativeDistinguishedName that can be read, and whether that is all of them."""
    found: list[Attribute] = []
    try:
        for pair in values.walk(group.content):
            kind, value = der.inside(pair.whole, most=2)
            found.append(Attribute(values.identifier(kind), _value(value)))
    except ValueError:
        return tuple(found), False
    return tuple(found), group.tag == der.SET


def _value(element: der.Element) -> str:
    if element.tag in values.TEXT_TYPES:
        return values.text(element)
    return "#" + element.whole[:MOST_SHOWN_BYTES].hex()


def _written(attribute: Attribute) -> str:
    value = attribute.value.translate(ESCAPES)
    if value[:1] in ("#", " "):
        value = "\\" + value
    if value[-1:] == " " and len(attribute.value) > 1:
        value = value[:-1] + "\\ "
    return f"{SHORT.get(attribute.kind, attribute.kind)}={value}"


def _folded(value: str) -> str:
    return " ".join(value.casefold().split())
