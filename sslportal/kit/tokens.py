"""Links in mail: 32 random bytes in the address, their SHA-256 in the database, used once, valid for a time."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sslportal.kit import clock
from sslportal.kit.models import Link


class LinkRefused(Exception):
    """The link leads nowhere: `why` is "unknown", "used" or "expired"."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def issue(purpose: str, subject_id: int, lifetime: timedelta) -> str:
    """Make a link for the subject and return its token (43 characters), which is kept nowhere."""
    token = secrets.token_urlsafe(32)
    Link.objects.create(
        purpose=purpose, subject_id=subject_id, digest=_digest(token), expires_at=clock.now() + lifetime
    )
    return token


def find(purpose: str, token: str) -> Link:
    """The link of the token. Changes nothing, so that it may be called by GET. Raises LinkRefused."""
    link = Link.objects.filter(purpose=purpose, digest=_digest(token)).first()
    if link is None:
        raise LinkRefused("unknown")
    if link.used_at:
        raise LinkRefused("used")
    if link.expires_at <= clock.now():
        raise LinkRefused("expired")
    return link


def issued_since(purpose: str, subject_id: int, since: datetime) -> int:
    """How many links of the subject were made since the moment."""
    return Link.objects.filter(purpose=purpose, subject_id=subject_id, created_at__gt=since).count()


def is_of(purpose: str, subject_id: int, token: str) -> bool:
    """Whether the token is, or once was, of a link of the subject; it need not count any more."""
    return Link.objects.filter(purpose=purpose, subject_id=subject_id, digest=_digest(token)).exists()


def open_until(purpose: str, subject_id: int) -> datetime | None:
    """When the last link of the subject that still works expires; None where none does."""
    working = Link.objects.filter(purpose=purpose, subject_id=subject_id, used_at=None, expires_at__gt=clock.now())
    return working.order_by("expires_at").values_list("expires_at", flat=True).last()


def use(link: Link) -> None:
    """Use the link up. Raises LinkRefused where somebody was faster."""
    if not Link.objects.filter(pk=link.pk, used_at=None).update(used_at=clock.now()):
        raise LinkRefused("used")


def withdraw(purpose: str, subject_id: int) -> None:
    """Make every link of the subject useless."""
    Link.objects.filter(purpose=purpose, subject_id=subject_id, used_at=None).update(used_at=clock.now())


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
