"""What happens daily, weekly or monthly at a time of day: its moments in a time zone, whose clocks may be changed."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta, tzinfo

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy


class Every(TextChoices):
    """How often. Monthly is on the day of the start, in a shorter month on its last day."""

    DAILY = "daily", pgettext_lazy("schedule", "Daily")
    WEEKLY = "weekly", pgettext_lazy("schedule", "Weekly")
    MONTHLY = "monthly", pgettext_lazy("schedule", "Monthly")


def first(start: datetime, zone: tzinfo) -> datetime:
    """The moment, in UTC, at which clocks of the zone show the start, which is given without a zone.

    A time that clocks skip is as much later as they skip; of one that they show twice, the first counts.
    """
    return start.replace(tzinfo=zone, fold=0).astimezone(UTC)


def next_after(every: Every, start: datetime, zone: tzinfo, after: datetime) -> datetime:
    """The first of the moments that is later than `after`, in UTC. Each counts from the start, so none drifts.

    Where a zone skips a whole day, as Apia did in 2011, what would be on it falls together with what is on the next.
    """
    today = after.astimezone(zone).date()
    turn = max(0, _turns(every, start.date(), today) - 1)
    while (moment := first(_turn(every, start, turn), zone)) <= after:
        turn += 1  # at most three times
    return moment


def _turns(every: Every, start: date, day: date) -> int:
    """Which turn the day belongs to, give or take one; 0 is the start's."""
    if every == Every.MONTHLY:
        return (day.year - start.year) * 12 + day.month - start.month
    return (day - start).days // _DAYS[every]


def _turn(every: Every, start: datetime, number: int) -> datetime:
    """What clocks show at the turn of the number."""
    if every == Every.MONTHLY:
        years, month = divmod(start.month - 1 + number, 12)
        year, month = start.year + years, month + 1
        return start.replace(year=year, month=month, day=min(start.day, monthrange(year, month)[1]))
    return start + timedelta(days=_DAYS[every] * number)


_DAYS = {Every.DAILY: 1, Every.WEEKLY: 7}
