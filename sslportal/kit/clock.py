"""The present moment, which the demo may set back so that its certificates have a past."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.utils import timezone

_moment: ContextVar[datetime | None] = ContextVar("moment", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _moment.get() or timezone.now()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let the block happen at the moment, on the portal's own clock."""
    token = _moment.set(moment)
    try:
        yield
    finally:
        _moment.reset(token)
