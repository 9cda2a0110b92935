"""What certificates do when something happens in an app below."""

from typing import Any

from certificates import tasks
from certificates.models import Order
from domains import signals as domain_signals
from domains.actions.requests import refuse_deleting_by
from domains.models import Domain
from profiles import signals as profile_signals
from sslportal.kit import queue
from sslportal.kit.names import is_within


def connect() -> None:
    refuse_deleting_by(_orders_with)
    for signal in (domain_signals.decided, profile_signals.decided):
        signal.connect(_process_waiting, dispatch_uid="process waiting orders")


def _process_waiting(sender: Any, *, profile: Any, **kwargs: Any) -> None:
    """Orders of the profile may go on now; one message is enough for many domains that are decided at once."""
    queue.once_after_commit(tasks.process_orders_of, profile.pk)


def _orders_with(domain: Domain) -> list[str]:
    """The orders under way, or waiting for approval, that have a name in the domain (D12)."""
    orders = Order.objects.needing_domains().filter(profile=domain.profile_id)
    return [
        str(order) for order in orders if any(is_within(domain.name, name) for name in (order.common_name, *order.sans))
    ]
