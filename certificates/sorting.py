"""Sorting the names that people bring: those that a certificate may hold, and the others, each with the reason."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from certificates.csr import Request
from profiles.states import Level
from sslportal.kit import clock, names, policy

Text = str | Promise

QUOTES = "\"'“”„«»`"  # around the cells of a spreadsheet's text
PREFIX = "dns:"  # as OpenSSL prints names


@dataclass
class Sorted:
    """Pieces of text by what they are. `addresses` are those of the good names that were taken out of web addresses."""

    good: list[names.Name] = field(default_factory=list)
    bad: list[tuple[str, Text]] = field(default_factory=list)
    addresses: list[names.Name] = field(default_factory=list)


def most_sans() -> int:
    """How many names are kept as a list: enough to say that they are too many, and to choose which ones to remove."""
    return 2 * policy.at(clock.now()).max_sans


def sort_out(pieces: Iterable[str]) -> Sorted:
    """Each good name once, in order; each other piece as it was given, with what is wrong with it."""
    found = Sorted()
    for piece in pieces:
        try:
            name, is_address = _read(piece)
        except names.NameRefused as refusal:
            found.bad.append((piece, refusal.message))
            continue
        found.good.append(name)
        if is_address:
            found.addresses.append(name)
    found.good = list(dict.fromkeys(found.good))
    return found


def sort_text(text: str) -> Sorted:
    """The same for a list as pasted. One that is too long is one bad piece."""
    try:
        return sort_out(names.split(text))
    except names.NameRefused as refusal:
        return Sorted(bad=[(text, refusal.message)])


def _read(piece: str) -> tuple[names.Name, bool]:
    """The name that is meant, and whether it stood in a web address, of which the rest is left. Raises NameRefused."""
    text = piece.strip(QUOTES)
    if text[: len(PREFIX)].lower() == PREFIX:
        text = text[len(PREFIX) :]
    try:
        return names.parse(text), False
    except names.NameRefused as refusal:
        host = _host(text) if refusal.code in ("url", "port") else ""
        if not host:
            raise
    return names.parse(host), True


def _host(address: str) -> str:
    try:
        return urlsplit(address if "://" in address else f"//{address.lstrip('/')}").hostname or ""
    except ValueError:
        return ""


def wildcard_refusal(name: names.Name, level: str) -> Text:
    """Why a certificate of the level may not hold the name; empty where it may."""
    if name.wildcard and level == Level.EV:
        return format_lazy(
            _("{name} is a wildcard, which an EV certificate may not hold. Name each server, or choose OV."),
            name=name.ascii,
        )
    return ""


@dataclass(frozen=True)
class Proposal:
    """The names that a request starts from. `unfit` are texts that are no names for a certificate, each with the reason.

    `common_name` is as the CSR says it, be it good or not, unless it is none and a SAN stands in for it: see `note`.
    `common` is the name that it means, if it means one.
    """

    common_name: str
    common: names.Name | None
    sans: list[names.Name]
    unfit: list[tuple[str, Text]]
    addresses: list[names.Name]
    note: Text = ""


def propose(request: Request, old: Sequence[str] = ()) -> Proposal:
    """From the names of a CSR, after those of the order that it follows on, the common name first."""
    given = request.common_name or next(iter(old), "")
    own, found = sort_out([given]), sort_out([*old, *request.dns_names])
    common = next(iter([*own.good, *found.good]), None)
    return Proposal(
        common_name=given if common is None or (own.good and not own.addresses) else common.ascii,
        common=common,
        sans=[name for name in found.good if name != common],
        unfit=found.bad,
        addresses=[*own.addresses, *found.addresses],
        note="" if own.good else _note(given, own, found),
    )


def _note(given: str, own: Sorted, found: Sorted) -> Text:
    """What became of a common name that is none."""
    if not found.good:
        return own.bad[0][1] if given else _("The CSR asks for no name.")
    if not given:
        return _("The CSR has no common name: the first of its SANs stands in for it.")
    return format_lazy(_("{why} The first of the SANs stands in for it as the common name."), why=own.bad[0][1])
