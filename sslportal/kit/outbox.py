"""The outbox's way out: what waits is handed to the mail server, each mail once.

A row is committed as "handing over" after the server has the whole mail but for its end, and before it gets the end. So a
worker that dies leaves either a row that waits and was not delivered, or one that is uncertain and is not sent again unless a
person says so. See docs/decisions/0024-mail-is-handed-over-once.md.
"""

import logging
import time
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from typing import Any, Protocol

from django.conf import settings
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from sslportal.kit import audit, clock, letters, queue, smtp
from sslportal.kit.models import OutgoingMail
from sslportal.kit.moves import Refused, lock

log = logging.getLogger(__name__)

Status = OutgoingMail.Status

AT_ONCE = 100  # mails over one connection,
SECONDS = 20  # or as many as go in this time: others wait for the worker
GIVE_UP_AFTER = timedelta(days=3)  # from the first refusal on
UNCERTAIN_AFTER = timedelta(minutes=10)  # when nobody who hands a mail over can still be at it
UNANSWERED = 3  # tries: who has not answered to the end of the last of them may have taken the mail each time
LONG, LATELY = timedelta(hours=1), timedelta(days=30)
FIRST_TRY_AGAIN, LAST_TRY_AGAIN, LAST_AFTER_NO = timedelta(minutes=1), timedelta(hours=1), timedelta(hours=4)
FIRST_PAUSE, LAST_PAUSE = timedelta(seconds=15), timedelta(minutes=5)
CARRIED = (  # what carrying a mail changes of its row
    "status", "attempts", "next_try_at", "last_error", "refused_at", "handed_at", "sent_at", "letter", "unsubscribe",
)  # fmt: skip
_SERVER = "mail-server-away"


class Carrier(Protocol):
    """Takes mail over in two steps."""

    def offer(self, message: EmailMessage) -> None: ...
    def finish(self) -> None: ...


class _Django:
    """Another way of Django's than SMTP: the demo's, which sends nothing, or one for developing."""

    def offer(self, message: EmailMessage) -> None:
        try:
            message.send()
        except OSError as error:
            raise smtp.NoServer("send", str(error)) from error

    def finish(self) -> None:
        pass


def waiting() -> QuerySet[OutgoingMail]:
    """Mail whose moment has come and that is not sent yet, oldest first. No moment is so far ahead unless a clock was wrong."""
    now = clock.now()
    is_due = Q(next_try_at__lte=now) | Q(next_try_at__gt=now + 2 * LAST_AFTER_NO)
    return OutgoingMail.objects.filter(is_due, status=Status.WAITING).order_by("next_try_at")


def waiting_long() -> Q:
    """Mail that should be gone by now."""
    return Q(status=Status.WAITING, created_at__lt=clock.now() - LONG)


def uncertain() -> Q:
    """Mail that somebody was handing over and did not finish: almost surely the mail server has it."""
    return Q(status=Status.HANDING, handed_at__lt=clock.now() - UNCERTAIN_AFTER)


def is_uncertain(mail: OutgoingMail) -> bool:
    """The same, asked of one."""
    return mail.status == Status.HANDING and bool(mail.handed_at and mail.handed_at < clock.now() - UNCERTAIN_AFTER)


def can_be_sent_again(mail: OutgoingMail) -> bool:
    """What failed or is uncertain; not what was never written, for want of an address."""
    return bool(mail.letter) and (mail.status == Status.FAILED or is_uncertain(mail))


def in_trouble() -> dict[str, int]:
    """How many are `uncertain`, and `failed` lately: what only a person can help."""
    rows = OutgoingMail.objects.filter(status__in=[Status.FAILED, Status.HANDING])
    lately = Q(status=Status.FAILED, created_at__gt=clock.now() - LATELY)
    return rows.aggregate(failed=Count("pk", filter=lately), uncertain=Count("pk", filter=uncertain()))


def server_trouble() -> dict[str, Any] | None:
    """Where the mail server does not take mail: `since` when, its last `error`, and when it is tried again (`until`)."""
    return cache.get(_SERVER)


def send_waiting() -> bool:
    """Send what waits, for a while; returns whether more waits. Several workers may do it at the same time.

    While the server is away nothing is lost and nobody waits for it: it is left alone for a while, longer each time.
    """
    trouble = server_trouble()
    if (trouble and clock.now() < trouble["until"] <= clock.now() + LAST_PAUSE) or not waiting().exists():
        return False
    until, carried = time.monotonic() + SECONDS, 0
    try:
        with _carrier() as carrier:
            while carried < AT_ONCE and time.monotonic() < until and _send_next(carrier, is_first=not carried):
                carried += 1
                if carried == 1:
                    cache.delete(_SERVER)
    except smtp.Trouble as error:
        log.warning("the mail server: %s", error)
        if not carried or (isinstance(error, smtp.NoServer) and error.hangs):
            _pause(error)
            return False
    return waiting().exists()


