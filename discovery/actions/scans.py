"""Setting a scan up, handing out its program, and the moves of its life."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Account, Administrator
from discovery import notices, programs, rules, tasks
from discovery.actions import room
from discovery.models import Question, Scan, Schedule
from discovery.scanner import targets
from discovery.scanner.settings import SCAN
from discovery.states import OPEN, Place, Save, Status
from sslportal.kit import audit, clock, queue
from sslportal.kit.models import HistoryEntry
from sslportal.kit.moves import Refused, Text, lock, move, require

MOST_OPEN = 20  # scans of an account that are not over
MOST_STOPS = 100  # of a scan that its history has
MOST_A_DAY = 300  # that are set up: a network of 16 million addresses takes 256


@dataclass(frozen=True)
class Plan:
    """What is to be scanned, where from, and what becomes of the results."""

    include: str
    exclude: str
    ports: str
    speed: str
    save_as: str
    place: str = Place.COMPUTER

    @property
    def targets(self) -> targets.Targets:
        """Raises BadTargets."""
        return targets.parse(self.include, self.exclude, self.ports)


def plan_of(wanted: Scan | Schedule, place: str) -> Plan:
    return Plan(wanted.include, wanted.exclude, wanted.ports, wanted.speed, wanted.save_as, place)


@transaction.atomic
def set_up(plan: Plan, *, by: Administrator) -> Scan:
    """Set a scan up for the person's account. Raises BadTargets, and Refused where too many are open."""
    account: Account = lock(by.own_account)
    require(rules.may_scan(by, account.pk))
    if account.scans.open().count() >= MOST_OPEN:
        message = _("%(count)d scans of your account are not over yet. Wait for one to finish, or cancel one.")
        raise Refused(message % {"count": MOST_OPEN})
    if account.scans.filter(created_at__gt=clock.now() - timedelta(days=1)).count() >= MOST_A_DAY:
        raise Refused(
            _("Your account has set up %(count)d scans within a day. Go on tomorrow.") % {"count": MOST_A_DAY}
        )
    if plan.save_as == Save.MERGE:
        room.require_places(account)
    return make(plan, account, by)


def make(
    plan: Plan, account: Account, by: Administrator, schedule: Schedule | None = None, due_at: datetime | None = None
) -> Scan:
    """The scan of the plan, be it a person's or a schedule's. Raises BadTargets."""
    scan = Scan.objects.create(
        account=account,
        by=by,
        include=plan.include,
        exclude=plan.exclude,
        ports=plan.ports,
        speed=plan.speed,
        save_as=plan.save_as,
        place=plan.place,
        total=plan.targets.count,
        schedule=schedule,
        due_at=due_at,
    )
    audit.record(scan, "set_up", by=None if schedule else by)
    if scan.place == Place.PORTAL:
        queue.once_after_commit(tasks.run_scans)
    return scan


@transaction.atomic
def hand_out(scan: Scan, *, by: Administrator) -> bytes:
    """The program that runs the scan on the person's computer. One that was handed out before counts no more.

    Raises Refused where the scan is over.
    """
    scan = lock(scan)
    require(rules.may_scan(by, scan.account_id) and scan.place == Place.COMPUTER)
    if scan.status not in OPEN:
        raise Refused(_("This scan is over. Set up a new one."))
    scan.run_by = by
    scan.save(update_fields=["run_by"])
    audit.record(scan, "download", by=by)
    wanted = {name: getattr(scan, name) for name in ("include", "exclude", "ports", "speed")}
    return programs.file(scan, SCAN, **wanted)


@transaction.atomic
def begin(scan: Scan, token: str, session: str) -> Scan:
    """The program runs, be it for the first time or again. Raises programs.Stranger, and Refused where the scan is over."""
    if scan.status not in OPEN and programs.was_for(scan, token):
        raise Refused(over(scan))
    scan = programs.begin(scan, token, session)
    if scan.status not in OPEN:
        raise Refused(over(scan))
    start(scan)
    return scan


def start(scan: Scan) -> None:
    """It runs. The scan is locked. Raises room.NoRoom."""
    if scan.status == Status.WAITING and scan.save_as == Save.MERGE:
        room.require_places(scan.account)
    if scan.status != Status.RUNNING:
        move(scan, "start", started_at=scan.started_at or clock.now())
    heard_of(scan)


def heard_of(scan: Scan) -> None:
    scan.last_word_at = clock.now()
    scan.save(update_fields=["last_word_at"])


@transaction.atomic
def stop(scan: Scan) -> None:
    """The program was stopped on its computer; it may go on. One that does so without end is no longer believed."""
    scan = lock(scan)
    told = HistoryEntry.objects.filter(subject_type="scan", subject_id=scan.pk, verb="stop").count()
    if scan.status == Status.RUNNING and told < MOST_STOPS:
        move(scan, "stop")
        heard_of(scan)


@transaction.atomic
def cancel(scan: Scan, *, by: Administrator) -> Scan:
    """Give the scan up, with what it has found; the results that were saved before stay. Raises MovedOn where it is over."""
    scan = lock(scan)
    require(rules.may_scan(by, scan.account_id))
    move(scan, "cancel", by=by)
    drop(scan)
    return scan


@transaction.atomic
def fail(scan: Scan, reason: Text) -> None:
    """The portal cannot run it. The reason is kept in the language of who has set it up."""
    scan = lock(scan)
    if scan.status not in OPEN:
        return
    with override(scan.by.language):
        said = str(reason)
    move(scan, "fail", reason=said)
    Scan.objects.filter(pk=scan.pk).update(reason=said)
    drop(scan)
    if scan.schedule:
        notices.failed(scan, scan.schedule, reason)


@transaction.atomic
def lapse(scan: Scan) -> None:
    scan = lock(scan)
    if scan.status in OPEN:
        move(scan, "lapse")
        drop(scan)


def drop(scan: Scan) -> None:
    """What a scan has found that will not be finished."""
    for rows in (scan.findings.all(), scan.misses.all()):
        rows._raw_delete(rows.db)
    drop_questions(scan)


def drop_questions(scan: Scan) -> None:
    asked_about = Question.certificates.through.objects.filter(question__in=scan.questions.all())
    for rows in (asked_about, scan.questions.all()):
        rows._raw_delete(rows.db)


def over(scan: Scan) -> str:
    """What is said to a program whose scan is over."""
    if scan.status == Status.CANCELED:
        return _("This scan was canceled in the portal.")
    if scan.status == Status.FINISHED:
        return _("This scan is finished already.")
    return _("This scan is over. Set up a new one.")
