"""The verbs of the workers: letting an order go on as far as it can, and ending what is past its end."""

import logging

from django.db import transaction
from django.utils.translation import override

from certificates import batches, notices, tasks
from certificates.actions import plans
from certificates.blockers import blockers, dns_is_due
from certificates.models import Issuance, Order
from certificates.states import Hold, Status
from sslportal.kit import audit, queue
from sslportal.kit.moves import MovedOn, lock, move

log = logging.getLogger(__name__)

BATCH = 50


@transaction.atomic
def hold_order(order: Order, *, hold: Hold, detail: str) -> Order:
    """The portal itself wants a person of the vetting team to look at the order."""
    order = lock(order)
    if order.status == Status.PENDING and not order.hold:
        order.hold, order.hold_detail = hold, detail
        order.save(update_fields=["hold", "hold_detail"])
        audit.record(order, "hold", before=order.status, after=order.status, reason=detail)
    return order


def process_orders(pks: list[int]) -> None:
    """Let orders go on, together; one that cannot be processed does not keep the others."""
    batches.all_or_each(_process, pks, otherwise=_leave)


def process_order(order: Order) -> None:
    """Let one order go on. What goes wrong is raised."""
    _process([order.pk])


@transaction.atomic
def _process(pks: list[int]) -> None:
    """Let orders go on as far as they can.

    A cancelation is finished; what nothing is in the way of is planned, for the CA to sign; with CAA alone in the way the
    DNS is asked. Where a key must not be certified, whoever asked for the certificate is asked for another one.
    """
    unhindered = []
    for order in batches.lock(pks):
        if order.status == Status.CANCELING:
            move(order, "finish_canceling")
            notices.canceled(order)
        elif order.status == Status.PENDING:
            in_the_way = blockers(order)
            if unfit := next((blocker.unfit for blocker in in_the_way if blocker.unfit), ""):
                ask_for_key(order, unfit)
            elif not in_the_way:
                unhindered.append(order)
            elif dns_is_due(in_the_way):
                queue.after_commit(tasks.check_caa, order.pk)
    plans.make(unhindered)


def _leave(pk: int, error: Exception) -> None:
    log.error("Order %d could not be processed; the sweep will try again", pk, exc_info=error)


def ask_for_key(order: Order, why: str) -> None:
    """The key of the locked order must not be certified: whoever asked for the certificate is asked for another one."""
    order.hold, order.hold_detail = Hold.KEY, why
    order.save(update_fields=["hold", "hold_detail"])
    with override("en"):
        entry = audit.record(order, "ask-for-key", before=order.status, after=order.status, reason=order.held_for)
    notices.csr_needed(order, asked=entry.pk)


def sweep_orders() -> int:
    """Process every order that is under way; what waits for a person simply goes on waiting. Returns how many.

    What is planned is signed by the `ca` worker, which is told again.
    """
    pks = list(Order.objects.to_process().values_list("pk", flat=True))
    for start in range(0, len(pks), BATCH):
        process_orders(pks[start : start + BATCH])
    if Issuance.objects.due().exists():
        queue.once_after_commit(tasks.issue_planned)
    return len(pks)


def expire_certificates() -> int:
    """Set orders to Expired whose certificate is past its end. Returns how many."""
    orders = list(Order.objects.outlived())
    for order in orders:
        _expire(order)
    return len(orders)


@transaction.atomic
def _expire(order: Order) -> None:
    try:
        move(lock(order), "expire")
    except MovedOn:
        log.info("%s has moved on meanwhile", order)
