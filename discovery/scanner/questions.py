"""The portal's questions to CAs, whether certificates are revoked: asked from here, a few at once."""

from __future__ import annotations

import asyncio
import base64
from collections import Counter, deque
from typing import Any, NamedTuple

from discovery.scanner.fetch import TIMEOUT, UNREACHABLE, Fetcher, Unanswered, read_url
from discovery.scanner.results import LOCAL
from discovery.scanner.trouble import Trouble
from discovery.scanner.upload import Answers

AT_ONCE = 4
MOST_WAITING = 1_000  # what is beyond, the portal asks again
MOST_FAILURES = 2  # in a row, after which a host is given up: from inside a network many cannot be reached


class Question(NamedTuple):
    """A POST of the body, or a GET where there is none."""

    number: int
    url: str
    body: bytes


class Inquiry:
    """Hands over to `answers` what came, or why nothing did."""

    def __init__(self, fetcher: Fetcher, answers: Answers) -> None:
        self._fetcher = fetcher
        self._answers = answers
        self._waiting: deque[Question] = deque()
        self._known: set[int] = set()  # waiting, or being asked
        self._tasks: set[asyncio.Task[None]] = set()
        self._failures: Counter[tuple[str, str]] = Counter()
        self._is_cancelled = False

    @property
    def left(self) -> int:
        return len(self._known)

    def hear(self, answer: dict[str, Any]) -> None:
        """Take the questions out of what the portal said. Raises Trouble for what cannot be understood."""
        if self._is_cancelled:
            return
        for question in _questions(answer.get("questions", [])):
            if question.number not in self._known and len(self._known) < MOST_WAITING:
                self._known.add(question.number)
                self._waiting.append(question)
        while self._waiting and len(self._tasks) < min(AT_ONCE, len(self._known)):
            task = asyncio.ensure_future(self._work())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def finish(self) -> None:
        """Wait until all are asked."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def cancel(self) -> None:
        """Ask nobody any more."""
        self._is_cancelled = True
        self._waiting.clear()
        self._known.clear()
        for task in self._tasks:
            task.cancel()

    async def _work(self) -> None:
        while self._waiting:
            question = self._waiting.popleft()
            try:
                self._answers.take(question.number, await self._ask(question))
            except Unanswered as unanswered:
                self._answers.fail(question.number, unanswered.problem)
            except Exception:  # a fault of ours: one question is lost to it, not the run
                self._answers.fail(question.number, LOCAL)
            self._known.discard(question.number)

    async def _ask(self, question: Question) -> bytes:
        target = read_url(question.url)
        host = target.scheme, target.with_port  # both: TLS where none is spoken says nothing against it
        if self._failures[host] >= MOST_FAILURES:
            raise Unanswered(UNREACHABLE)
        try:
            body = await self._fetcher.fetch(question.url, question.body)
        except Unanswered as unanswered:
            if unanswered.problem in (TIMEOUT, UNREACHABLE):
                self._failures[host] += 1
            raise
        self._failures.pop(host, None)
        return body


def _questions(listed: object) -> list[Question]:
    try:
        return [
            Question(int(one["id"]), str(one["url"]), base64.b64decode(one.get("body", ""), validate=True))
            for one in listed  # type: ignore[attr-defined]
        ]
    except (TypeError, KeyError, ValueError, AttributeError):
        raise Trouble("The portal asks what this program does not understand. Download it again.") from None
