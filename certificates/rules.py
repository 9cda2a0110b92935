"""Who may do what with an order."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Q

from certificates.states import AWAIT_CSR, DOWNLOADABLE, REISSUABLE, RENEWABLE, Status
from profiles import rules as profile_rules
from sslportal.kit import clock, policy

if TYPE_CHECKING:
    from accounts.models import Administrator
    from certificates.models import Order
    from profiles.models import OrganizationProfile


RENEWAL_WINDOW = timedelta(days=90)  # before the end (E15)


def may_view(person: "Administrator", order: "Order") -> bool:
    """People with a role in the order's profile."""
    return profile_rules.role_in(order.profile, person) is not None


def seen_by(person: "Administrator") -> Q:
    """The same as may_view, for a query. It names the profiles, since PostgreSQL knows how many orders each of them has."""
    return Q(profile__in=list(person.accesses.values_list("profile", flat=True)), account=person.account_id)


def may_request(person: "Administrator", profile: "OrganizationProfile") -> bool:
    return profile_rules.holds(person, "orders.request", profile)


def may_approve(person: "Administrator", order: "Order") -> bool:
    return profile_rules.holds(person, "orders.approve", order.profile)


def may_cancel(person: "Administrator", order: "Order") -> bool:
    return profile_rules.holds(person, "orders.cancel", order.profile)


def may_edit(person: "Administrator", order: "Order") -> bool:
    """Recipients and comments, whatever became of the order."""
    return profile_rules.holds(person, "orders.edit", order.profile)


def may_supply_csr(person: "Administrator", order: "Order") -> bool:
    """Where the order waits for one."""
    return order.status == Status.PENDING and order.hold in AWAIT_CSR and may_bring_csr(person, order)


def may_bring_csr(person: "Administrator", order: "Order") -> bool:
    """Whoever asked for the certificate (E19), and those who may approve it: to others' approved requests nobody adds a key."""
    is_requester = person.pk == order.requester_id and may_request(person, order.profile)
    return is_requester or may_approve(person, order)


def may_change(person: "Administrator", order: "Order") -> bool:
    """Type, validity and SANs of a request from outside, before it is approved (J4). No domain was added for it yet."""
    return order.is_from_outside and order.status == Status.APPROVE and may_approve(person, order)


def may_download(person: "Administrator", order: "Order") -> bool:
    return order.status in DOWNLOADABLE and may_view(person, order)


def may_seal(person: "Administrator", order: "Order") -> bool:
    """Create the script of its site seal (E13)."""
    return order.status == Status.ISSUED and may_view(person, order)


def may_revoke(person: "Administrator", order: "Order") -> bool:
    """The profile's people as its policy says, and the vetting team (E17, E20)."""
    return may_vet(person) or profile_rules.holds(person, "orders.revoke", order.profile)


def may_set_aside(person: "Administrator", order: "Order") -> bool:
    """Mark as unused and restore: the same people, but not the vetting team (E16)."""
    return profile_rules.holds(person, "orders.revoke", order.profile)


def may_mark_unused(person: "Administrator", order: "Order") -> bool:
    """Where the rules of today allow a hold."""
    return policy.at(clock.now()).hold_allowed and may_set_aside(person, order)


def may_restore(person: "Administrator", order: "Order") -> bool:
    """Until it expires."""
    return not order.is_past_end and may_set_aside(person, order)


def lacks_hold(person: "Administrator", order: "Order") -> bool:
    """Whether to say why “Unused” is not offered: the rules of today forbid what the person could do otherwise."""
    return order.status == Status.ISSUED and not policy.at(clock.now()).hold_allowed and may_set_aside(person, order)


def may_reissue(person: "Administrator", order: "Order") -> bool:
    """Ask for a copy with another key (E14)."""
    return order.status in REISSUABLE and may_request(person, order.profile)


def may_renew(person: "Administrator", order: "Order") -> bool:
    """Once, from 90 days before its end on (E15)."""
    is_time = order.status in RENEWABLE and order.issued and clock.now() >= order.issued.not_after - RENEWAL_WINDOW
    return bool(is_time and may_request(person, order.profile) and order.renewal is None)


def may_vet(person: "Administrator") -> bool:
    return person.may("vetting.decide")


# Which rule guards a move that a person makes; the other moves are the workers'
ASKS: dict[str, Callable[["Administrator", "Order"], bool]] = {
    "approve": may_approve,
    "cancel": may_cancel,
    "ask_to_cancel": may_cancel,
    "revoke": may_revoke,
    "mark_unused": may_mark_unused,
    "restore": may_restore,
}

# What else a person can do with an order, which leaves its status as it is
DEEDS: dict[str, Callable[["Administrator", "Order"], bool]] = {
    "edit": may_edit,
    "supply_csr": may_supply_csr,
    "change": may_change,
    "download": may_download,
    "seal": may_seal,
    "reissue": may_reissue,
    "renew": may_renew,
}


def open_to(person: "Administrator", order: "Order") -> set[str]:
    """The names of the moves and deeds that are open to the person now."""
    moves = {name for name, ask in ASKS.items() if order.status in order.MOVES[name].sources and ask(person, order)}
    return moves | {name for name, ask in DEEDS.items() if ask(person, order)}
