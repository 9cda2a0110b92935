"""Who may check an order's certificate: everybody who sees the order."""

from typing import TYPE_CHECKING

from certificates import rules as order_rules

if TYPE_CHECKING:
    from accounts.models import Administrator
    from certificates.models import Order
    from discovery.health.models import HealthCheck


def may_check(person: "Administrator", order: "Order") -> bool:
    """Whatever became of the certificate since: a revoked or expired one may still be in use."""
    return order.issued is not None and order_rules.may_view(person, order)


def may_be_heard(check: "HealthCheck") -> bool:
    """Whether what its program says counts: not once the person who set it up has left, or has no role there any more."""
    return check.by.may("orders.see") and may_check(check.by, check.order)
