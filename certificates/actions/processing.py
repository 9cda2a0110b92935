"""The verbs of the workers: letting an order go on as far as it can, and ending what is past its end."""

import logging

from django.db import transaction
from django.utils.translation import override

from certificates import notices, tasks
from certificates.blockers import blockers, dns_is_due
from certificates.models import Issuance, Order
from certificates.states import Hold, Status
from sslportal.kit import audit, queue
from sslportal.kit.moves import MovedOn, lock, move

log = logging.getLogger(__name__)

SWEEP_CHUNK = 500


@transaction.atomic
def hold_order(order: Order, *, hold: Hold, detail: str) -> Order:
    """The portal itself wants a person of the vetting team to look at the order."""
    order = lock(order)
    if order.status == Status.PENDING and not order.hold:
        order.hold, order.hold_detail = hold, detail
        order.save(update_fields=["hold", "hold_detail"])
        audit.record(order, "hold", before=order.status, after=order.status, reason=detail)
    return order


@transaction.atomic
def process_order(order: Order) -> None:
    """Let an order go on as far as it can.

    Its cancelation is finished; with nothing in the way it is sent to the CA, with CAA alone in the way the DNS is asked.
    Where its key must not be certified, whoever asked for the certificate is asked for another one.
    """
    order = lock(order)
    if order.status == Status.CANCELING:
        move(order, "finish_canceling")
        notices.canceled(order)
    elif order.status == Status.PENDING:
        in_the_way = blockers(order)
        if unfit := next((blocker.unfit for blocker in in_the_way if blocker.unfit), ""):
            _ask_for_key(order, unfit)
        elif not in_the_way:
            queue.once_after_commit(tasks.issue_order, order.pk)
        elif dns_is_due(in_the_way):
            queue.after_commit(tasks.check_caa, order.pk)


def _ask_for_key(order: Order, why: str) -> None:
    order.hold, order.hold_detail = Hold.KEY, why
    order.save(update_fields=["hold", "hold_detail"])
    with override("en"):
        entry = audit.record(order, "ask-for-key", before=order.status, after=order.status, reason=order.held_for)
    notices.csr_needed(order, asked=entry.pk)


def drop_plan(order: Order) -> None:
    """Forget what was about to be signed; its serial number is kept in the history, so that a lost signature can be found."""
    if issuance := Issuance.objects.filter(order=order).first():
        audit.record(order, "replan", reason=issuance.serial_number)
        issuance.delete()


def sweep_orders() -> int:
    """Process every order that is under way; what waits for a person simply goes on waiting. Returns how many."""
    count = 0
    for order in Order.objects.to_process().iterator(chunk_size=SWEEP_CHUNK):
        if queue.is_waiting(tasks.issue_order, order.pk):
            continue  # in the CA's queue, which a second message for each order would only make longer
        count += 1
        try:
            process_order(order)
        except Exception:  # one order that cannot be processed must not keep the others
            log.exception("%s could not be processed", order)
    return count


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
