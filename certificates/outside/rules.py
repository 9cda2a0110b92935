"""Who may set up a request portal, whom it lets in, and what they may do with their own requests."""

from typing import TYPE_CHECKING

from django.db.models import Q

from certificates.states import AWAIT_CSR, DOWNLOADABLE, Status
from sslportal.kit import clock

if TYPE_CHECKING:
    from accounts.models import Account, Administrator
    from certificates.models import Order
    from certificates.outside.models import RequestPortal, Visit


def may_manage(person: "Administrator", account: "Account") -> bool:
    """Global Administrators, nobody else (J)."""
    return person.account_id == account.pk and person.may("portal.manage")


def managed_by(person: "Administrator") -> Q:
    """The same as may_manage, for a query."""
    return Q(account_id=person.account_id) if person.account_id and person.may("portal.manage") else Q(pk__in=[])


def admits_address(portal: "RequestPortal", mail_domain: str) -> bool:
    """Whether the filter lets people of the mail domain in: one that is listed, not one below it."""
    return not portal.filters_domains or mail_domain in portal.mail_domains


def is_admitted(visit: "Visit") -> bool:
    """Whether the visitor may see profiles and request now. Asked anew at each page: the settings may have changed."""
    portal = visit.portal
    if not portal.is_enabled or visit.expires_at <= clock.now():
        return False
    return not portal.filters_domains or (visit.is_proved and admits_address(portal, visit.mail_domain))


def owns(visit: "Visit", order: "Order") -> bool:
    """Whether the order was asked for by the visitor, who has proved the address."""
    is_of_portal = order.outsider is not None and order.account_id == visit.portal.account_id
    return is_of_portal and visit.is_proved and order.asked_by == visit.email


def owned_by(visit: "Visit") -> Q:
    """The same as owns, for a query."""
    ours = Q(outsider__isnull=False, account=visit.portal.account_id, asked_by=visit.email)
    return ours if visit.is_proved else Q(pk__in=[])


def may_cancel(order: "Order") -> bool:
    """While nobody has approved it."""
    return order.status == Status.APPROVE


def may_comment(order: "Order") -> bool:
    """While somebody is at it."""
    return order.status in (Status.APPROVE, Status.PENDING)


def may_supply_csr(order: "Order") -> bool:
    return order.status == Status.PENDING and order.hold in AWAIT_CSR


def may_download(order: "Order") -> bool:
    return order.status in DOWNLOADABLE


# What its requester can do with a request, by the name of the page
DEEDS = {"cancel": may_cancel, "comment": may_comment, "new-csr": may_supply_csr, "download": may_download}


def open_to_requester(order: "Order") -> set[str]:
    return {name for name, may in DEEDS.items() if may(order)}
