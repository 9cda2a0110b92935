"""What goes up to the portal: results in chunks as they are found, health checks, answers of CAs.

Each is a source, which the courier asks for what is there. It lives in the loop of the scan, and only waits for the portal:
the talking itself is done in a thread.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections import deque
from collections.abc import Awaitable
from contextlib import suppress
from hashlib import sha256
from typing import Any, Callable, NamedTuple, Protocol

from discovery.scanner import health, results
from discovery.scanner.health import PROBES, Health
from discovery.scanner.results import Result

MOST_RESULTS = 200  # in a chunk
MOST_ANSWERS = 100  # in a message
MOST_BYTES = 1_400_000  # of a message, with room for what is around the results: the portal takes 1.5 MB
BETWEEN_ROUNDS = 2.0  # seconds
AROUND_A_CERTIFICATE = 64 + 8  # characters: its fingerprint, quotes, a colon, a comma

Message = tuple[str, dict[str, Any]]  # to which of the portal's addresses, and what
Ask = Callable[[str, "dict[str, Any]"], Awaitable["dict[str, Any]"]]


class Source(Protocol):
    """Something that has messages for the portal."""

    def next(self) -> Message | None:
        """What is to be sent now, which is forgotten here; None if there is nothing."""


class Courier:
    """Goes from source to source, every two seconds or when called, and brings the portal what each one has.

    `hear` gets the portal's answers. What `ask` raises ends `run`, and is raised again by `finish`.
    """

    def __init__(self, ask: Ask, hear: Callable[[dict[str, Any]], Any]) -> None:
        self.sources: list[Source] = []
        self._ask = ask
        self._hear = hear
        self._called = asyncio.Event()
        self._is_over = False

    def call(self) -> None:
        """There is something that should not wait."""
        self._called.set()

    async def run(self) -> None:
        """Go round until `finish`."""
        while not self._is_over:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._called.wait(), BETWEEN_ROUNDS)
            self._called.clear()
            await self._go_round()

    async def finish(self, running: asyncio.Task[None]) -> None:
        """Bring what is left, after the round under way."""
        self._is_over = True
        self.call()
        await running
        await self.empty()

    async def empty(self) -> None:
        """Bring all that there is."""
        while await self._go_round():
            pass

    async def _go_round(self) -> bool:
        """Returns whether there was anything."""
        messages = 0
        for source in self.sources:
            message = source.next()
            if message:
                messages += 1
                self._hear(await self._ask(*message))
        return messages > 0


class Results:
    """Results of a scan. `take` waits while a chunk is full and the one before is on its way: so the scan cannot run ahead.

    `position` tells up to where everything was taken, which at first is `start`; `call` gets the courier.
    """

    def __init__(self, start: int, position: Callable[[], int], call: Callable[[], Any]) -> None:
        self._position = position
        self._call = call
        self._told = start  # the position that the portal knows
        self._waiting: deque[tuple[Packed, asyncio.Future[None]]] = deque()  # for room, in turn
        self._begin()

    def _begin(self) -> None:
        self._results: list[dict[str, Any]] = []
        self._certificates: dict[str, str] = {}
        self._size = 0

    async def take(self, result: Result) -> None:
        one = packed(result)
        if self._waiting or not self._add(one):
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append((one, turn))
            self._call()
            await turn
        elif len(self._results) == MOST_RESULTS:
            self._call()

    def _add(self, one: Packed) -> bool:
        """Unless there is no room for it."""
        new = {name: text for name, text in one.certificates.items() if name not in self._certificates}
        size = len(json.dumps(one.data)) + 2 + sum(len(text) + AROUND_A_CERTIFICATE for text in new.values())
        if self._results and (len(self._results) == MOST_RESULTS or self._size + size > MOST_BYTES):
            return False
        self._results.append(one.data)
        self._certificates.update(new)
        self._size += size
        return True

    def next(self) -> Message | None:
        position = self._position()
        if not self._results and position == self._told:
            return None
        chunk = {"position": position, "results": self._results, "certificates": self._certificates}
        self._told = position
        self._begin()
        self._let_in()
        return "results/", chunk

    def _let_in(self) -> None:
        """Those that wait, as far as there is room."""
        while self._waiting:
            one, turn = self._waiting[0]
            if not turn.done():  # else its probe was canceled
                if not self._add(one):
                    self._call()
                    return
                turn.set_result(None)
            self._waiting.popleft()


class Packed(NamedTuple):
    """A result in JSON with the fingerprints of its certificates, and these by fingerprint: many servers share them."""

    data: dict[str, Any]
    certificates: dict[str, str]


def packed(result: Result) -> Packed:
    data = results.to_json(result)
    certificates: dict[str, str] = {}
    for shown, described in zip(result.shown, data.get("shown", [])):
        fingerprints = [sha256(der).hexdigest() for der in shown.chain]
        certificates.update(zip(fingerprints, described["chain"]))
        described["chain"] = fingerprints
    return Packed(data, certificates)


class Reports:
    """How far the health checks are, of each endpoint the latest word only, and what came of them."""

    def __init__(self) -> None:
        self._done: dict[int, int] = {}
        self._health: deque[tuple[int, Health]] = deque()

    def step(self, index: int, done: int) -> None:
        self._done[index] = done

    def take(self, index: int, found: Health) -> None:
        self._done.pop(index, None)
        self._health.append((index, found))

    def next(self) -> Message | None:
        if self._health:
            index, found = self._health.popleft()
            return "health/", {"index": index, "health": health.to_json(found)}
        if self._done:
            index, done = self._done.popitem()
            return "health/", {"index": index, "done": done, "of": PROBES}
        return None


class Answers:
    """What CAs said to the portal's questions."""

    def __init__(self) -> None:
        self._answers: deque[dict[str, Any]] = deque()

    def take(self, question: int, body: bytes) -> None:
        self._answers.append({"id": question, "body": base64.b64encode(body).decode()})

    def fail(self, question: int, problem: str) -> None:
        self._answers.append({"id": question, "problem": problem})

    def next(self) -> Message | None:
        answers: list[dict[str, Any]] = []
        size = 0
        while self._answers and len(answers) < MOST_ANSWERS:
            size += len(self._answers[0].get("body", "")) + 100
            if answers and size > MOST_BYTES:
                break
            answers.append(self._answers.popleft())
        return ("answers/", {"answers": answers}) if answers else None
