"""What else does an endpoint accept: old versions, weak suites, compression; and does it staple its OCSP response?

One probe after the other, each a connection: a server that is looked at closely is not to be pressed.
"""

from __future__ import annotations

from typing import Any, Callable, NamedTuple

from discovery.scanner import results, suites
from discovery.scanner.hello import CERTIFICATE, RSA_CERTIFICATE, Offer
from discovery.scanner.probe import Timeouts, ask, find
from discovery.scanner.results import (
    ALERT,
    CLOSED,
    FOUND,
    MALFORMED,
    RESET,
    SSL3,
    TLS10,
    TLS11,
    TLS12,
    TLS13,
    BadResult,
    Failure,
    Result,
)
from discovery.scanner.targets import Endpoint

_ANY_SUITE = tuple(suites.WITH_CERTIFICATE)
VERSIONS = {
    SSL3: Offer(tuple(suite for suite in _ANY_SUITE if suite < 0xC000), SSL3),
    TLS10: Offer(_ANY_SUITE, TLS10),
    TLS11: Offer(_ANY_SUITE, TLS11),
    TLS12: Offer(_ANY_SUITE, TLS12),
    TLS13: Offer(tuple(suites.TLS13), TLS13),
}
GROUPS = {group: Offer(tuple(listed)) for group, listed in suites.WEAK.items()}
PROBES = 2 + len(VERSIONS) + len(GROUPS)  # the certificates, stapling, versions, groups
_NO = {ALERT, CLOSED, RESET, MALFORMED}  # how servers refuse an offer, the last by choosing what was not offered


class Health(NamedTuple):
    """What was accepted. Where the certificate was not found, nothing else was looked for."""

    found: Result
    versions: tuple[int, ...] = ()  # of results.VERSIONS
    weak: tuple[tuple[str, int], ...] = ()  # a group of suites.WEAK, and the suite of it that the server chose
    staples: bool | None = None  # None where it could not be seen: TLS 1.3 encrypts it
    unseen: tuple[str, ...] = ()  # versions and groups for which there was neither a yes nor a no, by name

    @property
    def deflate(self) -> bool:
        """Whether it compresses, for which CRIME is the name."""
        return any(shown.deflate for shown in self.found.shown)


async def examine(endpoint: Endpoint, timeouts: Timeouts, step: Callable[[], Any] = lambda: None) -> Health:
    """Look at one endpoint closely. `step` is called PROBES times, after each probe; what it raises ends this."""
    found = await find(endpoint, timeouts)
    step()
    if found.outcome != FOUND:
        return Health(found)
    health = Health(found, staples=await _staples(endpoint, timeouts, found))
    step()
    for version, offer in VERSIONS.items():
        health = await _look(health, results.VERSIONS[version], endpoint, offer, timeouts)
        step()
    for group, offer in GROUPS.items():
        health = await _look(health, group, endpoint, offer, timeouts)
        step()
    return health


async def _look(health: Health, what: str, endpoint: Endpoint, offer: Offer, timeouts: Timeouts) -> Health:
    """One probe; returns the health with what it has shown of this version or group."""
    try:
        chosen = (await ask(endpoint, offer, timeouts)).chosen
    except Failure as failure:
        return health if failure.outcome in _NO else health._replace(unseen=(*health.unseen, what))
    if what in GROUPS:
        return health._replace(weak=(*health.weak, (what, chosen.suite)))
    if chosen.version == offer.version:
        return health._replace(versions=(*health.versions, chosen.version))
    return health


async def _staples(endpoint: Endpoint, timeouts: Timeouts, found: Result) -> bool | None:
    """With the certificate that is shown first; with the other one it may be another matter."""
    first = found.shown[0]
    if first.version == TLS13:
        return None
    offer = CERTIFICATE if first.suite in suites.ECDSA else RSA_CERTIFICATE
    try:
        return bool((await ask(endpoint, offer._replace(asks_staple=True), timeouts)).shown.staple)
    except Failure:
        return None


def to_json(health: Health) -> dict[str, Any]:
    """The health in what JSON has; what is empty or not known is left out."""
    whole = {**health._asdict(), "found": results.to_json(health.found)}
    return {name: value for name, value in whole.items() if value not in ((), None)}


def from_json(data: object) -> Health:
    """The health again. What comes may have been made by anybody: raises BadResult where it is not of our making."""
    fields = results.fields_of(data, Health._fields)
    health = Health(
        found=results.from_json(fields.get("found")),
        versions=tuple(_each(fields, "versions", set(VERSIONS))),
        weak=tuple(_weak(one) for one in _list(fields, "weak")),
        staples=fields.get("staples"),
        unseen=tuple(_each(fields, "unseen", {*results.VERSIONS.values(), *GROUPS})),
    )
    if not (health.staples is None or isinstance(health.staples, bool)):
        raise BadResult("staples")
    if len({group for group, _suite in health.weak}) < len(health.weak):
        raise BadResult("weak")
    if health.found.outcome != FOUND and health != Health(health.found):
        raise BadResult("nothing is known where no certificate was found")
    return health


def _list(fields: dict[str, Any], name: str) -> list[Any]:
    value = fields.get(name, [])
    if not isinstance(value, list):
        raise BadResult(name)
    return value


def _each(fields: dict[str, Any], name: str, known: set[Any]) -> list[Any]:
    """Those of the list, which are known, each once."""
    listed = _list(fields, name)
    if len(listed) > len(known) or not all(type(one) in (int, str) for one in listed):
        raise BadResult(name)
    if len(set(listed)) < len(listed) or not set(listed) <= known:
        raise BadResult(name)
    return listed


def _weak(data: object) -> tuple[str, int]:
    """A group, and a suite of it."""
    if not isinstance(data, list) or len(data) != 2:
        raise BadResult("weak")
    group, suite = data
    if not isinstance(group, str) or type(suite) is not int or suite not in suites.WEAK.get(group, ()):
        raise BadResult("weak")
    return group, suite
