"""What people, workers and programs do with a health check."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Administrator
from certificates.models import Order
from discovery import programs
from discovery.health import judging, records, reports, rules, tasks
from discovery.health.entries import Place
from discovery.health.models import CheckedUrl, HealthCheck
from discovery.health.reports import Report
from discovery.health.states import WITH_RESULT, Status, Verdict
from discovery.roots import roots
from discovery.scanner.health import PROBES, Health
from discovery.scanner.settings import HEALTH
from sslportal.kit import audit, clock, queue
from sslportal.kit.moves import Refused, lock, move, require

MOST_RUNNING = 5  # of one account: others' are not to wait for them
LEASE = timedelta(minutes=1)  # for which nobody else takes what a worker has in hand and does not report on


@transaction.atomic
def start(order: Order, places: Iterable[Place], *, by: Administrator) -> HealthCheck:
    """Have the URLs looked at by a worker. What came of the check before stays until this one is finished."""
    order = lock(order)
    require(rules.may_check(by, order))
    running = HealthCheck.objects.filter(account=order.account_id, status=Status.RUNNING)
    if running.filter(order=order).exists():
        raise Refused(_("A health check of this certificate is running already."))
    if running.count() >= MOST_RUNNING:
        sentence = _("%(count)d health checks of your account are running. Wait until one of them is finished.")
        raise Refused(sentence % {"count": MOST_RUNNING})
    order.health_checks.filter(status=Status.CANCELED).delete()
    places = list(places)
    check = HealthCheck.objects.create(account_id=order.account_id, order=order, by=by, total=len(places))
    CheckedUrl.objects.bulk_create(
        CheckedUrl(health_check=check, position=position, host=place.host, port=place.port)
        for position, place in enumerate(places)
    )
    audit.record(check, "start", by=by)
    queue.once_after_commit(tasks.run_health_check, check.pk)
    return check


@transaction.atomic
def cancel(check: HealthCheck, *, by: Administrator) -> HealthCheck:
    """Stop it: a worker looks no further, a program is no longer waited for. Raises MovedOn where it is over already."""
    check = lock(check)
    require(rules.may_check(by, check.order))
    move(check, "take_back" if check.is_handed else "cancel", by=by)
    return check


@transaction.atomic
def claim(pk: int) -> HealthCheck | None:
    """Take the check, so that another worker leaves it alone; one that dies with it costs the length of the lease."""
    due = HealthCheck.objects.to_run().filter(pk=pk)
    check = due.select_related("order").select_for_update(of=("self",), no_key=True, skip_locked=True).first()
    if check:
        check.tries += 1
        check.leased_until = clock.now() + LEASE
        check.save(update_fields=["tries", "leased_until"])
    return check


def keep(check: HealthCheck) -> bool:
    """The worker is still at it. Returns whether it is to go on: nobody has canceled it meanwhile."""
    mine = HealthCheck.objects.filter(pk=check.pk, status=Status.RUNNING)
    return bool(mine.update(leased_until=clock.now() + LEASE))


def note(url: CheckedUrl, done: int) -> None:
    """How far a worker or a program is with the URL."""
    url.done = min(done, PROBES)
    _save(url, "done")


def take(check: HealthCheck, url: CheckedUrl, health: Health) -> None:
    """Write down what is to be said of what was seen at the URL, now and by our own records."""
    known = records.known_to(check.order, judging.fingerprints(health.found))
    url.take(judging.judge(health, known, roots(), clock.now()), health.found.address)
    _save(url, "verdict", "address", "done", "findings", "fine", "is_by_program")


def _save(url: CheckedUrl, *fields: str) -> None:
    """Where it is still there: the check may have been canceled, and have made room for another one."""
    CheckedUrl.objects.filter(pk=url.pk).update(**{field: getattr(url, field) for field in fields})


@transaction.atomic
def finish(check: HealthCheck) -> None:
    """All URLs are looked at: this is now what is known of the order. Nothing where it was canceled meanwhile."""
    check = lock(check)
    if check.is_running:
        HealthCheck.objects.filter(order=check.order_id, status__in=WITH_RESULT | {Status.CANCELED}).delete()
        move(check, "finish", good=_good(check), finished_at=clock.now())


def _good(check: HealthCheck) -> int:
    return check.urls.filter(verdict=Verdict.GOOD).count()


# The program


@transaction.atomic
def hand_over(check: HealthCheck, *, by: Administrator) -> HealthCheck:
    """Leave what was not reached to the program. Raises Refused where there is nothing to leave to it."""
    check = lock(check)
    require(rules.may_check(by, check.order))
    unreached = check.urls.filter(verdict=Verdict.UNREACHABLE)
    if not unreached.exists():
        raise Refused(_("All URLs were reached: there is nothing for the program to do."))
    check.urls.update(is_handed=False, is_by_program=False)
    unreached.update(is_handed=True, done=0)
    move(check, "hand_over", by=by)
    return check


@transaction.atomic
def program(check: HealthCheck, *, by: Administrator) -> bytes:
    """The program, to be run in the person's network. One that was downloaded before counts no more.

    Raises Refused where none is waited for.
    """
    check = lock(check)
    require(rules.may_check(by, check.order))
    require_handed(check)
    check.updated_at = clock.now()
    check.save(update_fields=["updated_at"])
    audit.record(check, "download", by=by)
    endpoints = [{"host": url.host, "port": url.port} for url in handed(check)]
    return programs.file(check, HEALTH, endpoints=endpoints)


def handed(check: HealthCheck) -> list[CheckedUrl]:
    """What the program looks at, in the order in which it knows them."""
    return list(check.urls.filter(is_handed=True))


@transaction.atomic
def begin(check: HealthCheck, token: str, session: str) -> int:
    """The program runs, be it for the first time or again. Returns how many of its URLs are done.

    Raises programs.Stranger, and Refused where it is no longer waited for.
    """
    check = programs.begin(check, token, session)
    require_handed(check)
    done = [url.is_by_program for url in handed(check)]
    return (*done, False).index(False)


@transaction.atomic
def report(check: HealthCheck, given: Report) -> None:
    """What the program has seen of a URL, or how far it is with it. Safe to repeat.

    Raises BadResult for another URL, and Refused where the program is no longer waited for.
    """
    check = lock(check)
    require_handed(check)
    url = reports.url_of(given, handed(check))
    if given.health:
        url.is_by_program = True
        take(check, url, given.health)
    elif not url.is_by_program:
        note(url, given.done)


@transaction.atomic
def complete(check: HealthCheck) -> None:
    """The program has come to its end. Nothing where that was said before."""
    check = lock(check)
    if check.is_handed:
        move(check, "complete", good=_good(check), finished_at=clock.now())


@transaction.atomic
def lapse(check: HealthCheck) -> None:
    """The program was never run to its end, and cannot be any more."""
    check = lock(check)
    if check.is_handed:
        move(check, "take_back", good=_good(check))


def require_handed(check: HealthCheck) -> None:
    """Raises Refused, with a sentence for who runs the program."""
    if not check.is_handed:
        raise Refused(_("The portal no longer waits for this program: the health check is over."))
