"""Plans: what is to be signed for an order is written down and committed before the `ca` worker signs it (decision 1)."""

import logging
from datetime import datetime, timedelta

from django.conf import settings

from certificates import tasks
from certificates.ca.plan import BACKDATED, new_serial
from certificates.models import CertificateAuthority, Issuance, Order
from sslportal.kit import audit, clock, policy, queue

log = logging.getLogger(__name__)

LIVES = timedelta(hours=1)


def make(orders: list[Order]) -> None:
    """Plan the certificates of locked orders with nothing in the way, and have them signed. A plan that still fits stays.

    Without a CA nothing is planned: a sweep comes to them again.
    """
    if not orders:
        return
    authority = current_authority()
    if authority is None:
        log.warning("There is no CA yet, so that nothing can be issued: manage.py ca init makes one")
        return
    plans = {plan.order_id: plan for plan in Issuance.objects.filter(order__in=orders)}
    stale = [order for order in orders if order.pk in plans and is_stale(plans[order.pk], order, authority)]
    for order in stale:
        drop(order)
    new = [order for order in orders if order.pk not in plans or order in stale]
    Issuance.objects.filter(order__in=orders, due_at=None).update(due_at=clock.now())
    Issuance.objects.bulk_create(_plan(order, authority) for order in new)
    queue.once_after_commit(tasks.issue_planned)


def drop(order: Order) -> None:
    """Forget what was about to be signed; its serial number is kept in the history, so that a lost signature can be found."""
    if plan := Issuance.objects.filter(order=order).first():
        audit.record(order, "replan", reason=plan.serial_number)
        plan.delete()


def current_authority() -> CertificateAuthority | None:
    """The CA that signs what is planned now."""
    return CertificateAuthority.objects.filter(role=CertificateAuthority.Role.ISSUING, is_current=True).first()


def is_stale(plan: Issuance, order: Order, authority: CertificateAuthority | None) -> bool:
    """Whether a plan that was not carried out is too old by now, or is for other names or by another CA than is wanted now."""
    too_old = plan.not_before < clock.now() - BACKDATED - LIVES
    other_ca = authority is None or plan.authority_id != authority.pk
    return too_old or other_ca or plan.dns_names != _names(order)


def _plan(order: Order, authority: CertificateAuthority) -> Issuance:
    not_before, not_after = _dates(order)
    return Issuance(
        order=order,
        authority=authority,
        serial_number=f"{new_serial():X}",
        not_before=not_before,
        not_after=not_after,
        dns_names=_names(order),
        crl_shard=order.pk
        // settings.CRL_ENTRIES,  # no more certificates than the setting says share a revocation list
        due_at=clock.now(),
    )


def _names(order: Order) -> list[str]:
    """What is to stand in the certificate: no blocker, so CAA permits just the names that are wanted now (BR 3.2.2.8)."""
    assert order.caa is not None  # noqa: S101  # no blocker
    return order.caa.names


def _dates(order: Order) -> tuple[datetime, datetime]:
    """From ten minutes ago (E11) to the end of the validity that was chosen."""
    now = clock.now().replace(microsecond=0)
    choice = policy.at(now).find_validity(order.hash_algorithm, order.validity)
    assert choice is not None  # noqa: S101  # what the policy no longer offers is a blocker
    not_before = now - BACKDATED
    return not_before, choice.expires_at(not_before)
