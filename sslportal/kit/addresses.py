"""Mail addresses: the one spelling in which each is mailed to, and why nothing can be sent to some."""

import re
import unicodedata

from sslportal.kit import names

MAX_LOCAL = 64  # octets, RFC 5321 4.5.3.1.1
_ATOM = r'[^\s"(),.:;<>@\[\\\]]+'
_LOCAL = re.compile(rf"{_ATOM}(\.{_ATOM})*")
_LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*")


class Unmailable(ValueError):
    """Nothing can be sent to the address; says why, in technical English."""


def mailable(text: str) -> str:
    """The address in lower case, an internationalized domain as A-labels. Raises Unmailable.

    A local part beyond ASCII stays (RFC 6531): whether the mail server takes it is seen when it is sent. Quoted local parts
    and IP addresses as domains are no addresses here, though RFC 5321 has them: nobody has one, and both hide tricks.
    """
    address = unicodedata.normalize("NFC", text.strip().lower())
    if not address.isprintable():
        raise Unmailable("it has a line break or another character that cannot be shown")
    local, _at, domain = address.rpartition("@")
    domain = names.to_ascii(domain)
    if not _LOCAL.fullmatch(local):
        raise Unmailable("what stands before the @ is missing, quoted, or has signs or dots that are not allowed there")
    if not _DOMAIN.fullmatch(domain):
        raise Unmailable("what stands behind the @ is no domain name")
    if len(local.encode()) > MAX_LOCAL or len(f"{local}@{domain}".encode()) > names.MAX_ADDRESS:
        raise Unmailable("it is too long")
    return f"{local}@{domain}"
