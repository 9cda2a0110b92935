"""Looking for records and files: what is due, many at once, bounded, each result written down as it comes."""

import asyncio
import logging
import time
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction

from domains import methods
from domains.actions import answers
from domains.methods import Finding
from domains.models import Attempt, Check
from sslportal.kit import clock, outside

log = logging.getLogger(__name__)

AT_ONCE = 50  # questions that are open at the same time
BATCH = 100  # attempts that are looked for together
A_WHILE = 10  # seconds after which a task begins no further batch
LEASE = timedelta(minutes=2)  # for which nobody else looks for what one worker is looking for
LONGEST = 30  # seconds for one attempt, whatever strangers do


def check_for_a_while() -> bool:
    """Look for what is due, batch after batch, until A_WHILE is over. Returns whether there may be more."""
    until = time.monotonic() + A_WHILE
    while check_due() == BATCH:
        if time.monotonic() > until:
            return True
    return False


def check_due() -> int:
    """Look for the attempts whose time has come, at most BATCH of them. Returns how many. Safe to run twice, and at once."""
    return _check(_claim(Attempt.objects.to_check()[:BATCH].values_list("pk", flat=True)))


def check_one(pk: int) -> int:
    """Look for one attempt, if it is due."""
    return _check(_claim([pk]))


@transaction.atomic
def _claim(pks: Iterable[int]) -> list[Attempt]:
    """Take the attempts, so that another worker leaves them alone; one that dies with them costs the length of the lease."""
    due = Attempt.objects.to_check().filter(pk__in=list(pks))
    taken = list(due.select_for_update(skip_locked=True, of=["self"]))
    Attempt.objects.filter(pk__in=[one.pk for one in taken]).update(next_check_at=clock.now() + LEASE)
    return taken


def _check(taken: list[Attempt]) -> int:
    """Ask for all of them, outside of any transaction, then write down each."""
    findings = look_for_all(taken)
    for attempt, finding in zip(taken, findings, strict=True):
        try:
            answers.record_check(attempt, finding)
        except Exception:  # one that cannot be written down must not keep the others
            log.exception("The check of %s could not be written down", attempt)
    return len(taken)


def look_for_all(attempts: list[Attempt]) -> list[Finding]:
    """A finding for each of the attempts, AT_ONCE at a time. Writes nothing."""
    return outside.run(lambda: _look(attempts)) if attempts else []


async def _look(attempts: list[Attempt]) -> list[Finding]:
    room = asyncio.Semaphore(AT_ONCE)
    return await asyncio.gather(*(_look_for(attempt, room) for attempt in attempts))


async def _look_for(attempt: Attempt, room: asyncio.Semaphore) -> Finding:
    async with room:
        return await look(attempt.method, attempt.name, attempt.value)


async def look(method: str, name: str, value: str) -> Finding:
    """Ask once, within bounds. What goes wrong is a finding too."""
    try:
        async with asyncio.timeout(LONGEST):
            found = await methods.way(method).check(name, value)
    except TimeoutError:
        return Finding(Check.Verdict.FAILED, "silent" if method == "dns" else "timeout", name)
    except Exception as error:  # a stranger's answer that nobody has thought of must not keep the others
        log.exception("Looking for %s by %s failed", name, method)
        return Finding(Check.Verdict.FAILED, "failed", name, detail=type(error).__name__)
    assert found is not None  # noqa: S101  # only attempts with something to look for are due
    return found
