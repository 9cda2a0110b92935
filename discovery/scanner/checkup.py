"""A close look at several endpoints, a few at once: what the health check does where the portal does not reach."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Callable

from discovery.scanner.health import PROBES, Health, examine
from discovery.scanner.names import Resolver, addresses
from discovery.scanner.probe import Timeouts
from discovery.scanner.results import FOUND, LOCAL, Failure, Result
from discovery.scanner.run import MOST_ADDRESSES, NOBODY, Progress
from discovery.scanner.targets import Endpoint

AT_ONCE = 4


class Checkup:
    """`take` gets what came of each endpoint by its index, `step` how many of its PROBES are done."""

    def __init__(
        self,
        endpoints: tuple[Endpoint, ...],
        take: Callable[[int, Health], Any],
        step: Callable[[int, int], Any],
        *,
        start: int = 0,
        timeouts: Timeouts | None = None,
    ) -> None:
        self._endpoints = endpoints
        self._take = take
        self._step = step
        self._start = start
        self._left = enumerate(endpoints[start:], start)
        self._timeouts = timeouts or Timeouts()
        self._resolver = Resolver()
        self._done: dict[int, int] = {}  # probes, by index
        self._found = 0
        self._began = time.monotonic()
        self._tasks: list[asyncio.Task[None]] = []
        self._is_cancelled = False

    @property
    def progress(self) -> Progress:
        """In probes."""
        done = sum(self._done.values())
        seconds = time.monotonic() - self._began
        return Progress(self._start * PROBES + done, done, len(self._endpoints) * PROBES, self._found, seconds)

    def cancel(self) -> None:
        """Hang up everywhere and end; `run` returns as usual. To be called in the loop."""
        self._is_cancelled = True
        for task in self._tasks:
            task.cancel()

    async def run(self) -> Progress:
        """Look at all of them, or until it is canceled."""
        self._began = time.monotonic()
        if not self._is_cancelled:
            self._tasks = [asyncio.ensure_future(self._work()) for _ in range(AT_ONCE)]
            await asyncio.wait(self._tasks)
        self._resolver.close()
        return self.progress

    async def _work(self) -> None:
        for index, endpoint in self._left:
            health = await self._examine(index, endpoint)
            self._done[index] = PROBES
            self._found += health.found.outcome == FOUND
            self._take(index, health)

    async def _examine(self, index: int, endpoint: Endpoint) -> Health:
        look = self._examine_address if endpoint.address else self._examine_name
        try:
            return await look(index, endpoint)
        except Failure as failure:
            return Health(Result(endpoint.host, endpoint.port, failure.outcome, failure.detail))
        except Exception as error:  # a fault of ours: one endpoint is lost to it, not the others
            return Health(Result(endpoint.host, endpoint.port, LOCAL, type(error).__name__))

    async def _examine_name(self, index: int, endpoint: Endpoint) -> Health:
        """At the first of its addresses where somebody is."""
        found = await addresses(self._resolver, endpoint.name, self._timeouts.resolve)
        for address in found[:MOST_ADDRESSES]:
            health = await self._examine_address(index, endpoint._replace(address=address))
            if health.found.outcome not in NOBODY:
                break
        return health

    async def _examine_address(self, index: int, endpoint: Endpoint) -> Health:
        self._done[index] = 0

        def step() -> None:
            self._done[index] += 1
            self._step(index, self._done[index])

        return await examine(endpoint, self._timeouts, step)
