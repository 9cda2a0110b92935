"""The verbs of the end: revoking, setting aside as unused and taking back, and remembering keys that are compromised."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from certificates import keys, notices, rules, tasks
from certificates.actions import requests
from certificates.models import CompromisedKey, Order, Revocation
from certificates.states import CHOSEN_REASONS, OVER, Hold, Reason, Status
from certificates.trust.changes import publish_change
from sslportal.kit import audit, clock, queue
from sslportal.kit.moves import MovedOn, Refused, lock, move, require
from sslportal.kit.words import english

if TYPE_CHECKING:
    from accounts.models import Administrator


@transaction.atomic
def revoke_order(order: Order, *, reason: str, detail: str = "", by: "Administrator") -> Order:
    """Revoke the certificate for good (E17). A key that is reported as compromised is never certified again.

    Raises ValueError for a reason that is none of the six, and for "other" without details.
    """
    if reason not in CHOSEN_REASONS or (reason == Reason.OTHER and not detail.strip()):
        raise ValueError("Choose one of the six reasons; the last needs details.")
    order = lock(order)
    require(rules.may_revoke(by, order))
    says = english(Reason(reason).label)
    move(order, "revoke", by=by, reason=f"{says}: {detail}" if detail else says)
    now = clock.now()
    held = _taken_off_hold(order)
    Revocation.objects.create(
        certificate=order.certificate,
        order=order,
        reason=reason,
        detail=detail,
        by=by,
        at=now,
        since=held.since if held else now,
    )
    publish_change(order.certificate)
    if reason == Reason.KEY:
        _remember_key(order, by)
    notices.revoked(order)
    return order


@transaction.atomic
def mark_unused(order: Order, *, by: "Administrator") -> Order:
    """Set the certificate aside: it is on hold, no longer valid, until it is restored (E16)."""
    order = lock(order)
    require(rules.may_mark_unused(by, order))
    move(order, "mark_unused", by=by)
    Revocation.objects.create(certificate=order.certificate, order=order, reason=Reason.UNUSED, by=by)
    publish_change(order.certificate)
    return order


@transaction.atomic
def restore_order(order: Order, *, by: "Administrator") -> Order:
    """Make an unused certificate valid again, until its end; not one whose key was reported as compromised meanwhile."""
    order = lock(order)
    if order.is_past_end:
        raise Refused(_("“%(thing)s” has expired and cannot be restored.") % {"thing": order})
    require(rules.may_restore(by, order))
    if keys.is_compromised(order.key_sha256):
        raise Refused(
            _("“%(thing)s” cannot be restored: its key was reported as stolen or compromised. Revoke it, and re-issue it "
              "with a new key.") % {"thing": order}
        )  # fmt: skip
    move(order, "restore", by=by)
    _taken_off_hold(order)
    publish_change(order.certificate)
    return order


def _taken_off_hold(order: Order) -> Revocation | None:
    """The hold that there was; it is gone now."""
    held = Revocation.objects.filter(certificate=order.certificate).first()
    if held:
        held.delete()
    return held


@transaction.atomic
def report_key(order: Order, *, reason: str, by: "Administrator") -> Order:
    """The vetting team knows that the key of a certificate that is over is compromised; CRL and OCSP say so too (BR 7.2.2)."""
    require(rules.may_vet(by))
    order = lock(order)
    if order.status not in OVER or keys.is_compromised(order.key_sha256):
        raise MovedOn(_("Somebody was faster: “%(thing)s” has changed meanwhile.") % {"thing": order})
    audit.record(order, "report-key", by=by, before=order.status, after=order.status, reason=reason)
    Revocation.objects.filter(certificate=order.certificate).exclude(reason=Reason.UNUSED).update(reason=Reason.KEY)
    publish_change(order.certificate)
    _remember_key(order, by)
    return order


@transaction.atomic
def clear_key(order: Order, *, reason: str, by: "Administrator") -> Order:
    """The vetting team found that a report was false: the key may be certified again, and what waits with it goes on.

    Whoever has a CSR can have reported its key, by a certificate of their own. That one stays revoked.
    """
    require(rules.may_vet(by))
    list(_waiting_with(order.key_sha256).select_for_update(no_key=True, of=("self",)))  # first, as batches are locked
    order = lock(order)
    reported = CompromisedKey.objects.filter(key_sha256=order.key_sha256).first()
    if reported is None:
        raise MovedOn(_("Somebody was faster: “%(thing)s” has changed meanwhile.") % {"thing": order})
    for one in dict.fromkeys([reported.order, order]):
        audit.record(one, "clear-key", by=by, before=one.status, after=one.status, reason=reason)
    reported.delete()
    for waiting in _waiting_with(order.key_sha256).filter(hold=Hold.KEY):
        requests.take_key(waiting)
    return order


def _waiting_with(key_sha256: str) -> QuerySet[Order]:
    """The Pending orders with the key, in the order in which whoever locks several locks them (certificates.batches)."""
    return Order.objects.filter(key_sha256=key_sha256, status=Status.PENDING).order_by("pk")


def _remember_key(order: Order, by: "Administrator") -> None:
    """From now on no way in takes the key. Orders that wait with it are asked for another; live ones go to the desk."""
    CompromisedKey.objects.get_or_create(key_sha256=order.key_sha256, defaults={"order": order, "by": by})
    waiting = _waiting_with(order.key_sha256).values_list("pk", flat=True)
    queue.together_after_commit(tasks.process_orders, *waiting)
