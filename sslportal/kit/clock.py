"""The present moment, which the demo may set back so that its certificates have a past."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, tzinfo

from django.utils import timezone

_moment: ContextVar[datetime | None] = ContextVar("moment", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _moment.get() or timezone.now()


def days_left(ends: datetime, since: datetime, zone: tzinfo) -> int:
    """Days from `since` to the end, by the calendar of the zone: 0 on its last day, -1 once it is past."""
    return -1 if since >= ends else (ends.astimezone(zone).date() - since.astimezone(zone).date()).days


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let the block happen at the moment, on the portal's own clock."""
    token = _moment.set(moment)
    try:
        yield
    finally:
        _moment.reset(token)
