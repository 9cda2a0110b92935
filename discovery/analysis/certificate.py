"""The parts of a certificate (RFC 5280, 4.1), told apart but not yet read."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from certificates.keycheck import der
from discovery.analysis import distinguished, values
from discovery.analysis.distinguished import Name

LARGEST = 100_000  # bytes; a scan reads 65,536 of a server
LONGEST_SERIAL = 32  # bytes; RFC 5280 allows 20
VERSION, EXTENSIONS = 0xA0, 0xA3
MOST_EXTENSIONS = 100


class Extension(NamedTuple):
    """Its identifier, whether who does not know it may pass it over, and its content."""

    kind: str = ""
    is_critical: bool = False
    content: bytes = b""


@dataclass(frozen=True, eq=False)
class Certificate:
    """Parts as encoded. `extensions` are identifier → content, the first where one comes twice.

    `has_broken_extensions` says that one could not be told apart, or came twice.
    """

    whole: bytes
    digest: bytes
    signed: bytes
    serial: der.Element
    algorithm: bytes
    issuer: bytes
    validity: bytes
    subject: bytes
    spki: bytes
    signature: bytes
    extensions: dict[str, bytes]
    has_broken_extensions: bool

    @property
    def subject_name(self) -> Name:
        return distinguished.read(self.subject)

    @property
    def issuer_name(self) -> Name:
        return distinguished.read(self.issuer)


@lru_cache(maxsize=256)  # a leaf is asked for its chain, its facts and its questions; intermediates come again
def opened(content: bytes) -> Certificate:
    """The parts of a certificate in DER. Raises der.Malformed where they cannot be told apart."""
    if len(content) > LARGEST:
        raise der.Malformed
    outline = der.inside(content, most=3)
    if len(outline) != 3:
        raise der.Malformed
    signed, algorithm, signature = outline
    parts = der.inside(signed.whole, most=10)
    if parts and parts[0].tag == VERSION:
        del parts[0]
    if len(parts) < 6 or any(part.tag != der.SEQUENCE for part in parts[1:6]):
        raise der.Malformed  # a revocation list, say
    serial, _algorithm, issuer, validity, subject, spki, *rest = parts
    extensions, is_broken = _extensions([part for part in rest if part.tag == EXTENSIONS])
    return Certificate(
        whole=content,
        digest=hashlib.sha256(content).digest(),
        signed=signed.whole,
        serial=serial,
        algorithm=algorithm.whole,
        issuer=issuer.whole,
        validity=validity.whole,
        subject=subject.whole,
        spki=spki.whole,
        signature=values.bits(signature),
        extensions=extensions,
        has_broken_extensions=is_broken,
    )


def _extensions(sections: list[der.Element]) -> tuple[dict[str, bytes], bool]:
    found: dict[str, bytes] = {}
    is_broken = len(sections) > 1
    try:
        for section in sections[:1]:
            for each in extensions_in(der.only(section.content, der.SEQUENCE).content):
                is_broken |= each.kind in found or not each.kind
                found.setdefault(each.kind, each.content)
    except der.Malformed:
        is_broken = True
    return found, is_broken


def extensions_in(content: bytes) -> Iterator[Extension]:
    """The extensions one after the other, an empty one for one that is broken. Raises der.Malformed where they break off."""
    for number, element in enumerate(values.walk(content)):
        if number == MOST_EXTENSIONS:
            raise der.Malformed
        try:
            yield _extension(element)
        except ValueError:  # der.Malformed, or too few parts
            yield Extension()


def _extension(element: der.Element) -> Extension:
    kind, *flags, value = der.inside(element.whole, most=3)
    if value.tag != der.OCTET_STRING:
        raise der.Malformed
    return Extension(values.identifier(kind), any(flag.content != b"\0" for flag in flags), value.content)
