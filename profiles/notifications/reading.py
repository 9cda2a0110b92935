"""Reading the notices: opening one, and marking all up to one as read."""

from datetime import timedelta
from typing import TYPE_CHECKING

from profiles.notifications.models import Notice, NoticeOpening, NoticesRead

if TYPE_CHECKING:
    from accounts.models import Administrator

DAYS = 90  # of which the page tells at most
MOST_COUNTED = 99
LATE = timedelta(minutes=10)  # within which others see what a transaction has written


def open_notice(notice: Notice, *, by: "Administrator") -> None:
    """The person has read it; safe to call twice."""
    NoticeOpening.objects.bulk_create([NoticeOpening(notice=notice, person=by)], ignore_conflicts=True)


def mark_read(newest: Notice, *, by: "Administrator") -> None:
    """The person has read this one and all before it; safe to call twice, and with an older one afterwards.

    Not "all until now": one that was not on the page yet stays unread. A sweep writes notices that others see minutes later,
    so those of the last minutes are marked one by one.
    """
    settled = newest.created_at - LATE
    fresh = Notice.objects.visible_to(by).filter(created_at__gt=settled, created_at__lte=newest.created_at)
    openings = (NoticeOpening(notice=notice, person=by) for notice in fresh.only("pk").iterator())
    NoticeOpening.objects.bulk_create(openings, ignore_conflicts=True)
    NoticesRead.objects.get_or_create(person=by, defaults={"at": settled})
    NoticesRead.objects.filter(person=by, at__lt=settled).update(at=settled)


def count_unread(person: "Administrator") -> int:
    """How many of those that the page tells of the person has not read; above MOST_COUNTED they are not counted on."""
    unread = Notice.objects.visible_to(person).of_last(DAYS).unread_by(person)
    return unread.values("pk")[: MOST_COUNTED + 1].count()
