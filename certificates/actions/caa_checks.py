"""The verbs of CAA: asking the DNS whether an order's certificate may be issued, and keeping what it says (BR 3.2.2.8)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext as _

from certificates import caa, caa_words, rules, tasks
from certificates.actions import processing
from certificates.blockers import blockers, dns_is_due
from certificates.models import CaaCheck, Order
from certificates.queries import dns_names
from certificates.states import Status
from sslportal.kit import audit, clock, queue
from sslportal.kit.moves import MovedOn, Refused, lock, require

if TYPE_CHECKING:
    from accounts.models import Administrator

TAKES = 60  # seconds after which whoever asks is taken for dead
PAUSE = timedelta(seconds=5)  # between two looks that a person asks for
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)  # before the next look: doubled after each denial


def check(order: Order) -> None:
    """Ask the DNS whether CAA records let us issue, keep what it says, and let the order go on (BR 3.2.2.8).

    No row is locked and no transaction open while the DNS is asked. Raises RuntimeError when called within one.
    """
    asked = _names_to_ask(order)
    claim = f"asking-caa-{order.pk}"
    if asked and cache.add(claim, True, TAKES):
        try:
            at = clock.now()
            keep(order, caa.check_now(asked, settings.CAA_NAMES), at=at)
        finally:
            cache.delete(claim)


@transaction.atomic(durable=True)
def _names_to_ask(order: Order) -> list[str]:
    order = Order.objects.get(pk=order.pk)
    return dns_names(order) if dns_is_due(blockers(order)) else []


@transaction.atomic
def keep(order: Order, verdicts: Sequence[caa.Verdict], *, at: datetime) -> None:
    """Keep what the DNS said from `at` on, where it is still about the names of the order, and let the order go on."""
    order = lock(order)
    asked = [verdict.name for verdict in verdicts]
    if order.status != Status.PENDING or asked != dns_names(order):
        return
    found = _denial(order, verdicts) or CaaCheck(order=order, names=asked, issuers=settings.CAA_NAMES, since=at)
    is_news = found.pk is None
    found.at, found.results = at, [verdict.as_json() for verdict in verdicts]
    found.allowed = all(verdict.verdict == caa.ALLOWED for verdict in verdicts)
    if found.allowed:
        found.valid_until = at + caa.lifetime(verdicts)
    else:
        found.next_try_at = clock.now() + _wait(found.tries)
    found.tries += 1
    order.caa_checks.update(next_try_at=None)  # the last finding alone is tried again
    found.save()
    if is_news and (records := caa_words.records(verdicts)):
        audit.record(order, "refuse-caa", before=order.status, after=order.status, reason=records)
    processing.process_order(order)


def _denial(order: Order, verdicts: Sequence[caa.Verdict]) -> CaaCheck | None:
    """The denial that was found last, where this is the same once more."""
    last = order.caa
    if last is None or last.allowed or not last.is_about([verdict.name for verdict in verdicts]):
        return None
    return last if [one.denial for one in last.verdicts] == [one.denial for one in verdicts] else None


def _wait(tries: int) -> timedelta:
    return min(FIRST_WAIT * 2 ** min(tries, 10), LONGEST_WAIT)


@transaction.atomic
def ask_again(order: Order, *, by: "Administrator") -> Order:
    """Somebody has mended the records: ask the DNS at once, and soon again if they are not there yet. Raises Refused."""
    order = lock(order)
    require(rules.may_view(by, order))
    last = order.caa
    if last is None or not any(blocker.is_caa for blocker in blockers(order)):
        raise MovedOn(_("CAA records are not what the order waits for now."))
    if last.at > clock.now() - PAUSE:
        raise Refused(_("The CAA records were looked up a moment ago. Please wait some seconds."))
    last.next_try_at, last.tries = clock.now(), 0
    last.save(update_fields=["next_try_at", "tries"])
    queue.after_commit(tasks.check_caa, order.pk)
    return order
