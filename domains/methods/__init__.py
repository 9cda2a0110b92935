"""The ways to confirm control of a domain: each a module with the same four functions, chosen from by the policy."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from domains.methods import dns, dns_contact, file, mail, manual, whois
from domains.methods.base import Contacts, Explanation, Finding, Offer, ToPublish, Way
from domains.states import Method
from sslportal.kit import clock, names, policy
from sslportal.kit.moves import Refused

if TYPE_CHECKING:
    from domains.models import Attempt

__all__ = [
    "Contacts",
    "Explanation",
    "Finding",
    "Offer",
    "ToPublish",
    "chosen",
    "explain",
    "offers",
    "open_ways",
    "value_of",
    "way",
]

ALL: dict[str, Way] = {
    Method.DNS_CONTACT: dns_contact,
    Method.WHOIS: whois,
    Method.MAIL: mail,
    Method.DNS: dns,
    Method.FILE: file,
    Method.MANUAL: manual,
}


class NotOnOffer(Refused):
    """The way that was chosen cannot be had for the domain now."""


def way(method: str) -> Way:
    """The module of the method. Raises KeyError."""
    return ALL[method]


def open_ways() -> list[str]:
    """The keys of the methods that may be used now: by the policy, and WHOIS only where the operator wants it."""
    allowed = {method.key for method in policy.at(clock.now()).methods}
    return [key for key in ALL if key in allowed and (key != Method.WHOIS or settings.WHOIS_CONTACTS)]


def offers(name: str, known: Contacts, wanted: Iterable[names.Name] = ()) -> list[Offer]:
    """Every choice for the domain now; an address that several methods offer stands there once.

    With `wanted`, names that certificates are needed for, only what can prove all of them. Nothing is on offer for a
    name that has become a public suffix since it was added.
    """
    found = dict[str, Offer]()
    try:
        parsed = names.parse(name)
    except names.NameRefused:
        return []
    needs_reach = any(not names.covers(parsed.base, one, below=False) for one in wanted)
    for key in open_ways():
        if not needs_reach or reaches_below(key):
            for offer in ALL[key].offer(parsed, known):
                found.setdefault(offer.value, _warned(offer))
    return list(found.values())


def _warned(offer: Offer) -> Offer:
    """The offer; where the rules let its method end, that is said."""
    now = policy.at(clock.now())
    ending = now.next_change(f"method.{offer.method}")
    if not ending or ending.row:
        return offer
    ends = _("By the rules, a confirmation of this kind counts until %(day)s only.") % {"day": date_format(ending.on)}
    return replace(offer, help=f"{offer.help} {ends}".strip())


def reaches_below(key: str) -> bool:
    """Whether the method proves names below the domain now; the vetting team uses one that does."""
    method = policy.at(clock.now()).method(key)
    return method is not None and (method.covers_below or method.by_another_method)


def chosen(name: str, value: str, known: Contacts) -> Offer:
    """The choice that was made. Raises NotOnOffer."""
    for offer in offers(name, known):
        if offer.value == value:
            return offer
    raise NotOnOffer(
        _("“%(choice)s” is no longer on offer for %(domain)s. Choose another way.")
        % {"choice": value[:100], "domain": names.display(name)}
    )


def value_of(attempt: "Attempt") -> str:
    """The choice that led to the attempt, as offers call it."""
    return attempt.address or attempt.method


def explain(attempt: "Attempt") -> Explanation:
    """What people are told about the attempt."""
    return way(attempt.method).explain(attempt, attempt.checks.first())
