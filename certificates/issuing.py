"""From planned orders to their certificates: the `ca` worker's work, the only use of the CA's keys for orders."""

import logging
from datetime import timedelta
from typing import NamedTuple

from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.db import DataError, transaction

from certificates import batches, csr, expiry, keyroom, keys, notices, tasks
from certificates.actions import plans, processing
from certificates.blockers import blockers
from certificates.ca import issue
from certificates.ca.authority import Authority
from certificates.ca.findings import Finding
from certificates.models import Certificate, Issuance, Order
from certificates.states import Hold, Status
from certificates.trust import answers, lists
from sslportal.kit import clock, queue
from sslportal.kit.moves import lock, move_all

log = logging.getLogger(__name__)

BATCH = 20  # certificates at once: a third of a second of work, so that a revocation need not wait for long
IN_HAND = timedelta(minutes=1)  # after which a worker that took a batch is taken for dead

# From the plan, into the certificate's record and for lists
COPIED = ("serial_number", "not_before", "not_after", "dns_names")


class Signed(NamedTuple):
    """A certificate that is not recorded yet."""

    order: Order
    plan: Issuance
    issued: issue.Issued


def issue_planned() -> None:
    """Issue certificates that are planned and due, a batch of them; for what is left there is another message.

    Each is issued once, by however many workers. The serial number, the dates and the names were committed before anything
    is signed, and signing is repeatable, so that a worker that dies between signing and recording leads to the same
    certificate, not to a second. Raises ImproperlyConfigured in a process without the keys, or KeyStoreError.
    """
    keyroom.store()
    if pks := _take():
        batches.all_or_each(_issue, pks, otherwise=_stop)


@transaction.atomic
def _take() -> list[int]:
    """The orders of the plans that wait longest: ours for a minute. What a worker took into its death is due again then."""
    due = Issuance.objects.due().select_for_update(skip_locked=True, no_key=True)
    taken = dict(due.values_list("pk", "order")[:BATCH])
    Issuance.objects.filter(pk__in=taken).update(due_at=clock.now() + IN_HAND)
    if len(taken) == BATCH:
        queue.once_after_commit(tasks.issue_planned)
    return list(taken.values())


@transaction.atomic
def _issue(pks: list[int]) -> None:
    """Issue those of the orders that are still to be issued. Raises what is wrong with one, and then issues none.

    They are locked while signing and recording: a cancelation comes before or after, never in between. What was looked at
    when it was planned is looked at again. A plan of which a new CSR made nothing is not there; one that has become stale is
    made anew, and that is committed before its turn comes.
    """
    orders, authority = batches.lock(pks), plans.current_authority()
    found = {plan.order_id: plan for plan in Issuance.objects.filter(order__in=orders).select_related("authority")}
    Issuance.objects.filter(order__in=pks).update(due_at=None)
    fitting, stale = [], []
    for order in orders:
        plan = found.get(order.pk)
        if plan is None or order.status != Status.PENDING or blockers(order):
            continue
        if why := keys.why_unfit(order):
            processing.ask_for_key(order, why)
        elif plans.is_stale(plan, order, authority):
            stale.append(order)
        else:
            fitting.append((order, plan))
    plans.make(stale)
    _record([Signed(order, plan, _sign(order, plan)) for order, plan in fitting])


def _sign(order: Order, plan: Issuance) -> issue.Issued:
    authority = plan.authority
    return issue.issue(
        _as_plan(order, plan),
        Authority(authority.name, authority.certificate),
        keyroom.key_of(authority),
        keyroom.urls(),
        policy=settings.PORTAL_POLICY,
    )


def _as_plan(order: Order, plan: Issuance) -> issue.Plan:
    return issue.Plan(
        serial=int(plan.serial_number, 16),
        not_before=plan.not_before,
        not_after=plan.not_after,
        level=order.level,
        subject=issue.Subject(**order.subject),
        common_name=plan.dns_names[0],
        dns_names=tuple(plan.dns_names),
        spki=csr.spki_of(order.csr),
        hash_algorithm=order.hash_algorithm.replace("-", "").lower(),
        crl_shard=plan.crl_shard,
    )


def _record(signed: list[Signed]) -> None:
    for one in signed:
        for name in COPIED:
            setattr(one.order, name, getattr(one.plan, name))
        _keep_findings(one.plan, one.issued.findings)
    orders = [one.order for one in signed]
    move_all(orders, "issue", fields=COPIED)
    expiry.plan(orders)
    certificates = Certificate.objects.bulk_create(_certificate(one) for one in signed)
    answers.first_answers(certificates)
    lists.open_lists(certificates)
    notices.issued(certificates)


def _certificate(signed: Signed) -> Certificate:
    plan, certificate = signed.plan, signed.issued.certificate
    return Certificate(
        order=signed.order,
        authority=plan.authority,
        **{name: getattr(plan, name) for name in COPIED},
        crl_shard=plan.crl_shard,
        der=certificate.public_bytes(Encoding.DER),
        sha256=certificate.fingerprint(keyroom.SHA256).hex(),
    )


def _stop(pk: int, error: Exception) -> None:
    """What cannot be signed goes to the vetting team; whatever else went wrong with an order is tried again in a minute."""
    match error:
        case issue.LintFailed():
            says = dict.fromkeys(finding.message or finding.code for finding in error.findings)
            _hold(pk, "; ".join(says), error.findings)
        case issue.PlanRefused() | issue.IssueError() | DataError():
            log.error("Order %d could not be issued", pk, exc_info=error)
            _hold(pk, str(error), [])
        case _:
            log.error("Order %d could not be issued; it will be tried again", pk, exc_info=error)


@transaction.atomic
def _hold(pk: int, why: str, findings: list[Finding]) -> None:
    order = lock(Order(pk=pk))
    for plan in Issuance.objects.filter(order=order):
        _keep_findings(plan, findings)
    Issuance.objects.filter(order=order).update(due_at=None)
    processing.hold_order(order, hold=Hold.LINT, detail=why)


def _keep_findings(plan: Issuance, findings: list[Finding]) -> None:
    found = [
        {"severity": str(finding.severity), "code": finding.code, "message": finding.message} for finding in findings
    ]
    if found != plan.findings:
        plan.findings = found
        plan.save(update_fields=["findings"])