def is_by_smtp() -> bool:
    return settings.EMAIL_BACKEND == "django.core.mail.backends.smtp.EmailBackend"


def _carrier() -> AbstractContextManager[Carrier]:
    return smtp.Session() if is_by_smtp() else nullcontext(_Django())


def _send_next(carrier: Carrier, *, is_first: bool) -> bool:
    """Send the oldest mail that waits, and write down what came of it. Raises NoServer where no other can be sent now."""
    with transaction.atomic(durable=True):
        mail = waiting().select_for_update(skip_locked=True).first()
        if mail is None:
            return False
        trouble = _offer(carrier, mail)
        if isinstance(trouble, smtp.NoServer) and not (is_first or trouble.hangs):
            raise trouble  # servers end connections that have carried some mail; this one was not concerned
        mail.attempts += 1
        if trouble:
            _put_off(mail, trouble)
        else:
            mail.status, mail.handed_at = Status.HANDING, clock.now()
        mail.save(update_fields=CARRIED)
    if not trouble:
        trouble = _finish(carrier, mail)
    if isinstance(trouble, smtp.NoServer):
        raise trouble
    return True


def _offer(carrier: Carrier, mail: OutgoingMail) -> smtp.Trouble | None:
    try:
        carrier.offer(letters.message(mail))
    except smtp.Trouble as trouble:
        return trouble
    except Exception as error:  # one that cannot be written must not stop all others
        log.exception("mail %s cannot be written", mail.pk)
        return smtp.Refused("letter", 0, f"{type(error).__name__}: {error}")
    return None


def _finish(carrier: Carrier, mail: OutgoingMail) -> smtp.Trouble | None:
    """Say the end. What was sent is not kept, since it may hold links; the demo's outbox page is the exception."""
    trouble, handed_at = None, mail.handed_at
    try:
        carrier.finish()
    except smtp.Trouble as error:
        trouble = error
        if isinstance(error, smtp.NoServer) and mail.attempts >= UNANSWERED:
            mail.last_error = str(error)  # it stays uncertain, or a server that never answers delivers it every hour
        else:
            _put_off(mail, trouble)
    else:
        mail.status, mail.sent_at, mail.last_error = Status.SENT, clock.now(), ""
        if not settings.PORTAL_DEMO:
            mail.letter, mail.unsubscribe = {}, ""
    with transaction.atomic():
        ours = OutgoingMail.objects.filter(pk=mail.pk, status=Status.HANDING, handed_at=handed_at)
        ours.update(**{name: getattr(mail, name) for name in CARRIED})
        if not mail.letter:
            mail.attachments.all().delete()
    return trouble


def _put_off(mail: OutgoingMail, trouble: smtp.Trouble) -> None:
    """Try later: for three days what the server refuses, without end while no server is there at all."""
    mail.status, mail.handed_at, mail.last_error = Status.WAITING, None, str(trouble)
    longest = LAST_TRY_AGAIN
    if isinstance(trouble, smtp.Refused):
        mail.refused_at = mail.refused_at or clock.now()
        if trouble.is_final or clock.now() - mail.refused_at > GIVE_UP_AFTER:
            mail.status = Status.FAILED
        if trouble.code >= 500:
            longest = LAST_AFTER_NO
    mail.next_try_at = clock.now() + _growing(FIRST_TRY_AGAIN, mail.attempts, longest)


def _pause(trouble: smtp.Trouble) -> None:
    """Leave the server alone. It is written down where the messages to the workers are: both are lost together."""
    before = server_trouble() or {"tries": 0, "since": clock.now()}
    tries = before["tries"] + 1
    until = clock.now() + _growing(FIRST_PAUSE, tries, LAST_PAUSE)
    cache.set(_SERVER, {**before, "tries": tries, "until": until, "error": str(trouble)}, timeout=24 * 3600)


def _growing(first: timedelta, tries: int, longest: timedelta) -> timedelta:
    return min(first * 2 ** min(tries - 1, 20), longest)


@transaction.atomic
def send_again(mail: OutgoingMail, *, by: Any) -> None:
    """Have a mail that failed or is uncertain tried anew, for three days more. Raises kit.moves.Refused for another."""
    from sslportal.kit import tasks

    mail = lock(mail)
    if not can_be_sent_again(mail):
        raise Refused(_("This mail cannot be sent again: it is on its way, was sent, or has no address to go to."))
    audit.record(mail, "send_again", by=by, before=mail.status, after=Status.WAITING)
    mail.status, mail.next_try_at = Status.WAITING, clock.now()
    mail.attempts, mail.refused_at, mail.handed_at = 0, None, None
    mail.save(update_fields=CARRIED)
    queue.once_after_commit(tasks.send_waiting_mail)
