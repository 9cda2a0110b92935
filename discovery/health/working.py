"""A worker looks at the URLs of a health check: several at once, and each result is written down as it comes.

The loop with the connections runs in a thread of its own, while the worker's thread writes to the database. Names are
resolved once, by the guard of outgoing connections, and what it lets pass is what is connected to.
"""

import asyncio
import contextvars
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress

from discovery.health import actions, entries
from discovery.health.entries import Place
from discovery.health.models import CheckedUrl, HealthCheck
from discovery.scanner.health import Health, examine
from discovery.scanner.probe import Timeouts
from discovery.scanner.results import LOCAL, Result
from discovery.scanner.run import MOST_ADDRESSES, NOBODY
from discovery.scanner.targets import Endpoint
from sslportal.kit import egress, outside
from sslportal.kit.egress import EgressRefused
from sslportal.kit.moves import MovedOn

log = logging.getLogger(__name__)

AT_ONCE = 5  # URLs
MOST_TRIES = 3  # of a check with which workers have died
BEAT = 1.0  # seconds between two looks at what has come
TIMEOUTS = Timeouts(connect=3.5)  # with time for a third SYN, since some servers are far away
GAVE_UP = "gave-up"


class _Over(Exception):
    """Nobody wants to know any more."""


class _Look:
    """One URL while it is looked at: the loop's thread writes here, the worker's reads."""

    def __init__(self, url: CheckedUrl) -> None:
        self.url = url
        self.place = url.place
        self.done = 0
        self.came: Health | None = None

    def came_not(self, code: str, detail: str = "") -> None:
        """Nothing was seen, because of an outcome of the scanner or a reason of the portal's own."""
        self.came = Health(Result(self.place.host, self.place.port, code, detail))


def run(pk: int) -> None:
    """Look at what is still to be looked at. Safe to run twice, and at once."""
    check = actions.claim(pk)
    if check is None:
        return
    looks = [_Look(url) for url in check.urls.filter(verdict="")]
    if check.tries > MOST_TRIES:
        for look in looks:
            look.came_not(GAVE_UP)
        _write_down(check, looks)
    elif not _work(check, looks):
        return
    with suppress(MovedOn):  # canceled, and out of the way of another one
        actions.finish(check)


def _work(check: HealthCheck, looks: list[_Look]) -> bool:
    """Returns whether it came to its end."""
    is_over = threading.Event()
    context = contextvars.copy_context()  # the moment of kit.clock
    with ThreadPoolExecutor(1, "health-check") as thread:
        looking = thread.submit(context.run, outside.run, lambda: _look_at_all(looks, is_over))
        try:
            return _follow(check, looks, looking)
        finally:
            is_over.set()  # or the pool waits until all is looked at


def _follow(check: HealthCheck, looks: list[_Look], looking: "Future[None]") -> bool:
    """Write down what comes until all is there; returns whether it is, and was not canceled before."""
    while not wait([looking], BEAT).done:
        if not actions.keep(check):
            return False
        _write_down(check, looks)
    looking.result()
    _write_down(check, looks)
    return True


def _write_down(check: HealthCheck, looks: list[_Look]) -> None:
    """What has come since the last time."""
    for look in looks:
        if look.url.verdict:
            continue
        if look.came:
            actions.take(check, look.url, look.came)
        elif look.done > look.url.done:
            actions.note(look.url, look.done)


async def _look_at_all(looks: list[_Look], is_over: threading.Event) -> None:
    room = asyncio.Semaphore(AT_ONCE)
    await asyncio.gather(*(_look_at(look, room, is_over) for look in looks))


async def _look_at(look: _Look, room: asyncio.Semaphore, is_over: threading.Event) -> None:
    def step() -> None:
        look.done += 1
        if is_over.is_set():
            raise _Over

    async with room:
        if is_over.is_set():
            return
        try:
            look.came = await _examine(look.place, step)
        except EgressRefused as refused:
            look.came_not(refused.code)
        except _Over:
            return
        except Exception as error:  # a fault of ours: one URL is lost to it, not the others
            log.exception("The health check of %s failed", look.place)
            look.came_not(LOCAL, type(error).__name__)


async def _examine(place: Place, step: Callable[[], None]) -> Health:
    """At the first of its addresses where somebody is. Raises EgressRefused."""
    name = "" if entries.address(place.host) else place.host
    for address in (await egress.addresses(place.host))[:MOST_ADDRESSES]:
        health = await examine(Endpoint(address, place.port, name), TIMEOUTS, step)
        if health.found.outcome not in NOBODY:
            break
    return health
