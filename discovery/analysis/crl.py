"""What a certificate revocation list says of a certificate, if it counts (RFC 5280, 5 and 6.3.3)."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from certificates.keycheck import der
from discovery.analysis import certificate as certificates
from discovery.analysis import extensions, signatures, values, verdicts
from discovery.analysis.certificate import Certificate, Extension
from discovery.analysis.verdicts import Verdict

EXPLICIT_0 = 0xA0
TIMES = (values.UTC_TIME, values.GENERALIZED_TIME)
ISSUING_POINT, DELTA, REASON = "2.5.29.28", "2.5.29.27", "2.5.29.21"
# IssuingDistributionPoint, 5.2.5: the tags of its fields
POINT_NAME, ONLY_USERS, ONLY_CAS, ONLY_SOME_REASONS, INDIRECT, ONLY_ATTRIBUTES = 0xA0, 0x81, 0x82, 0x83, 0x84, 0x85


@dataclass(frozen=True)
class _List:
    """The parts of a CertificateList. `entries` are as encoded, one after the other."""

    signed: bytes
    algorithm: bytes
    signature: bytes
    issuer: bytes
    begin: datetime | None
    end: datetime | None
    entries: bytes
    extensions: list[Extension]


def judge(content: bytes, leaf: Certificate, issuer: Certificate, now: datetime) -> Verdict:
    """What it says of the leaf. Raises ValueError, der.Malformed among them, where it cannot be read.

    A list of 100,000 entries takes 20 ms the first time, and then 1 ms.
    """
    read = _opened(content)
    if read.issuer not in (leaf.issuer, issuer.subject):
        return verdicts.unknown("other-issuer")
    if not _is_signed(content, issuer.spki):
        return verdicts.unknown("signature")
    problem = verdicts.untimely(read.begin, read.end, now) or _out_of_scope(read.extensions, leaf)
    if problem:
        return verdicts.unknown(problem)
    entry = _entry(read.entries, leaf.serial)
    return _revoked(der.only(entry, der.SEQUENCE)) if entry else Verdict("good")


@lru_cache(maxsize=4)  # one list answers for all certificates that name it
def _opened(content: bytes) -> _List:
    signed, algorithm, signature = der.inside(content, most=3)
    parts = list(values.walk(signed.content))
    if parts and parts[0].tag == der.INTEGER:
        del parts[0]
    _algorithm, issuer, begin, *rest = parts
    end = rest.pop(0) if rest and rest[0].tag in TIMES else None
    entries = rest.pop(0).content if rest and rest[0].tag == der.SEQUENCE else b""
    return _List(
        signed=signed.whole,
        algorithm=algorithm.whole,
        signature=values.bits(signature),
        issuer=issuer.whole,
        begin=values.moment(begin),
        end=values.moment(end) if end else None,
        entries=entries,
        extensions=_extensions(rest),
    )


@lru_cache(maxsize=4)
def _is_signed(content: bytes, key_info: bytes) -> bool:
    read = _opened(content)
    if signatures.hash_of(read.algorithm) in verdicts.FORGED:
        return False
    return bool(signatures.is_signature(read.signature, read.signed, read.algorithm, key_info))


def _extensions(rest: list[der.Element]) -> list[Extension]:
    """Raises der.Malformed for what cannot be told apart: it may be what limits the list."""
    found: list[Extension] = []
    for section in rest:
        if section.tag != EXPLICIT_0:
            raise der.Malformed
        found.extend(certificates.extensions_in(der.only(section.content, der.SEQUENCE).content))
    if any(not each.kind for each in found):
        raise der.Malformed
    return found


def _out_of_scope(found: list[Extension], leaf: Certificate) -> str:
    """Whether the list may pass over the leaf, though it was revoked, be it for a reason that we do not know."""
    point = next((each.content for each in found if each.kind == ISSUING_POINT), None)
    if any(each.kind == DELTA or (each.is_critical and each.kind != ISSUING_POINT) for each in found):
        return "scope"
    if point is None:
        return ""
    fields = {field.tag: field.content for field in der.inside(point, most=6)}
    is_ca = extensions.is_ca(leaf.extensions.get(extensions.CONSTRAINTS, b"\x30\x00"))
    limits = {ONLY_SOME_REASONS: True, INDIRECT: True, ONLY_ATTRIBUTES: True, ONLY_USERS: is_ca, ONLY_CAS: not is_ca}
    is_limited = any(limit and _is_said(tag, fields) for tag, limit in limits.items())
    is_elsewhere = POINT_NAME in fields and not _is_named(fields[POINT_NAME], leaf)
    return "scope" if is_limited or is_elsewhere else ""


def _is_said(tag: int, fields: dict[int, bytes]) -> bool:
    return tag in fields and (tag == ONLY_SOME_REASONS or fields[tag] != b"\0")


def _is_named(point_name: bytes, leaf: Certificate) -> bool:
    """Whether the leaf names one of the places at which the list belongs; a CA may have many lists, one for each part."""
    places = {place.decode("latin-1") for place in extensions.uris(point_name)}
    named = extensions.addresses_of_lists(leaf.extensions.get(extensions.CRL_POINTS, b""))
    return not places.isdisjoint(named.found)


def _entry(entries: bytes, serial: der.Element) -> bytes | None:
    """The entry of this serial number. Most often the number is nowhere in the list, which is quickly seen."""
    wanted = values.whole_number(serial)
    if serial.content.lstrip(b"\0") not in entries:
        return None
    listed = _by_number(entries)
    if listed is None:
        raise der.Malformed
    return listed.get(wanted)


@lru_cache(maxsize=2)
def _by_number(entries: bytes) -> dict[int, bytes] | None:
    """The entries by serial number, for a list on which thousands are looked up; None where one is broken."""
    try:
        return {values.whole_number(der.first(each.content)[0]): each.whole for each in values.walk(entries)}
    except der.Malformed:
        return None


def _revoked(entry: der.Element) -> Verdict:
    _number, at, *rest = der.inside(entry.whole, most=3)
    reason = None
    for section in rest:
        for each in certificates.extensions_in(section.content):
            if each.kind == REASON:
                reason = verdicts.reason_in(der.only(each.content, values.ENUMERATED))
    return verdicts.revoked(values.moment(at), reason)
