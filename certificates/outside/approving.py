"""What whoever approves a request from outside chooses: how control of the domains that it adds is confirmed (J4)."""

from certificates.models import Order
from certificates.queries import wanted_names
from domains import contacts
from domains import rules as domain_rules
from domains.methods import Contacts
from domains.queries import new_domains
from sslportal.kit import names
from sslportal.kit.names import Name


def domains_to_confirm(order: Order) -> dict[str, tuple[Contacts, list[Name]]]:
    """The domains that are added when it is approved: what is known of each, and the names of the request in it.

    Not those that the vetting team confirms in any case.
    """
    if not order.is_from_outside:
        return {}
    try:
        wanted = wanted_names(order)
    except names.NameRefused:  # approving says so
        return {}
    new = [domain for domain in new_domains(order.profile, wanted) if not _by_vetting(order, domain)]
    known = contacts.known_of(new)
    return {domain: (known[domain], [name for name in wanted if name.registrable == domain]) for domain in new}


def _by_vetting(order: Order, domain: str) -> bool:
    return domain_rules.needs_person(order.level, is_idn=names.is_idn(domain))
