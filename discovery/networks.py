"""The networks that the portal itself may scan: those that the operator names (PORTAL_SCAN_NETWORKS), and nothing else."""

import asyncio
from collections.abc import Collection
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, summarize_address_range

from django.conf import settings
from django.utils.translation import gettext as _

from discovery.scanner import spans
from discovery.scanner.names import UNANSWERED
from discovery.scanner.problems import MOST_PROBLEMS
from discovery.scanner.results import EXCLUDED, NO_ADDRESS, Failure
from discovery.scanner.spans import Span
from discovery.scanner.targets import Targets
from sslportal.kit import dns, outside
from sslportal.kit.dns import VERDICTS, Outcome

OUTSIDE = "not in a network that the portal may scan"
_CARRIERS = ("::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")  # of IPv4, to which they lead


def are_there() -> bool:
    """Whether the portal scans anything itself."""
    return bool(settings.SCAN_NETWORKS)


def named() -> str:
    """The networks as the operator wrote them, for people."""
    return ", ".join(settings.SCAN_NETWORKS)


def refused(targets: Targets) -> list[str]:
    """Why the portal may not scan this, a sentence for each stretch of addresses that is in none of the networks.

    Names are resolved when they are scanned: only then one can say where they lead.
    """
    if not are_there():
        return [_("The portal does not scan any network itself. Run the scan on your own computer.")]
    sentence = _(
        "The portal may not scan %(addresses)s, but only %(networks)s. Leave them out, or run the scan on your own computer."
    )
    beyond = spans.without(targets.spans, _allowed())
    return [sentence % {"addresses": _written(span), "networks": named()} for span in beyond[:MOST_PROBLEMS]]


class Names:
    """Asks DNS for the addresses of names, for a scan: those that it may connect to.

    DNS is asked once, here, and what this returns is what is connected to, so that a second answer (DNS rebinding) leads
    nowhere. Of names that are excluded every address must be known, or something excluded might be touched.
    """

    def __init__(self, excluded: Collection[str]) -> None:
        self._excluded = excluded

    async def __call__(self, name: str) -> list[str]:
        """Raises Failure, with EXCLUDED where the name leads out of the networks."""
        answers = await asyncio.gather(dns.ask(name, "A"), dns.ask(name, "AAAA"))
        found = [record.to_text() for answer in answers for record in answer.records]
        is_whole = all(answer.outcome in {*VERDICTS, Outcome.BAD_NAME} for answer in answers)
        if not is_whole and (not found or name in self._excluded):
            raise Failure(NO_ADDRESS, UNANSWERED)
        inside = [address for address in found if is_inside(address)]
        if found and not inside:
            raise Failure(EXCLUDED, OUTSIDE)
        return inside


def is_inside(address: str) -> bool:
    """Whether the address is in one of the networks, however it is written."""
    return any(spans.holes(spans.span_of(address), _allowed()))


def _allowed() -> list[Span]:
    return _spans(tuple(settings.SCAN_NETWORKS))


@lru_cache(maxsize=1)
def _spans(networks: tuple[str, ...]) -> list[Span]:
    """Their addresses. Of IPv6 without those that stand for an IPv4 address: that one is allowed, or not, as itself."""
    return spans.without(spans.merged(list(map(_span, networks))), spans.merged(list(map(_span, _CARRIERS))))


def _span(text: str) -> Span:
    network = outside.network(text)
    return Span(network.version, int(network.network_address), int(network.broadcast_address))


def _written(span: Span) -> str:
    """As people write it: an address, a network, or a range."""
    kind = IPv4Address if span.version == 4 else IPv6Address
    first, last = kind(span.first), kind(span.last)
    if first == last:
        return str(first)
    networks = list(summarize_address_range(first, last))
    return str(networks[0]) if len(networks) == 1 else f"{first}-{last}"
