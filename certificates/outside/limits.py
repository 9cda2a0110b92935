"""How much may come from outside: by mailbox, mail domain, network and portal. PostgreSQL counts, which forgets nothing."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from certificates.outside.models import RequestPortal
from sslportal.kit import audit, clock
from sslportal.kit.moves import Refused

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
IPV4_BITS, IPV6_BITS = 24, 56  # of an address that make one network: what one customer of a provider has at most
UNKNOWN = "unknown"


class TooMany(Refused):
    """Something was done too often."""


@dataclass(frozen=True)
class Source:
    """From whom something comes: the fields of FromOutside."""

    email: str
    mailbox: str
    mail_domain: str
    network: str
    language: str


@dataclass(frozen=True)
class Limit:
    """At most so many within the time of those that have the field in common; without a field, of the whole portal."""

    field: str
    most: int
    within: timedelta

    def is_reached(self, rows: QuerySet, source: Source) -> bool:
        same = {self.field: getattr(source, self.field)} if self.field else {}
        return rows.filter(created_at__gt=clock.now() - self.within, **same).count() >= self.most


# A network has less than a mail domain, and that less than the portal, so that no single one uses up what is for all
ENTERING = (
    Limit("mailbox", 6, HOUR),
    Limit("mailbox", 30, DAY),
    Limit("network", 30, HOUR),
    Limit("mail_domain", 120, HOUR),
    Limit("", 300, HOUR),
)
REQUESTING = (
    Limit("mailbox", 10, DAY),
    Limit("network", 30, DAY),
    Limit("mail_domain", 100, DAY),
    Limit("", 300, DAY),
)
WAITING_OF_MAILBOX, WAITING = 20, 300  # requests that nobody has approved yet
MOST_COMMENTS = 20  # on one request
MOST_STEPS = 400  # pages that are sent in one visit

TOO_OFTEN: str | Promise = _(
    "The portal was asked too often. Please try again in an hour; if it is urgent, write to %(contact)s."
)
TOO_MANY_REQUESTS: str | Promise = _(
    "There are too many requests from you or from your network, or too many wait for approval. What you typed is kept. Please "
    "try again tomorrow; if it is urgent, write to %(contact)s."
)


def require_room(rows: QuerySet, source: Source, limits: Sequence[Limit], says: str | Promise, contact: str) -> None:
    """Raise TooMany where one of the limits is reached. The caller has locked what they are counted under."""
    if any(limit.is_reached(rows, source) for limit in limits):
        raise TooMany(str(says) % {"contact": contact})


def too_often(portal: RequestPortal) -> TooMany:
    return TooMany(str(TOO_OFTEN) % {"contact": portal.contact})


def source_of(email: str) -> Source:
    """From whom the request that is being answered comes. `email` is as kit.addresses.mailable gives it."""
    local, _at, domain = email.rpartition("@")
    mailbox = f"{local.partition('+')[0] or local}@{domain}"
    return Source(email, mailbox, domain, network_of(audit.origin()), (get_language() or "en")[:2])


def network_of(origin: str) -> str:
    """The network of an address. Those without a readable one are all in the same, which is soon full."""
    try:
        address = ipaddress.ip_address(origin)
    except ValueError:
        return UNKNOWN
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return str(ipaddress.ip_network((int(address) >> (128 - IPV6_BITS) << (128 - IPV6_BITS), IPV6_BITS)))
        address = address.ipv4_mapped
    return str(ipaddress.ip_network(f"{address}/{IPV4_BITS}", strict=False))
