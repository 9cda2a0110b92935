"""`./portal bench history [rows]`: writing, verifying and paging a long history, on a running portal with the demo's data."""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import django

from tests.visitor import Visitor

WHO = "gina@example.com"
PATH = "/administration/history/"
ASKED = ("", "?page=99999", "?q=nothing-of-that-name", "?q=&person=stan@example.com", "?person=&since=2026-01-01")
ROWS, BATCH, ROUNDS, WRITERS, WRITTEN = 20_000, 1_000, 9, 4, 400
LIMIT = 0.2  # seconds for a page; a search reads every row of the account


def main() -> int:
    """Print what was measured; returns 1 where the first page is over its limit."""
    django.setup()
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    say("rows a second, one transaction each, one writer", rate(1))
    say(f"rows a second, one transaction each, {WRITERS} writers", rate(WRITERS))
    say(f"rows a second, {BATCH} in a transaction", rows / seconds(lambda: fill(rows)))
    say(f"seconds to verify {rows} rows and more", seconds(verify))
    people = json.loads(Path(os.environ["PORTAL_DEMO_PEOPLE"]).read_text(encoding="utf-8"))
    gina = Visitor(os.environ["PORTAL_URL"]).sign_in(WHO, people[WHO])
    medians = {asked: statistics.median(page(gina, asked) for _ in range(ROUNDS)) for asked in ASKED}
    for asked, median in medians.items():
        say(f"seconds for GET {PATH}{asked}", median)
    return int(medians[""] > LIMIT)


def say(what: str, number: float) -> None:
    sys.stdout.write(f"{what:75}{number:>10.3f}\n")
    sys.stdout.flush()


def seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def rate(writers: int) -> float:
    """Rows a second that so many writers at once bring into the history."""
    with ThreadPoolExecutor(writers) as threads:
        return writers * WRITTEN / seconds(lambda: list(threads.map(write, [WRITTEN] * writers)))


def write(rows: int) -> None:
    from django.db import connection

    from accounts.models import Account
    from sslportal.kit import audit

    account = Account.objects.earliest("pk")
    for _once in range(rows):
        audit.record(account, "edit", by="benchmark")
    connection.close()


def fill(rows: int) -> None:
    """A history as of an account that is long in use."""
    from accounts.models import Administrator
    from sslportal.kit.models import HistoryEntry

    people = list(Administrator.objects.filter(account__name="Example Corporation"))
    for start in range(0, rows, BATCH):
        HistoryEntry.objects.bulk_create(
            HistoryEntry(
                account_id=person.account_id,
                actor_id=person.pk,
                actor=person.email,
                origin="192.0.2.7",
                verb="sign_in",
                subject_type="administrator",
                subject_id=person.pk,
                subject=person.email,
            )
            for person in (people[number % len(people)] for number in range(start, min(start + BATCH, rows)))
        )


def verify() -> None:
    from django.core.management import call_command

    call_command("history", "verify")


def page(visitor: Visitor, asked: str) -> float:
    taken = seconds(lambda: visitor.get(PATH + asked))
    if visitor.status != 200:
        raise RuntimeError(f"{visitor.url} answered {visitor.status}")
    return taken


if __name__ == "__main__":
    sys.exit(main())
