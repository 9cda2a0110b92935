"""Names of servers as certificates have them, and which of them a certificate covers (RFC 6125, RFC 9525)."""

import ipaddress
import re
from collections.abc import Iterable

import idna

from certificates.keycheck import der
from discovery.analysis import values

LONGEST = 253
HOST = re.compile(r"(\*\.)?([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def name(content: bytes) -> str:
    """A DNS name in lower case and A-labels; if it is none, what is there, fit to be shown."""
    return tidy(values.printable(values.from_bytes(content)))


def tidy(text: str) -> str:
    """A host in lower case, in A-labels and without a final dot."""
    text = text.strip().lower().removesuffix(".")
    if not text.isascii() and len(text) <= LONGEST:
        text = _alabels(text)
    return values.cut(text, LONGEST)


def _alabels(text: str) -> str:
    wildcard = "*." if text.startswith("*.") else ""
    try:
        return wildcard + idna.encode(text.removeprefix("*."), uts46=True).decode()
    except (idna.IDNAError, ValueError):
        return text


def ip(content: bytes) -> str:
    """An IP address out of its bytes. Raises der.Malformed."""
    if len(content) not in (4, 16):
        raise der.Malformed
    return str(ipaddress.ip_address(content))


def is_host(text: str) -> bool:
    """Whether it can be the name or the address of a server."""
    return bool(len(text) <= LONGEST and HOST.fullmatch(text)) or address(text) is not None


def address(text: str) -> Address | None:
    """The IP address that it is, in brackets or without."""
    try:
        return ipaddress.ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None


def covers(names: Iterable[str], host: str) -> bool:
    """Whether one of a certificate's names stands for the host, a name or an IP address.

    A wildcard stands for exactly one label, the whole of the left-most one, and two labels must follow it.
    """
    wanted = address(host)
    if wanted is not None:
        return any(address(each) == wanted for each in names)
    host = tidy(host)
    if not HOST.fullmatch(host):
        return False
    _first, _dot, above = host.partition(".")
    wildcard = f"*.{above}" if "." in above else None
    return any(tidy(each) in (host, wildcard) for each in names)
