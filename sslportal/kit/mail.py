"""The outbox: mail is a row written in the transaction of its event, sent by a worker afterwards, and then marked."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string

from sslportal.kit import clock, queue
from sslportal.kit.models import MailAttachment, OutgoingMail

GIVE_UP_AFTER = timedelta(days=3)
SWEEP_AT_ONCE = 100


class File(NamedTuple):
    """A file to go with a mail."""

    name: str
    content_type: str
    content: bytes


@dataclass
class Letter:
    """What a mail says; the same letter becomes its text and its HTML part."""

    subject: str
    paragraphs: list[str]
    facts: list[tuple[str, str]] = field(default_factory=list)
    action: tuple[str, str] | None = None  # the words on the button, and where it leads
    after: list[str] = field(default_factory=list)
    files: list[File] = field(default_factory=list)


def post(letter: Letter, *, to: Iterable[str], key: str, language: str) -> list[OutgoingMail]:
    """Put the letter into the outbox, once a person and key, and have it sent after the commit."""
    addresses = dict.fromkeys(address.strip().lower() for address in to if address.strip())
    return [mail for address in addresses if (mail := _post_one(letter, address, key, language))]


def _post_one(letter: Letter, to: str, key: str, language: str) -> OutgoingMail | None:
    mail = OutgoingMail(
        key=key,
        to=to,
        subject=" ".join(letter.subject.split())[:300],
        text=render_to_string("mail/letter.txt", _context(letter)),
        html=render_to_string("mail/letter.html", {**_context(letter), "language": language}),
        language=language,
        message_id=f"<{uuid.uuid4()}@{urlsplit(settings.PORTAL_URL).hostname}>",
    )
    OutgoingMail.objects.bulk_create([mail], ignore_conflicts=True)
    ours = OutgoingMail.objects.filter(key=key, to=to, message_id=mail.message_id)
    mail.pk = ours.values_list("pk", flat=True).first()
    if mail.pk is None:  # it was posted before
        return None
    MailAttachment.objects.bulk_create(MailAttachment(mail=mail, **file._asdict()) for file in letter.files)
    _send_soon(mail)
    return mail


def _context(letter: Letter) -> dict[str, object]:
    return {"letter": letter, "brand": settings.PORTAL_BRAND, "portal_url": settings.PORTAL_URL}


def _send_soon(mail: OutgoingMail) -> None:
    from sslportal.kit import tasks

    queue.after_commit(tasks.send_mail, mail.pk)


def waiting() -> QuerySet[OutgoingMail]:
    """Mail whose moment has come and that is not sent yet, oldest first."""
    return OutgoingMail.objects.filter(status=OutgoingMail.Status.WAITING, next_try_at__lte=clock.now()).order_by(
        "next_try_at"
    )


@transaction.atomic
def deliver(pk: int) -> None:
    """Send the mail and mark it; safe to call twice. What the mail server refuses is tried again for three days."""
    mail = waiting().select_for_update(skip_locked=True).filter(pk=pk).first()
    if mail is None:
        return
    mail.attempts += 1
    try:
        _message(mail).send()
    except OSError as error:  # smtplib's errors are OSErrors, as is a server that is not there
        _try_again(mail, error)
    else:
        mail.status, mail.sent_at, mail.last_error = OutgoingMail.Status.SENT, clock.now(), ""
        _forget(mail)
    mail.save()


def _forget(mail: OutgoingMail) -> None:
    """What was sent is not kept: it may hold links. The demo's outbox page is the exception."""
    if not settings.PORTAL_DEMO:
        mail.text = mail.html = ""
        mail.attachments.all().delete()


def _message(mail: OutgoingMail) -> EmailMultiAlternatives:
    headers = {"Message-ID": mail.message_id, "Content-Language": mail.language, "Auto-Submitted": "auto-generated"}
    message = EmailMultiAlternatives(mail.subject, mail.text, to=[mail.to], headers=headers)
    message.attach_alternative(mail.html, "text/html")
    for file in mail.attachments.all():
        message.attach(file.name, bytes(file.content), file.content_type)
    return message


def _try_again(mail: OutgoingMail, error: Exception) -> None:
    """Try later: for three days what the server refuses, without end while no server is there at all."""
    mail.last_error = f"{type(error).__name__}: {error}"[:500]
    was_refused = isinstance(error, SMTPResponseException | SMTPRecipientsRefused)
    if was_refused and clock.now() - mail.created_at > GIVE_UP_AFTER:
        mail.status = OutgoingMail.Status.FAILED
    else:
        mail.next_try_at = clock.now() + timedelta(seconds=min(30 * 2**mail.attempts, 3600))
