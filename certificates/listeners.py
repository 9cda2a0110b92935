"""What certificates do when something happens in an app below."""

from typing import Any

from certificates import tasks
from domains import signals as domain_signals
from profiles import signals as profile_signals
from sslportal.kit import queue


def connect() -> None:
    for signal in (domain_signals.decided, profile_signals.decided):
        signal.connect(_process_waiting, dispatch_uid="process waiting orders")


def _process_waiting(sender: Any, *, profile: Any, **kwargs: Any) -> None:
    """Orders of the profile may go on now."""
    queue.after_commit(tasks.process_orders_of, profile.pk)
