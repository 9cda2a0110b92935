"""What the portal's own records say of certificates that servers show."""

from collections.abc import Iterable, Iterator

from certificates.models import Certificate, Order
from discovery.health.judging import Known, Relation

RELATED = ("order", "revocation", "authority__parent__parent")


def known_to(order: Order, fingerprints: Iterable[str]) -> dict[str, Known]:
    """Those of the certificates (SHA-256 in hex) that this portal issued, and what they are to the order."""
    issued = Certificate.objects.filter(sha256__in=list(fingerprints)).select_related(*RELATED)
    return {certificate.sha256: _known(order, certificate) for certificate in issued}


def _known(order: Order, certificate: Certificate) -> Known:
    revocation = getattr(certificate, "revocation", None)
    return Known(
        relation=_relation(order, certificate.order),
        above=tuple(bytes(authority.der) for authority in certificate.authority.chain()),
        order=certificate.order_id if certificate.order.account_id == order.account_id else None,
        revoked_at=revocation.since if revocation else None,
        is_unused=revocation is not None and revocation.is_hold,
    )


def _relation(order: Order, other: Order) -> Relation:
    if other.pk == order.pk:
        return Relation.THIS
    if other.account_id != order.account_id:
        return Relation.OTHER
    if other.pk in _before(order):
        return Relation.OLDER
    return Relation.NEWER if order.pk in _before(other) else Relation.OTHER


def _before(order: Order) -> Iterator[int]:
    """The orders on which this one follows, the nearest first."""
    number = order.source_id
    while number:
        yield number
        number = Order.objects.values_list("source_id", flat=True).get(pk=number)
