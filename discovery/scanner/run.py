"""The scan of all pairs: so many probes at once, flat memory, progress, an end at any moment, and going on from there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from itertools import takewhile
from typing import Any, Callable, NamedTuple

from discovery.scanner.limits import at_once
from discovery.scanner.names import UNANSWERED, Resolve, Resolver, addresses
from discovery.scanner.probe import Timeouts, find
from discovery.scanner.results import (
    EXCLUDED,
    FOUND,
    LOCAL,
    NO_ADDRESS,
    REFUSED,
    SILENT,
    UNREACHABLE,
    Failure,
    Result,
)
from discovery.scanner.targets import Endpoint, Targets

BETWEEN_REPORTS = 0.5  # seconds
MOST_ADDRESSES = 4  # of one name that are tried
BETWEEN_TURNS = 20  # endpoints: those that refuse at once never wait, and would let nobody else have a turn
NOBODY = {SILENT, UNREACHABLE, REFUSED, EXCLUDED, LOCAL}  # where another address of the same name may do better


class Progress(NamedTuple):
    """How far it is. To go on after an end, start at `position`: what lies before it is done, a few behind it may be."""

    position: int
    done: int  # in this run
    total: int
    found: int  # endpoints with a certificate, in this run
    seconds: float

    @property
    def rate(self) -> float:
        """Pairs a second, in this run."""
        return self.done / self.seconds if self.seconds else 0.0

    @property
    def left(self) -> float:
        """Seconds that it takes from here at this rate."""
        return (self.total - self.position) / self.rate if self.rate else 0.0


class ExclusionFailed(Exception):
    """DNS did not say which addresses an excluded name has, so that nothing was touched at all."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} is excluded, but DNS did not tell its addresses. Try again later, or exclude the addresses themselves."
        )
        self.name = name


class Scan:
    """`take` gets each result as soon as it is there, `report` the progress twice a second and at the end.

    Both are called in the loop, and what they raise ends the scan. `take` may return an awaitable: then the result counts
    as done when that is, and who is slow to take slows the scan. `resolve` is asked for the addresses of names, and may
    raise OSError; by default it is the system's resolver.
    """

    def __init__(
        self,
        targets: Targets,
        speed: str,
        take: Callable[[Result], Any],
        *,
        report: Callable[[Progress], Any] | None = None,
        start: int = 0,
        timeouts: Timeouts | None = None,
        resolve: Resolve | None = None,
    ) -> None:
        self._targets = targets
        self._speed = speed
        self._take = take
        self._report = report
        self._timeouts = timeouts or Timeouts()
        self._resolver = Resolver()
        self._resolve: Resolve = resolve or self._resolver
        self._excluded = targets.excluded
        self._endpoints = enumerate(takewhile(lambda _: not self._is_stopping, targets.endpoints(start)), start)
        self._next = start
        self._under_way: dict[int, None] = {}  # positions, the lowest first
        self._done = self._found = 0
        self._began = self._reported = time.monotonic()
        self._tasks: list[asyncio.Task[None]] = []
        self._is_stopping = self._is_cancelled = False

    @property
    def progress(self) -> Progress:
        position = next(iter(self._under_way), self._next)
        return Progress(position, self._done, self._targets.count, self._found, time.monotonic() - self._began)

    def stop(self) -> None:
        """Begin with no further endpoint; `run` returns once those under way are done. To be called in the loop."""
        self._is_stopping = True

    def cancel(self) -> None:
        """Hang up everywhere and end; `run` returns as usual. To be called in the loop."""
        self._is_cancelled = True
        for task in self._tasks:
            task.cancel()

    async def run(self) -> Progress:
        """Scan to the end, or until it is canceled; returns how far it came. Raises ExclusionFailed before it begins."""
        self._began = self._reported = time.monotonic()
        try:
            await self._exclude_names()
            await self._work_all()
        finally:
            self._resolver.close()
        self._report_now()
        return self.progress

    async def _exclude_names(self) -> None:
        """What a name was excluded for is not touched by its address either."""
        names = sorted(self._excluded.names)
        answers = (addresses(self._resolve, name, self._timeouts.resolve) for name in names)
        excluded: list[str] = []
        for name, found in zip(names, await asyncio.gather(*answers, return_exceptions=True)):
            if isinstance(found, list):
                excluded += found
            elif not isinstance(found, Failure):
                raise found
            elif found.detail == UNANSWERED:  # otherwise it leads nowhere
                raise ExclusionFailed(name)
        self._excluded = self._excluded.with_addresses(excluded)

    async def _work_all(self) -> None:
        """Begin with all workers; what one of them raises ends the others."""
        if self._is_cancelled:
            return
        count = min(at_once(self._speed), self._targets.count - self._next)
        self._tasks = [asyncio.ensure_future(self._work()) for _ in range(count)]
        try:
            await asyncio.gather(*self._tasks)
        except asyncio.CancelledError:
            if not self._is_cancelled:
                raise
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _work(self) -> None:
        """Take the next endpoint, probe it, hand over what came of it, until there is none."""
        for position, endpoint in self._endpoints:
            self._next = position + 1
            self._under_way[position] = None
            result = await self._probe(endpoint)
            taken = self._take(result)
            if isinstance(taken, Awaitable):
                await taken
            del self._under_way[position]
            self._done += 1
            self._found += result.outcome == FOUND
            if time.monotonic() - self._reported >= BETWEEN_REPORTS:
                self._report_now()
            if not self._done % BETWEEN_TURNS:
                await asyncio.sleep(0)

    def _report_now(self) -> None:
        self._reported = time.monotonic()
        if self._report:
            self._report(self.progress)

    async def _probe(self, endpoint: Endpoint) -> Result:
        try:
            probe = self._probe_name if endpoint.name else self._probe_address
            return await probe(endpoint)
        except Failure as failure:
            return Result(endpoint.host, endpoint.port, failure.outcome, failure.detail)
        except Exception as error:  # a fault of ours: one endpoint is lost to it, not the scan
            return Result(endpoint.host, endpoint.port, LOCAL, type(error).__name__)

    async def _probe_name(self, endpoint: Endpoint) -> Result:
        """At the first of its addresses where somebody is."""
        result = Result(endpoint.host, endpoint.port, NO_ADDRESS)
        found = await addresses(self._resolve, endpoint.name, self._timeouts.resolve)
        for address in found[:MOST_ADDRESSES]:
            result = await self._probe_address(endpoint._replace(address=address))
            if result.outcome not in NOBODY:
                break
        return result

    async def _probe_address(self, endpoint: Endpoint) -> Result:
        if (endpoint.name or self._excluded.names) and self._excluded.has(endpoint.address):
            return Result(endpoint.host, endpoint.port, EXCLUDED, address=endpoint.address)
        return await find(endpoint, self._timeouts)


def run(scan: Scan) -> Progress:
    """The scan in a loop of its own, of the kind that it needs on every system."""
    loop = asyncio.SelectorEventLoop()
    try:
        return loop.run_until_complete(scan.run())
    finally:
        loop.close()
