"""The verbs of requests: what people and the vetting team do with an order before a worker issues it."""

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from certificates import csr, notices, rules, tasks
from certificates.models import Order
from certificates.queries import wanted_names
from certificates.states import Hold, Status
from domains.actions import requests as domain_requests
from domains.queries import new_domains, to_upgrade
from profiles.states import Level
from sslportal.kit import audit, names, queue
from sslportal.kit.moves import MovedOn, lock, move, require

if TYPE_CHECKING:
    from accounts.models import Administrator
    from profiles.models import OrganizationProfile


@dataclass(frozen=True)
class Wanted:
    """What a person asks for, checked by the wizard's forms."""

    profile: "OrganizationProfile"
    level: str
    hash_algorithm: str
    validity: str
    request: csr.Request
    common_name: str
    sans: list[str]
    recipients: list[str] = field(default_factory=list)
    comments: str = ""
    controls: dict[str, str] = field(default_factory=dict)  # new domain -> how it is confirmed; without one by vetting


@transaction.atomic
def submit_order(wanted: Wanted, *, submission: uuid.UUID, by: "Administrator") -> Order:
    """Make the order, and the domains that it adds. The same submission sent twice makes one order.

    It enters as Pending where the person may approve, else as Approve (E2).
    """
    profile = wanted.profile
    require(rules.may_request(by, profile))
    if earlier := Order.objects.filter(submission=submission).first():
        return earlier
    order = Order(
        account=profile.account,
        profile=profile,
        level=wanted.level,
        hash_algorithm=wanted.hash_algorithm,
        validity=wanted.validity,
        csr=wanted.request.pem,
        key_label=wanted.request.key_label,
        spki_sha256=wanted.request.spki_sha256,
        common_name=wanted.common_name,
        sans=wanted.sans,
        recipients=wanted.recipients,
        comments=wanted.comments,
        requester=by,
        submission=submission,
        **_vetted_data(profile, wanted.level),
    )
    _look_at_names(order)
    approves = rules.may_approve(by, order)
    order.status = Status.PENDING if approves else Status.APPROVE
    order.approver = by if approves else None
    order.save()
    audit.record(order, "request", by=by, after=order.status)
    _add_domains(order, wanted.controls, by)
    if approves:
        queue.after_commit(tasks.process_order, order.pk)
    else:
        notices.please_approve(order)
    return order


def _vetted_data(profile: "OrganizationProfile", level: str) -> dict[str, object]:
    """The subject data of the profile, as of now."""
    data: dict[str, object] = {
        name: getattr(profile, name) for name in ("organization", "locality", "state", "country")
    }
    if level == Level.EV:
        ev = (
            "business_category", "jurisdiction_country", "jurisdiction_state", "jurisdiction_locality",
            "registration_number",
        )  # fmt: skip
        data["ev_subject"] = {name: getattr(profile, name) for name in ev}
    return data


def _look_at_names(order: Order) -> None:
    """Hold the order where a name could deceive, so that a person looks before anything is issued."""
    if deceiving := [names.display(name.ascii) for name in wanted_names(order) if name.flags]:
        order.hold, order.hold_detail = Hold.NAMES, ", ".join(deceiving)


def _add_domains(order: Order, controls: dict[str, str], by: "Administrator") -> None:
    upgrades = to_upgrade(order.profile, wanted_names(order), order.level)
    upgrades.sort(key=lambda domain: domain.pk)  # whoever orders the same names locks them in the same order
    for domain in upgrades:
        domain_requests.upgrade_domain(domain, by=by)
    for name in new_domains(order.profile, wanted_names(order)):
        domain_requests.add_domain(order.profile, name, level=order.level, choice=controls.get(name, ""), by=by)


@transaction.atomic
def approve_order(order: Order, *, by: "Administrator") -> Order:
    """Approve a request; the worker takes it from here."""
    order = lock(order)
    require(rules.may_approve(by, order))
    move(order, "approve", by=by)
    order.approver = by
    order.save(update_fields=["approver"])
    queue.after_commit(tasks.process_order, order.pk)
    return order


@transaction.atomic
def cancel_order(order: Order, *, by: "Administrator") -> Order:
    """Cancel a request: at once while it waits for approval; a Pending one by the worker, who may be faster."""
    order = lock(order)
    require(rules.may_cancel(by, order))
    if order.status == Status.APPROVE:
        move(order, "cancel", by=by)
        notices.canceled(order)
    else:
        move(order, "ask_to_cancel", by=by)
        queue.after_commit(tasks.process_order, order.pk)
    return order


@transaction.atomic
def reject_order(order: Order, *, reason: str, by: "Administrator") -> Order:
    """The vetting team refuses the request; the customer sees the reason."""
    require(rules.may_vet(by))
    order = lock(order)
    move(order, "reject", by=by, reason=reason)
    order.reject_reason = reason
    order.save(update_fields=["reject_reason"])
    notices.rejected(order)
    return order


@transaction.atomic
def release_order(order: Order, *, by: "Administrator") -> Order:
    """The vetting team has looked at what held the order and lets it go on."""
    require(rules.may_vet(by))
    order = lock(order)
    if order.status != Status.PENDING or not order.hold:
        raise MovedOn(_("Somebody was faster: “%(thing)s” is no longer waiting.") % {"thing": order})
    audit.record(order, "release", by=by, before=order.status, after=order.status, reason=order.hold_detail)
    order.hold = order.hold_detail = ""
    order.save(update_fields=["hold", "hold_detail"])
    queue.after_commit(tasks.process_order, order.pk)
    return order
