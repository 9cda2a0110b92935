"""When people are reminded of an end: a number of days before it, whole days in the account's time zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sslportal.kit import clock

CHOICES = (90, 60, 30, 14, 7, 3)  # days before the end, of which each profile chooses (C7)
ALWAYS = (1, 0)  # the day before, and the day itself
SHORT = timedelta(days=100)  # what lives less is reminded of in the same parts of its life


@dataclass(frozen=True)
class Life:
    """From when to when something holds, and where its days are counted."""

    starts: datetime
    ends: datetime
    zone: ZoneInfo

    @property
    def last_day(self) -> date:
        return self.ends.astimezone(self.zone).date()

    def days_left(self, now: datetime) -> int:
        return clock.days_left(self.ends, now, self.zone)

    def begins(self, moment: int) -> datetime:
        """When the moment comes: midnight of its day."""
        whole = self.ends - self.starts
        if moment in ALWAYS or whole >= SHORT:
            day = self.last_day - timedelta(days=moment)
        else:
            day = (self.ends - whole * moment / SHORT.days).astimezone(self.zone).date()
        return midnight(day, self.zone)

    def reached(self, chosen: list[int], now: datetime) -> int | None:
        """The last of the moments that has come, the two that always count included; None before the first."""
        return min((moment for moment in (*chosen, *ALWAYS) if self.begins(moment) <= now), default=None)

    def next(self, now: datetime) -> datetime | None:
        """When to look again: at the next of all moments, whatever is chosen now; None after the last."""
        return min((at for at in self._all() if at > now), default=None)

    def _all(self) -> Iterator[datetime]:
        return map(self.begins, (*CHOICES, *ALWAYS))


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def when(days: int) -> str:
    """How an end that is so many days away is told of, as the end of a sentence; less than 0: it is past."""
    if days < 0:
        return _("has expired")
    if days == 0:
        return _("expires today")
    return ngettext("expires tomorrow", "expires in %(days)d days", days) % {"days": days}
