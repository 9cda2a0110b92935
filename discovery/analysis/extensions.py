"""What the extensions of a certificate say (RFC 5280, 4.2): names, policies, addresses, whether it is a CA."""

from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from certificates.keycheck import der
from discovery.analysis import hosts, values

ALTERNATIVE_NAMES, CONSTRAINTS, POLICIES = "2.5.29.17", "2.5.29.19", "2.5.29.32"
CRL_POINTS, AUTHORITY_ACCESS, EXTENDED_USAGE = "2.5.29.31", "1.3.6.1.5.5.7.1.1", "2.5.29.37"
OCSP, OCSP_SIGNING = "1.3.6.1.5.5.7.48.1", "1.3.6.1.5.5.7.3.9"
DNS_NAME, URI, IP_ADDRESS = 0x82, 0x86, 0x87  # GeneralName, 4.2.1.6
POINT_NAME, FULL_NAME = 0xA0, 0xA0  # DistributionPointName, 4.2.1.13
BOOLEAN = 0x01
MOST_NAMES, MOST_ADDRESSES, LONGEST_ADDRESS = 200, 3, 500

EV_POLICIES = frozenset({  # of the CA/Browser Forum, and those that CAs had of their own before all of them used it
    "2.23.140.1.1",
    "1.2.156.112570.1.1.3",  # SHECA
    "1.2.392.200091.100.721.1",  # SECOM
    "1.2.616.1.113527.2.5.1.1",  # Certum
    "1.3.159.1.17.1",  # Actalis
    "1.3.6.1.4.1.13177.10.1.3.10",  # Firmaprofesional
    "1.3.6.1.4.1.14370.1.6",  # GeoTrust
    "1.3.6.1.4.1.14777.6.1.1", "1.3.6.1.4.1.14777.6.1.2",  # Izenpe
    "1.3.6.1.4.1.17326.10.14.2.1.2", "1.3.6.1.4.1.17326.10.8.12.1.2",  # Camerfirma
    "1.3.6.1.4.1.22234.2.5.2.3.1",  # OpenTrust
    "1.3.6.1.4.1.23223.1.1.1", "1.3.6.1.4.1.23223.2",  # StartCom
    "1.3.6.1.4.1.34697.2.1", "1.3.6.1.4.1.34697.2.2", "1.3.6.1.4.1.34697.2.3", "1.3.6.1.4.1.34697.2.4",  # AffirmTrust
    "1.3.6.1.4.1.36305.2",  # WoSign
    "1.3.6.1.4.1.40869.1.1.22.3",  # TWCA
    "1.3.6.1.4.1.4146.1.1",  # GlobalSign
    "1.3.6.1.4.1.4788.2.202.1",  # D-Trust
    "1.3.6.1.4.1.6334.1.100.1",  # Cybertrust
    "1.3.6.1.4.1.6449.1.2.1.5.1",  # Sectigo
    "1.3.6.1.4.1.782.1.2.1.8.1",  # Network Solutions
    "1.3.6.1.4.1.7879.13.24.1",  # T-Systems
    "1.3.6.1.4.1.8024.0.2.100.1.2",  # QuoVadis
    "2.16.528.1.1003.1.2.7",  # Logius
    "2.16.578.1.26.1.3.3",  # Buypass
    "2.16.756.1.83.21.0",  # Swisscom
    "2.16.756.1.89.1.2.1.1",  # SwissSign
    "2.16.792.1.2.1.1.5.7.1.9",  # Kamu SM
    "2.16.840.1.113733.1.7.23.6",  # Symantec
    "2.16.840.1.113733.1.7.48.1",  # Thawte
    "2.16.840.1.114028.10.1.2",  # Entrust
    "2.16.840.1.114171.500.9",  # Wells Fargo
    "2.16.840.1.114404.1.1.2.4.1",  # Trustwave
    "2.16.840.1.114412.1.3.0.2", "2.16.840.1.114412.2.1",  # DigiCert
    "2.16.840.1.114413.1.7.23.3",  # Go Daddy
    "2.16.840.1.114414.1.7.23.3",  # Starfield
})  # fmt: skip


class Some(NamedTuple):
    """What was found, and whether nothing was beyond reading."""

    found: tuple[str, ...] = ()
    is_whole: bool = True


def names(content: bytes) -> Some:
    """The DNS names and IP addresses among the alternative names, each once, the first 200. Never raises."""
    return _some(content, _host, MOST_NAMES)


def addresses_of_ocsp(content: bytes) -> Some:
    """Where the issuer answers by OCSP, by HTTP or HTTPS, the first three. Never raises."""
    return _some(content, _ocsp_address, MOST_ADDRESSES)


def addresses_of_lists(content: bytes) -> Some:
    """Where revocation lists are, likewise. Never raises."""
    return _some(content, _list_addresses, MOST_ADDRESSES)


def is_ev(content: bytes) -> bool:
    """Whether one of the policies is one for extended validation. Raises der.Malformed."""
    policies = values.walk(der.only(content, der.SEQUENCE).content)
    return any(values.identifier(der.inside(policy.whole)[0]) in EV_POLICIES for policy in policies)


def is_ca(content: bytes) -> bool:
    """What basic constraints say. Raises der.Malformed."""
    fields = der.inside(content, most=2)
    return bool(fields and fields[0].tag == BOOLEAN and fields[0].content not in (b"", b"\0"))


def may_sign_ocsp(content: bytes) -> bool:
    """Whether the extended key usage makes it a responder of its issuer (RFC 6960, 4.2.2.2). Raises der.Malformed."""
    return any(values.identifier(usage) == OCSP_SIGNING for usage in der.inside(content))


def uris(point_name: bytes) -> list[bytes]:
    """The addresses in a DistributionPointName: none where it names a point by other means. Raises der.Malformed."""
    name, _rest = der.first(point_name)
    if name.tag != FULL_NAME:
        return []
    return [each.content for each in values.walk(name.content) if each.tag == URI]


def _some(content: bytes, read: Callable[[der.Element], Iterator[str]], most: int) -> Some:
    """What is read of each element, until there is enough, or until the elements break off."""
    found: dict[str, None] = {}
    is_whole = True
    try:
        for element in values.walk(der.only(content, der.SEQUENCE).content):
            try:
                found.update(dict.fromkeys(read(element)))
            except (ValueError, IndexError):
                is_whole = False
            if len(found) >= most:
                break
    except der.Malformed:
        is_whole = False
    return Some(tuple(found)[:most], is_whole)


def _host(element: der.Element) -> Iterator[str]:
    if element.tag == DNS_NAME:
        yield from filter(None, [hosts.name(element.content)])
    elif element.tag == IP_ADDRESS:
        yield hosts.ip(element.content)


def _ocsp_address(description: der.Element) -> Iterator[str]:
    method, place = der.inside(description.whole, most=2)
    if values.identifier(method) == OCSP and place.tag == URI:
        yield from filter(is_web_address, [values.from_bytes(place.content)])


def _list_addresses(point: der.Element) -> Iterator[str]:
    for field in der.inside(point.whole, most=3):
        if field.tag == POINT_NAME:
            yield from filter(is_web_address, map(values.from_bytes, uris(field.content)))


def is_web_address(text: str) -> bool:
    """Whether it is of HTTP or HTTPS, of plain characters and not too long."""
    if len(text) > LONGEST_ADDRESS or not text.isascii() or not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets without an address, a port that is none
        return False
