"""URLs as people type them: a name or an address, perhaps with a port, with https:// before it and a path behind."""

import ipaddress
import re
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sslportal.kit import names

DEFAULT_PORT = 443
MOST_URLS = 20
MOST_TEXT = 8_000  # characters of a list as typed
MOST_SHOWN = 80  # of an entry that is wrong

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(
    r"[0-9]+|0x[0-9a-f]*"
)  # as the last label: no name has one there, and some systems read an address
_FORM = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?(?P<user>[^/?#]*@)?"
    r"(?:\[(?P<v6>[^]/]*)]|(?P<host>[^:/?#\[]*))(?::(?P<port>[0-9]*))?(?:[/?#].*)?",
    re.IGNORECASE,
)

SENTENCES = {
    "nothing": _("Give at least one URL, such as www.example.com."),
    "too-many": _("These are {count} URLs; at most {most} can be checked at once. Check the others afterwards."),
    "too-long": _("The list is too long: {count} characters. At most {most} URLs can be checked at once."),
    "unclear": _("“{entry}” is no URL. Write it like www.example.com or https://www.example.com:8443/."),
    "scheme": _("“{entry}” is not reached by TLS. Give an address with https://, or only the name and the port."),
    "user": _("“{entry}” has a user name or an email address in it. Give only the name of the server."),
    "wildcard": _("“{entry}” stands for any name. Give a name that your server answers to."),
    "number": _("“{entry}” is no IP address: that takes four numbers from 0 to 255."),
    "no-host": _("“{entry}” is not the address of one server."),
    "port": _("“{entry}” has a port that does not exist. Ports are numbers from 1 to 65535."),
}


class Place(NamedTuple):
    """Where to look: a name in A-label form or an IP address, and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORT else f"{host}:{self.port}"


class Bad(ValueError):
    """The entries cannot be used: the sentences that say why."""

    def __init__(self, *sentences: str | Promise) -> None:
        super().__init__(*sentences)
        self.sentences = sentences


def parse(text: str) -> list[Place]:
    """The places that a list means, each once. Raises Bad with what is wrong with every entry."""
    if len(text) > MOST_TEXT:
        raise Bad(format_lazy(SENTENCES["too-long"], count=len(text), most=MOST_URLS))
    entries = names.split(text)
    if not entries:
        raise Bad(SENTENCES["nothing"])
    if len(entries) > MOST_URLS:
        raise Bad(format_lazy(SENTENCES["too-many"], count=len(entries), most=MOST_URLS))
    places: list[Place] = []
    wrong: list[str | Promise] = []
    for entry in entries:
        try:
            places.append(_place(entry))
        except Bad as bad:
            wrong += bad.sentences
    if wrong:
        raise Bad(*wrong)
    return list(dict.fromkeys(places))


def _place(entry: str) -> Place:
    if found := address(entry):  # IPv6 without brackets
        return _checked(Place(found, DEFAULT_PORT), entry)
    match = _FORM.fullmatch(entry)
    if not match:
        raise _bad("unclear", entry)
    if match["user"]:
        raise _bad("user", entry)
    if match["scheme"] and match["scheme"].lower() != "https":
        raise _bad("scheme", entry)
    host = address(match["v6"]) if match["v6"] is not None else _host(match["host"], entry)
    if not host:
        raise _bad("unclear", entry)
    return _checked(Place(host, _port(match["port"], entry)), entry)


def _checked(place: Place, entry: str) -> Place:
    """The place, unless its address is that of many or of none. Raises Bad."""
    if address(place.host):
        found = ipaddress.ip_address(place.host)
        if found.is_multicast or found.is_unspecified or place.host == "255.255.255.255":
            raise _bad("no-host", entry)
    return place


def _host(text: str, entry: str) -> str:
    """A name as DNS compares it, or an IPv4 address. Raises Bad."""
    host = names.to_ascii(text).lower().removesuffix(".")
    if "*" in host:
        raise _bad("wildcard", entry)
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        if found := address(host):
            return found
        raise _bad("number", entry)
    if len(host) > names.MAX_NAME or not all(_LABEL.fullmatch(label) for label in labels):
        raise _bad("unclear", entry)
    return host


def address(text: str) -> str:
    """The text as an IP address in its usual form; empty if it is none."""
    try:
        return str(ipaddress.ip_address(text)) if "%" not in text else ""
    except ValueError:
        return ""


def _port(text: str | None, entry: str) -> int:
    if not text:
        return DEFAULT_PORT
    if len(text) > 5 or not 1 <= int(text) <= 65_535:
        raise _bad("port", entry)
    return int(text)


def _bad(code: str, entry: str) -> Bad:
    shown = entry if len(entry) <= MOST_SHOWN else entry[: MOST_SHOWN - 1] + "…"
    return Bad(format_lazy(SENTENCES[code], entry="".join(c if c.isprintable() else "·" for c in shown)))
