"""What to scan: addresses, names, ranges, networks and ports, as people write them; counted without being written out.

    include   192.0.2.10, 2001:db8::10, www.example.com, 192.168.12.0-192.168.13.255, 192.168.12.0/23
    exclude   the same; an address that is excluded is not touched by any name either
    ports     8443, 9000-9010     beside 443

Entries stand between commas, semicolons, spaces and new lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import NamedTuple

from discovery.scanner.entries import read_hosts, read_ports
from discovery.scanner.problems import MOST_PAIRS, BadTargets, Problem
from discovery.scanner.spans import Span, addresses, holes, merged, span_of, without

DEFAULT_PORT = 443


class Endpoint(NamedTuple):
    """What is connected to. A name, in ASCII, is told to the server; the address is empty until it is resolved."""

    address: str
    port: int
    name: str = ""

    @property
    def host(self) -> str:
        """As it was asked for."""
        return self.name or self.address


class Targets:
    """Endpoints in a fixed order, so that a position among them is enough to go on from.

    All hosts on one port, then on the next: so nobody is asked on all of his ports at once.
    """

    def __init__(self, names: list[str], spans: list[Span], ports: list[int], excluded: Excluded) -> None:
        self.names = names
        self.spans = spans
        self.ports = ports
        self.excluded = excluded
        self._name_set, self._port_set = frozenset(names), frozenset(ports)

    @property
    def count(self) -> int:
        """How many, which may be beyond what `len` can tell."""
        return self._hosts() * len(self.ports)

    def endpoints(self, start: int = 0) -> Iterator[Endpoint]:
        """From a position on; each is made when it is asked for."""
        skipped, offset = divmod(start, self._hosts())
        for port in self.ports[skipped:]:
            names = (Endpoint("", port, name) for name in self.names)
            hosts = chain(names, (Endpoint(address, port) for address in addresses(self.spans)))
            yield from islice(hosts, offset, None)
            offset = 0

    def has(self, host: str, port: int) -> bool:
        """Whether the pair is among them, with the host as its endpoint has it."""
        if port not in self._port_set:
            return False
        if host in self._name_set:
            return True
        try:
            span = span_of(host)
        except ValueError:
            return False
        return host in addresses([span]) and any(holes(span, self.spans))

    def _hosts(self) -> int:
        return len(self.names) + sum(last - first + 1 for _, first, last in self.spans)


class Excluded:
    """What must not be touched: names, and addresses in spans that do not overlap."""

    def __init__(self, names: Iterable[str], spans: list[Span]) -> None:
        self.names = frozenset(names)
        self.spans = spans

    def has(self, address: str) -> bool:
        """Whether the address is among them, however it is written."""
        return any(holes(span_of(address), self.spans))

    def with_addresses(self, found: Iterable[str]) -> Excluded:
        """These too: the addresses of the names."""
        return Excluded(self.names, merged([*self.spans, *map(span_of, found)]))


def parse(include: str, exclude: str = "", ports: str = "") -> Targets:
    """What was asked for. Raises BadTargets with everything that is wrong, not only with the first."""
    problems: list[Problem] = []
    names, spans = read_hosts(include, problems, is_excluding=False)
    names_left_out, spans_left_out = read_hosts(exclude, problems, is_excluding=True)
    port_spans = merged([Span(0, DEFAULT_PORT, DEFAULT_PORT), *read_ports(ports, problems)])
    if problems:
        raise BadTargets(problems)
    excluded = Excluded(names_left_out, merged(spans_left_out))
    kept = [name for name in dict.fromkeys(names) if name not in excluded.names]
    numbers = [port for _, first, last in port_spans for port in range(first, last + 1)]
    targets = Targets(kept, without(merged(spans), excluded.spans), numbers, excluded)
    if not targets.count:
        raise BadTargets([Problem("nothing")])
    if targets.count > MOST_PAIRS:
        raise BadTargets([Problem("too-many", detail=f"{targets.count:,}")])
    return targets
