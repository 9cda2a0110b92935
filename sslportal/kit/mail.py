"""The outbox's entrance: mail is a row written in the transaction of its event, and carried by a worker afterwards."""

import logging
import uuid
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from sslportal.kit import addresses, letters, queue
from sslportal.kit.letters import File, Letter
from sslportal.kit.models import MailAttachment, OutgoingMail
from sslportal.kit.outside import printable

__all__ = ["File", "Letter", "Post", "post", "post_many"]

log = logging.getLogger(__name__)

AT_ONCE = 500


class Post(NamedTuple):
    """A letter to one address. `unsubscribe` is the absolute URL of a page that ends mail of this kind."""

    letter: Letter
    to: str
    key: str
    language: str
    unsubscribe: str = ""


def post(letter: Letter, *, to: Iterable[str], key: str, language: str, unsubscribe: str = "") -> list[OutgoingMail]:
    """Put the letter into the outbox, once a person and key, and have it sent after the commit. Returns what is new.

    Never raises for an address: one that cannot be mailed is left out, and its row has failed with the reason.
    """
    return post_all(Post(letter, address, key, language, unsubscribe) for address in to if address.strip())


def post_all(posts: Iterable[Post]) -> list[OutgoingMail]:
    """The same for several letters. Returns what is new."""
    return [mail for some in _in_parts(posts) for mail in _write(some)]


def post_many(posts: Iterable[Post]) -> int:
    """The same for many letters, with a few queries for 500 of them and no more of them in memory. Returns how many are new."""
    return sum(len(_write(some)) for some in _in_parts(posts))


def _in_parts(posts: Iterable[Post]) -> Iterator[list[Post]]:
    rest = iter(posts)
    while some := list(islice(rest, AT_ONCE)):
        yield some


@transaction.atomic
def _write(posts: list[Post]) -> list[OutgoingMail]:
    """One row each, in the order in which everybody writes them, so that nobody waits for somebody who waits."""
    from sslportal.kit import tasks

    rows = {mail.message_id: (mail, post) for mail, post in ((_row(post), post) for post in posts)}
    mails = sorted((mail for mail, _post in rows.values()), key=lambda mail: (mail.key, mail.to))
    OutgoingMail.objects.bulk_create(mails, ignore_conflicts=True)
    waiting = OutgoingMail.objects.filter(message_id__in=rows, status=OutgoingMail.Status.WAITING)
    written = dict(waiting.values_list("message_id", "pk"))
    new = []
    for message_id, (mail, _post) in rows.items():
        if message_id in written:  # else it was posted before, or cannot be sent
            mail.pk = written[message_id]
            new.append(mail)
    MailAttachment.objects.bulk_create(
        MailAttachment(mail=mail, **letters.safe_file(file)._asdict())
        for mail in new
        for file in rows[mail.message_id][1].letter.files
    )
    if new:
        queue.once_after_commit(tasks.send_waiting_mail)
    return new


def _row(post: Post) -> OutgoingMail:
    mail = OutgoingMail(
        key=post.key,
        subject=letters.one_line(post.letter.subject)[: letters.MOST_SUBJECT],
        language=post.language,
        message_id=f"<{uuid.uuid4()}@{urlsplit(settings.PORTAL_URL).hostname}>",
    )
    try:
        mail.to = addresses.mailable(post.to)
    except addresses.Unmailable as why:
        mail.to = printable(post.to)[:254]
        mail.status, mail.last_error = OutgoingMail.Status.FAILED, f"Not an address to mail to: {why}"
        log.warning("%s is not mailed to %s: %s", post.key, mail.to, why)
    else:
        mail.letter = letters.kept(post.letter)
        mail.unsubscribe = letters.address_of_page(post.unsubscribe)
    return mail
