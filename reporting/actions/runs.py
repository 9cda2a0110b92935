"""Asking for a run of a report, and what the worker that makes it writes down."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Account, Administrator
from reporting import keys, notices, rules, tasks
from reporting.models import Report, Run, RunFile
from reporting.states import OPEN, Format, Status
from sslportal.kit import audit, clock, queue
from sslportal.kit.models import HistoryEntry
from sslportal.kit.moves import Refused, Text, lock, move, require

ALL_FORMATS = (Format.CSV, Format.XLSX, Format.PDF)
MOST_OPEN = 10  # runs of an account that people have asked for and that are not made yet
MOST_A_DAY = 200  # that people ask for,
MOST_MAILED_A_DAY = 20  # and of these that are mailed: to whoever is on the list, who did not ask for it
KEPT = timedelta(days=90)
LEASE = timedelta(minutes=5)  # more than any file takes


@transaction.atomic
def ask(
    report: Report,
    formats: Sequence[str],
    *,
    by: Administrator,
    narrowed: Mapping[str, Any] | None = None,
    mails: bool = False,
) -> Run:
    """Have the report made for the person. Raises Refused where the account has asked for too much already."""
    account = lock(by.own_account)
    report = lock(report)
    reader = rules.reader_of(report, by)
    require(by.may("reports.see") and Report.objects.visible_to(by).filter(pk=report.pk).exists())
    if reader is None:
        raise PermissionDenied
    mails = mails and rules.may_change(by, report)
    _require_room(account, mails=mails)
    run = make(report, formats, reader, narrowed=dict(narrowed or {}), by=by, mails=mails)
    audit.record(run, "mail" if mails else "ask", by=by)
    return run


def _require_room(account: Account, *, mails: bool) -> None:
    """The history counts, which nobody makes shorter by deleting reports. The account is locked. Raises Refused."""
    if Run.objects.filter(account=account, due_at=None).open().count() >= MOST_OPEN:
        raise Refused(_("%(count)d reports are being made already. Wait for one of them.") % {"count": MOST_OPEN})
    lately = HistoryEntry.objects.filter(
        account_id=account.pk, subject_type="run", at__gt=clock.now() - timedelta(days=1)
    )
    if lately.filter(verb__in=("ask", "mail")).count() >= MOST_A_DAY:
        says = _("Your account has had %(count)d reports made within a day. Go on tomorrow.")
        raise Refused(says % {"count": MOST_A_DAY})
    if mails and lately.filter(verb="mail").count() >= MOST_MAILED_A_DAY:
        says = _("Your account has had %(count)d reports mailed by hand within a day. Go on tomorrow.")
        raise Refused(says % {"count": MOST_MAILED_A_DAY})


def make(report: Report, formats: Sequence[str], reader: Administrator, **more: Any) -> Run:
    """The run of a report, be it for a person or for a moment of its schedule."""
    run = Run.objects.create(
        account=report.account,
        report=report,
        reader=reader,
        definition=report.definition,
        formats=list(formats),
        **more,
    )
    queue.once_after_commit(tasks.make_reports)
    return run


@transaction.atomic
def claim() -> Run | None:
    """Take the run whose turn it is, so that other workers leave it alone; one that dies with it costs the lease."""
    free = Run.objects.free().select_for_update(no_key=True, skip_locked=True, of=("self",))
    run: Run | None = free.select_related("report__account", "report__owner", "reader").first()
    if run is None:
        return None
    run.tries += 1
    run.done = 0
    run.leased_until = clock.now() + LEASE
    run.save(update_fields=["tries", "done", "leased_until"])
    if run.status == Status.WAITING:
        move(run, "start", started_at=clock.now())
    return run


def keep(run: Run, done: int) -> None:
    """The worker is still at it, and so far."""
    Run.objects.filter(pk=run.pk).update(done=done, leased_until=clock.now() + LEASE)


@transaction.atomic
def finish(run: Run, total: int, files: Mapping[str, bytes], found: Sequence[int] | None = None) -> None:
    """The files are made: they are kept, and go to the recipients. Raises MovedOn where somebody was faster.

    `found` are the keys of all records, with which the next mail compares.
    """
    report, run = lock(run.report), lock(run)
    is_of_now = run.definition == report.definition  # else it tells of other records than the next mail
    told = _compare(report, found) if found is not None and is_of_now else {}
    profiles = list(run.reader.accesses.values_list("profile", flat=True))
    move(run, "finish", finished_at=clock.now(), total=total, done=len(run.formats) + 1, profiles=profiles, **told)
    RunFile.objects.bulk_create(
        RunFile(run=run, format=format, content=content, size=len(content)) for format, content in files.items()
    )
    if run.mails:
        notices.ready(run, report, files)


def _compare(report: Report, found: Sequence[int]) -> dict[str, Any]:
    """What the mail says of the one before; from now on this one is what is compared with."""
    told = {}
    if report.seen is not None:
        added, gone = keys.changes(bytes(report.seen), found)
        told = {"added": added, "gone": gone, "compared_with": report.seen_at}
    report.seen, report.seen_at = keys.pack(found), clock.now()
    report.save(update_fields=["seen", "seen_at"])
    return told


@transaction.atomic
def fail(run: Run, reason: Text) -> None:
    """It cannot be made. The reason is kept in the language of who reads it."""
    run = lock(run)
    if run.status not in OPEN:
        return
    with override(run.reader.language):
        said = str(reason)
    move(run, "fail", reason=said)
    Run.objects.filter(pk=run.pk).update(reason=said)
    if run.due_at:
        notices.failed(run, run.report, reason)


def record_download(file: RunFile, *, by: Administrator) -> None:
    audit.record(file.run, "download", by=by)


def forget_old() -> None:
    """Runs and their files, after 90 days."""
    Run.objects.exclude(status__in=OPEN).filter(created_at__lt=clock.now() - KEPT).delete()


def kept_until(run: Run) -> datetime:
    moment: datetime = run.created_at + KEPT
    return moment
