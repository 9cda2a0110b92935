"""Sets of addresses as spans of numbers, so that a network costs no more than an address."""

from __future__ import annotations

import ipaddress
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple, Union

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]


class Span(NamedTuple):
    """Addresses from first to last, as numbers."""

    version: int
    first: int
    last: int


_BEYOND = 1 << 128  # any address


def unmapped(address: Address) -> Address:
    """IPv4 that is written as IPv6 is IPv4."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def span_of(address: str) -> Span:
    """Of one address, however it is written."""
    parsed = unmapped(ipaddress.ip_address(address.partition("%")[0]))
    return Span(parsed.version, int(parsed), int(parsed))


def addresses(spans: list[Span]) -> Iterator[str]:
    """All of them, each when it is asked for."""
    for version, first, last in spans:
        kind = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
        for number in range(first, last + 1):
            yield str(kind(number))


def merged(spans: list[Span]) -> list[Span]:
    """The same addresses in order, each once."""
    merged: list[Span] = []
    for span in sorted(spans):
        before = merged[-1] if merged else None
        if before and before.version == span.version and span.first <= before.last + 1:
            merged[-1] = before._replace(last=max(before.last, span.last))
        else:
            merged.append(span)
    return merged


def without(spans: list[Span], excluded: list[Span]) -> list[Span]:
    """What is left of the spans; both are merged."""
    left: list[Span] = []
    for span in spans:
        first = span.first
        for hole in holes(span, excluded):
            if first < hole.first:
                left.append(Span(span.version, first, hole.first - 1))
            first = hole.last + 1
        if first <= span.last:
            left.append(Span(span.version, first, span.last))
    return left


def holes(span: Span, excluded: list[Span]) -> Iterator[Span]:
    """Those that overlap with the span, in order, without a look at the others."""
    index = max(0, bisect_right(excluded, (span.version, span.first, _BEYOND)) - 1)
    while index < len(excluded) and excluded[index] < (span.version, span.last + 1):
        if overlap(span, excluded[index]):
            yield excluded[index]
        index += 1


def overlap(one: Span, other: Span) -> bool:
    """Whether they have an address in common."""
    return one.version == other.version and one.first <= other.last and other.first <= one.last
