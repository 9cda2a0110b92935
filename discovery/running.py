"""Scans that the portal runs itself: a worker takes the one whose turn it is, goes on with it for a while, and lets the next.

It holds a lease of the scan meanwhile. A worker that dies costs the length of that; another one goes on at the position up
to which all is written down.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

from asgiref.sync import async_to_sync, sync_to_async
from django.db import transaction
from django.utils.functional import lazy

from discovery import networks, words
from discovery.actions import asking, finishing, intake, scans
from discovery.actions.room import NoRoom
from discovery.chunks import Answer
from discovery.fetching import AT_ONCE, Fetcher
from discovery.models import Question, Scan
from discovery.scanner.results import Result
from discovery.scanner.run import ExclusionFailed
from discovery.scanner.run import Scan as Engine
from discovery.scanner.targets import Targets
from sslportal.kit import clock
from sslportal.kit.moves import Refused

log = logging.getLogger(__name__)

SLICE = 20.0  # seconds after which nobody else is connected to or asked; what is under way comes to its end
CHUNK = 200  # results that are written down together
MOST_BYTES = 5_000_000  # of answers that are written down together: a revocation list may have as many
PULSE = 1.0  # seconds after which all that has come is written down, and a canceled scan is noticed
LEASE = timedelta(minutes=1)  # renewed with each pulse


def run_some() -> bool:
    """Go on with the scan whose turn it is, for a while. Returns whether there was one. Safe to run twice, and at once."""
    scan = _claim()
    if scan is None:
        return False
    try:
        _go_on(scan)
    except Exception:  # it waits as if the worker had died, and does not keep the others
        log.exception("%s could not go on", scan)
    else:
        Scan.objects.filter(pk=scan.pk).update(leased_until=clock.now())
    return True


@transaction.atomic
def _claim() -> Scan | None:
    """Take the scan, so that other workers leave it alone."""
    free = Scan.objects.of_workers().select_for_update(no_key=True, skip_locked=True, of=("self",))
    scan = free.select_related("account", "by", "schedule").first()
    if scan:
        _lease(scan)
    return scan


def _lease(scan: Scan) -> None:
    Scan.objects.filter(pk=scan.pk).update(leased_until=clock.now() + LEASE)


def _go_on(scan: Scan) -> None:
    """Connect to what is left, then ask CAs, for a while. When all of that is done, the scan is finished."""
    targets = scans.plan_of(scan, scan.place).targets
    if networks.refused(targets):  # the operator has changed them
        scans.fail(scan, lazy(lambda: networks.refused(targets)[0], str)())
        return
    turn = Turn(scan, targets)
    try:
        async_to_sync(turn.take)()
    except ExclusionFailed as failed:
        scans.fail(scan, lazy(words.unknown_exclusion, str)(failed.name))
    except NoRoom as full:
        scans.fail(scan, full.args[0])
    except Refused:  # it was canceled meanwhile
        return
    if turn.scan.is_complete:
        finishing.finish(scan)


class Turn:
    """What one worker does with a scan in its time. The loop with the connections runs in a thread of its own.

    What is written down is written by the worker's thread, as everything else that it does with the database.
    """

    def __init__(self, scan: Scan, targets: Targets) -> None:
        self.scan = scan
        self._engine = Engine(
            targets,
            scan.speed,
            self._take,
            start=scan.position,
            resolve=networks.Names(targets.excluded.names),
        )
        self._results: list[Result] = []
        self._writing = asyncio.Lock()
        self._questions: deque[Question] = deque()
        self._answers: list[Answer] = []
        self._looking = asyncio.Lock()
        self._until = time.monotonic() + SLICE

    async def take(self) -> None:
        """Raises Refused where the scan is over, and ExclusionFailed."""
        await _until_one_ends(self._work(), self._beat())

    async def _work(self) -> None:
        if not self.scan.is_complete:
            asyncio.get_running_loop().call_later(SLICE, self._engine.stop)
            await self._engine.run()
            await self._write()
        if self.scan.is_complete:
            await sync_to_async(asking.ask_again)(self.scan)  # what was given to a worker that died
            await self._ask_all()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(PULSE)
            await self._write()

    async def _take(self, result: Result) -> None:
        """The engine waits for this, and so it cannot run ahead of the database."""
        self._results.append(result)
        if len(self._results) >= CHUNK:
            await self._write(CHUNK)

    async def _write(self, least: int = 0) -> None:
        """Write down all that has come, and that we are there; without results too, if only to learn whether to go on.

        Nothing is done where so many as `least` are no longer there: somebody else has written them down.

        The engine's position counts a result as done that it has handed over. Those are in this chunk or one before it,
        for chunks are written one after the other, and one that could not be written is in the next.
        """
        async with self._writing:
            if len(self._results) < least:
                return
            chunk, self._results = self._results, []
            try:
                await sync_to_async(self._write_now)(self._engine.progress.position, chunk)
            except BaseException:
                self._results[:0] = chunk
                raise

    def _write_now(self, position: int, chunk: list[Result]) -> None:
        self.scan = intake.take(self.scan, position, chunk)
        _lease(self.scan)

    async def _ask_all(self) -> None:
        """So many ask at once, each one question after the other, until there is none or the time is up."""
        fetcher = Fetcher()
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._ask(fetcher))
        await self._write_answers()

    async def _ask(self, fetcher: Fetcher) -> None:
        while question := await self._next_question():
            fetched = await fetcher.fetch(question)
            self._answers.append(Answer(question.pk, fetched.body, fetched.problem))
            if sum(len(one.body) for one in self._answers) > MOST_BYTES:
                await self._write_answers()

    async def _next_question(self) -> Question | None:
        """Where none is left, the answers are written down first: they may lead to further ones."""
        async with self._looking:
            if time.monotonic() > self._until:
                return None
            if not self._questions:
                await self._write_answers()
                self._questions.extend(await sync_to_async(asking.open_questions)(self.scan))
            return self._questions.popleft() if self._questions else None

    async def _write_answers(self) -> None:
        answers, self._answers = self._answers, []
        if answers:
            await sync_to_async(asking.answer)(self.scan, answers)


async def _until_one_ends(*all_work: Coroutine[Any, Any, None]) -> None:
    """Do it at the same time until one of it has come to its end, and raise what that one raises."""
    tasks = [asyncio.ensure_future(work) for work in all_work]
    done, rest = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    for task in done:
        task.result()
