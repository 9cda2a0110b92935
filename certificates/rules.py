"""Who may do what with an order."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.db.models import Q

from certificates.states import DOWNLOADABLE
from profiles import rules as profile_rules

if TYPE_CHECKING:
    from accounts.models import Administrator
    from certificates.models import Order
    from profiles.models import OrganizationProfile


def may_view(person: "Administrator", order: "Order") -> bool:
    """People with a role in the order's profile."""
    return profile_rules.role_in(order.profile, person) is not None


def seen_by(person: "Administrator") -> Q:
    """The same as may_view, for a query."""
    return Q(profile__in=person.accesses.values("profile"), account=person.account_id)


def may_request(person: "Administrator", profile: "OrganizationProfile") -> bool:
    return profile_rules.holds(person, "orders.request", profile)


def may_approve(person: "Administrator", order: "Order") -> bool:
    return profile_rules.holds(person, "orders.approve", order.profile)


def may_cancel(person: "Administrator", order: "Order") -> bool:
    return profile_rules.holds(person, "orders.cancel", order.profile)


def may_download(person: "Administrator", order: "Order") -> bool:
    return order.status in DOWNLOADABLE and may_view(person, order)


def may_vet(person: "Administrator") -> bool:
    return person.may("vetting.decide")


# Which rule guards a move that a person makes; the other moves are the workers'
ASKS: dict[str, Callable[["Administrator", "Order"], bool]] = {
    "approve": may_approve,
    "cancel": may_cancel,
    "ask_to_cancel": may_cancel,
}


def open_to(person: "Administrator", order: "Order") -> set[str]:
    """The names of the moves that are open to the person now."""
    return {name for name, ask in ASKS.items() if order.status in order.MOVES[name].sources and ask(person, order)}
