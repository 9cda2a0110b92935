"""The site seal: of which certificate it speaks, what it says of it, and on which websites it may stand (E13)."""

import re
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from certificates.models import Order
from certificates.states import BADGES, LIVE, Status
from sslportal.kit import names
from sslportal.kit.moves import Badge, Text

MOST_RENEWALS = 500  # of one certificate, one after the other: more than a century of them

# Of one order there is at most one renewal that has not failed (the constraint "renewed_once", whose index serves this)
_CHAIN = """
    WITH RECURSIVE chain (id, step) AS (
        SELECT id, 0 FROM certificates_order WHERE seal = %s
        UNION ALL
        SELECT renewal.id, chain.step + 1
        FROM chain JOIN certificates_order renewal ON renewal.source_id = chain.id
        WHERE renewal.kind = 'renewal' AND NOT renewal.status IN ('canceled', 'rejected') AND chain.step < %s
    )
    SELECT id FROM chain
"""


@dataclass(frozen=True)
class Standing:
    """What a seal says of its certificate: a word, how the word looks, and a sentence."""

    key: str
    word: Text
    badge: Badge
    says: Text


VALID = Standing(
    "valid",
    _("Valid"),
    Badge("good", "shield-check"),
    _("The certificate is valid. We have checked that the organization exists and that it controls these names."),
)
UNKNOWN = Standing("unknown", _("Not valid"), Badge("ended", "minus-circle"), _("There is no certificate."))
OTHERS = {
    Status.EXPIRED: Standing(
        "expired",
        Status.EXPIRED.label,
        BADGES[Status.EXPIRED],
        _("The certificate has expired and is no longer valid."),
    ),
    Status.REVOKED: Standing(
        "revoked", Status.REVOKED.label, BADGES[Status.REVOKED], _("The certificate was revoked. Do not rely on it.")
    ),
    Status.UNUSED: Standing(
        "unused", Status.UNUSED.label, BADGES[Status.UNUSED], _("The certificate is not in use and is not valid now.")
    ),
}


def standing(order: Order | None) -> Standing:
    """Valid only where the status says so and the end has not come, be it that no sweep has set the status yet."""
    if order is None:
        return UNKNOWN
    status = Status.EXPIRED if order.status in LIVE and order.is_past_end else order.status
    return VALID if status == Status.ISSUED else OTHERS.get(Status(status), UNKNOWN)


def order_of(seal: uuid.UUID) -> Order | None:
    """The order of whose certificate the seal speaks; None where there is no such seal, or never was a certificate.

    That is the newest valid one in the chain of renewals, so that the seal goes on by itself and a renewal that is not there
    yet changes nothing. A revoked one ends what came before it (docs/decisions/0018-site-seal.md).
    """
    chain = _certified(seal)
    decisive = (order for order in chain if standing(order) is VALID or order.status == Status.REVOKED)
    return next(decisive, chain[0] if chain else None)


def _certified(seal: uuid.UUID) -> list[Order]:
    """The seal's own order, its renewal, the renewal's renewal and so on, as far as there are certificates, newest first."""
    chain = RawSQL(_CHAIN, [seal, MOST_RENEWALS])  # noqa: S611  # both values are parameters
    orders = Order.objects.filter(pk__in=chain, certificate__isnull=False).select_related("certificate")
    return list(orders.defer("csr", "comments", "certificate__der").order_by("-pk"))


_HOST = re.compile(r"[a-z0-9_.:-]{1,253}")  # a name, or an IP address


def host_of(url: str) -> str:
    """The host of an http or https URL, in A-labels and lower case; empty where the text is none."""
    try:
        parts = urlsplit(url.replace("\\", "/"))  # as browsers read it
        host = names.to_ascii((parts.hostname or "")[: names.MAX_GIVEN]).lower().removesuffix(".")
    except ValueError:
        return ""
    return host if parts.scheme in ("http", "https") and _HOST.fullmatch(host) else ""


def covers(dns_names: Collection[str], host: str) -> bool:
    """Whether a certificate with the names is good for the host; a wildcard stands for exactly one label (RFC 9525, 6.3)."""
    parent = host.partition(".")[2]
    return host in dns_names or f"*.{parent}" in dns_names
