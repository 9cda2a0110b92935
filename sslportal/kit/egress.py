"""The guard of outgoing connections to hosts that strangers name: which of their addresses may be connected to."""

import asyncio
import ipaddress
import re
from collections.abc import Collection, Iterator

from django.conf import settings

from sslportal.kit import dns, outside
from sslportal.kit.dns import Answer, Outcome

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_NUMBER = re.compile(r"([0-9]+|0[xX][0-9a-fA-F]*)\.?")
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")  # all that IANA has given out for it
_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))  # RFC 6052, RFC 8215
_COMPATIBLE = ipaddress.IPv6Network("::/96")  # RFC 4291 2.5.5.1, deprecated
_NOT_PUBLIC = [  # what some releases of Python call global, by IANA's registries of special-purpose addresses
    ipaddress.ip_network(text)
    for text in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
]


class EgressRefused(Exception):
    """The host may not be connected to: `code` is "dns", "no-address" or "not-public"; `detail` is technical English."""

    def __init__(self, code: str, host: str, detail: str) -> None:
        super().__init__(code, host, detail)
        self.code = code
        self.host = host
        self.detail = detail


async def addresses(host: str, networks: Collection[str] = ()) -> list[str]:
    """The addresses of a DNS name or IP literal that may be connected to, IPv4 first. Raises EgressRefused.

    Beside what is public, and what the operator allows whoever asks, these are the addresses in `networks`.

    DNS is asked once, here: connect to what this returns and resolve nothing again, or a second answer (DNS rebinding)
    passes the guard.
    """
    literal = _literal(host)
    if literal:
        return _allowed(host, [literal], networks)
    answers = await asyncio.gather(dns.ask(host, "A"), dns.ask(host, "AAAA"))
    found = [ipaddress.ip_address(record.to_text()) for answer in answers for record in answer.records]
    if not found:
        raise _nothing(host, answers)
    return _allowed(host, found, networks)


def is_allowed(address: IPAddress, networks: Collection[str] = ()) -> bool:
    """Whether the address is public, in a network that the operator allows, or in one of `networks`.

    An IPv6 address that carries an IPv4 address is never public, and where the operator allows it (a NAT64 of one's
    own), the IPv4 address must be allowed too.
    """
    is_named = any(address in outside.network(text) for text in (*settings.EGRESS_NETWORKS, *networks))
    return (is_named or _is_public(address)) and all(is_allowed(carried, networks) for carried in _carried(address))


def _literal(host: str) -> IPAddress | None:
    """The address that the text is, or None for a name. Raises EgressRefused for what some systems read as an address.

    inet_aton takes 127.1, 0x7f000001, 0177.0.0.1; all end in a number, as no name does (RFC 3696 2).
    """
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        if _NUMBER.fullmatch(host.removesuffix(".").rpartition(".")[2]) or ":" in host:
            raise EgressRefused("not-public", host, "not an address in its usual form") from None
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
        raise EgressRefused("not-public", host, "an address of one link only")
    return address


def _allowed(host: str, found: list[IPAddress], networks: Collection[str]) -> list[str]:
    allowed = [address for address in dict.fromkeys(found) if is_allowed(address, networks)]
    if not allowed:
        raise EgressRefused("not-public", host, outside.printable(", ".join(map(str, found))))
    return [str(address) for address in sorted(allowed, key=lambda address: address.version)]


def _nothing(host: str, answers: tuple[Answer, Answer]) -> EgressRefused:
    for answer in answers:
        if not answer.is_absence:
            detail = f"{answer.question}: {answer.outcome}, {answer.detail}"
            return EgressRefused("dns", host, outside.printable(detail))
    is_name = any(answer.outcome is Outcome.EMPTY for answer in answers)
    return EgressRefused("no-address", host, "no A and no AAAA records" if is_name else "the name does not exist")


def _is_public(address: IPAddress) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return address.is_global and not address.is_multicast and not any(address in network for network in _NOT_PUBLIC)


def _carried(address: IPAddress) -> Iterator[ipaddress.IPv4Address]:
    """The IPv4 addresses inside an IPv6 address, to which a gateway would connect in its place."""
    if isinstance(address, ipaddress.IPv4Address):
        return
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    if any(address in network for network in (*_NAT64, _COMPATIBLE)):
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
