"""Which certificates' ends people are to be reminded of now (I3)."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db.models import QuerySet

from accounts.models import Account
from certificates import notices
from certificates.models import Order, Reminder, Revocation
from certificates.states import FAILED, Kind, Status
from profiles.notifications.expiry import AT_ONCE, Ending
from profiles.notifications.moments import Life
from profiles.queries import with_people
from sslportal.kit import clock


def endings(account: Account, now: datetime) -> Iterator[Ending]:
    """Of the account, those of which a moment has come; when to look again is set down with it."""
    if not _due(account, now).exists():
        return
    profiles = {profile.pk: profile for profile in with_people(account)}
    while reminders := list(_due(account, now)[:AT_ONCE]):
        orders = [reminder.order for reminder in reminders]
        for order in orders:
            order.profile, order.account = profiles[order.profile_id], account
        _look_again(reminders, now)
        needless = _needless(orders)
        for order in orders:
            moment = _life(order).reached(order.profile.expiry_days, now)
            if moment is not None and order.pk not in needless and order.status in REMINDED:
                yield notices.ending(order, moment, _life(order).days_left(now))


REMINDED = (Status.ISSUED, Status.EXPIRED)  # an expired one whose last day passed while the portal was down


def _due(account: Account, now: datetime) -> QuerySet[Reminder]:
    due = Reminder.objects.filter(account=account, at__lte=now).select_related(
        "order__requester", "order__approver", "order__outsider"
    )
    return due.defer("order__csr").order_by("at")


def _look_again(reminders: list[Reminder], now: datetime) -> None:
    """At the next of all moments, whatever the profile has chosen now: it may choose otherwise until then."""
    later = []
    for reminder in reminders:
        if (at := _life(reminder.order).next(now)) is not None:
            reminder.at = at
            later.append(reminder)
    Reminder.objects.bulk_update(later, ["at"])
    Reminder.objects.filter(pk__in={reminder.pk for reminder in reminders} - {one.pk for one in later}).delete()


def _needless(orders: list[Order]) -> set[int]:
    """Those that are renewed, or were set aside as unused before they expired."""
    renewals = Order.objects.filter(kind=Kind.RENEWAL, source__in=orders).exclude(status__in=FAILED)
    set_aside = Revocation.objects.filter(certificate__order__in=orders)
    return {*renewals.values_list("source_id", flat=True), *set_aside.values_list("certificate__order", flat=True)}


def _life(order: Order) -> Life:
    assert order.not_before  # noqa: S101  # whatever has a reminder was issued
    assert order.not_after  # noqa: S101
    return Life(order.not_before, order.not_after, order.account.zone)


def plan(orders: Iterable[Order]) -> None:
    """Set down when to look for the first time at what is issued now."""
    first = ((order, _life(order).next(clock.now())) for order in orders)
    Reminder.objects.bulk_create(Reminder(order=order, account=order.account, at=at) for order, at in first if at)
