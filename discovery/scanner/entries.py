"""Entries as people write them: an address, a name, a range, a network, a port."""

from __future__ import annotations

import ipaddress
import re

from discovery.scanner.problems import MOST_PAIRS, MOST_PROBLEMS, Problem
from discovery.scanner.spans import Address, Span, overlap, unmapped

LONGEST_SHOWN = 80  # of an entry that is wrong


class _Bad(Exception):
    """The code of what is wrong with an entry."""


def _split(text: str) -> list[str]:
    """A range may have spaces around its hyphen."""
    text = re.sub(r"[ \t]+", " ", text.replace("–", "-")).replace(" -", "-").replace("- ", "-")
    return text.replace(",", " ").replace(";", " ").split()


def read_hosts(text: str, problems: list[Problem], *, is_excluding: bool) -> tuple[list[str], list[Span]]:
    """The names and the addresses; what is neither is added to the problems."""
    names: list[str] = []
    spans: list[Span] = []
    for entry in _split(text):
        if len(problems) >= MOST_PROBLEMS:
            break
        try:
            span = _read_span(entry, is_excluding)
            if span is None:
                names.append(_read_name(entry))
            else:
                spans.append(span)
        except _Bad as bad:
            problems.append(Problem(str(bad), entry[:LONGEST_SHOWN]))
    return names, spans


def _read_span(entry: str, is_excluding: bool) -> Span | None:
    """The addresses that the entry means; None if it is no address, network or range. Raises _Bad."""
    span = _read_network(entry) if "/" in entry else _read_range(entry)
    if span and not is_excluding and any(overlap(span, other) for other in _NO_HOSTS):
        raise _Bad("not-a-host")
    return span


def _read_network(entry: str) -> Span:
    if "://" in entry:
        raise _Bad("url")
    address = entry.partition("/")[0]
    if _address(address) is None:
        raise _Bad("url" if re.search("[a-z]", address, re.IGNORECASE) and ":" not in address else "not-an-address")
    try:
        network = ipaddress.ip_network(entry, strict=False)
    except ValueError:
        raise _Bad("network") from None
    first, last = int(network.network_address), int(network.broadcast_address)
    if network.num_addresses == MOST_PAIRS + 2:
        # The limit is the number of hosts in such a network: the first and the last address are not any host's
        first, last = first + 1, last - 1
    return Span(network.version, first, last)


def _read_range(entry: str) -> Span | None:
    first, hyphen, last = entry.partition("-")
    begin, end = _address(first), _address(last if hyphen else first)
    if begin is None or (end is None and not _is_short_end(last)):
        return None
    if end is None:
        raise _Bad("short-range")
    if begin.version != end.version:
        raise _Bad("mixed-range")
    if begin > end:  # type: ignore[operator]  # both of one version
        raise _Bad("backwards")
    return Span(begin.version, int(begin), int(end))


def _is_short_end(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9a-f.:]+", text, re.IGNORECASE))


def _address(text: str) -> Address | None:
    """The address, without the brackets that IPv6 has in URLs."""
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    try:
        return unmapped(ipaddress.ip_address(text)) if "%" not in text else None
    except ValueError:
        return None


_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")


def _read_name(entry: str) -> str:
    """A host name as DNS compares it. Raises _Bad."""
    name = entry.rstrip(".").lower() if entry.count("..") == 0 else entry
    labels = name.split(".")
    if len(name) <= 253 and all(_LABEL.fullmatch(label) for label in labels) and not labels[-1].isdigit():
        return name
    raise _Bad(_why_no_name(name, labels))


def _why_no_name(name: str, labels: list[str]) -> str:
    if not name.isascii():
        return "not-ascii"
    if "*" in name:
        return "wildcard"
    if re.fullmatch(r"(\[.*\]|[^:]+):\d+", name):
        return "has-port"
    if all(label.isdigit() for label in labels):
        return "number"
    return "not-an-address"


def read_ports(text: str, problems: list[Problem]) -> list[Span]:
    """As spans of no version; what is no port is added to the problems."""
    spans: list[Span] = []
    for entry in _split(text):
        match = re.fullmatch(r"([0-9]{1,5})(?:-([0-9]{1,5}))?", entry)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if 1 <= first <= last <= 65_535:
            spans.append(Span(0, first, last))
        elif len(problems) < MOST_PROBLEMS:
            problems.append(Problem("port", entry[:LONGEST_SHOWN]))
    return spans


def _network(text: str) -> Span:
    network = ipaddress.ip_network(text)
    return Span(network.version, int(network.network_address), int(network.broadcast_address))


_NO_HOSTS = [_network(text) for text in ("0.0.0.0/32", "224.0.0.0/4", "255.255.255.255/32", "::/128", "ff00::/8")]
