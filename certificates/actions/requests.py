"""The verbs of requests: what people and the vetting team do with an order before a worker issues it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from certificates import csr, notices, rules, tasks
from certificates.actions import plans
from certificates.models import Certificate, Order
from certificates.outside import portal_notices
from certificates.queries import wanted_names, why_not
from certificates.states import AWAIT_CSR, Hold, Kind, Status
from domains.actions import requests as domain_requests
from domains.queries import new_domains, to_upgrade
from profiles.states import Level
from sslportal.kit import audit, names, queue
from sslportal.kit.moves import MovedOn, Refused, lock, move, require

if TYPE_CHECKING:
    from accounts.models import Administrator
    from profiles.models import OrganizationProfile

# The deed that leads to an order of the kind, and what the history of the order that it follows on tells
FOLLOWS_BY = {Kind.REISSUE: "reissue", Kind.RENEWAL: "renew"}
FOLLOWED = {Kind.REISSUE: "reissued", Kind.RENEWAL: "renewed"}


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
    kind: Kind = Kind.NEW
    source: Order | None = None  # what it copies or renews


@transaction.atomic
def submit_order(wanted: Wanted, *, submission: uuid.UUID, by: "Administrator") -> Order:
    """Make the order, and the domains that it adds. The same submission sent twice makes one order.

    It enters as Pending where the person may approve, else as Approve (E2).
    """
    require(rules.may_request(by, wanted.profile))
    if earlier := Order.objects.filter(submission=submission).first():
        return earlier
    source = _source(wanted, by)
    order = draw_up(wanted, submission, source=source, requester=by)
    approves = rules.may_approve(by, order)
    order.status = Status.PENDING if approves else Status.APPROVE
    order.approver = by if approves else None
    if earlier := _saved_earlier(order):
        return earlier
    audit.record(order, "request", by=by, after=order.status)
    if source:
        # its number alone: those who read the history of the one may not see the profile of the other
        audit.record(source, FOLLOWED[wanted.kind], by=by, reason=f"#{order.pk}")
    _add_domains(order, wanted.controls, by)
    if approves:
        queue.together_after_commit(tasks.process_orders, order.pk)
    else:
        notices.please_approve(order)
    return order


def draw_up(wanted: Wanted, submission: uuid.UUID, *, source: Order | None = None, **who: Any) -> Order:
    """The order for what is wanted, not saved, with the organization's data of now; `who` asks: `requester` or `outsider`."""
    profile = wanted.profile
    order = Order(
        account=profile.account,
        profile=profile,
        kind=wanted.kind,
        source=source,
        level=wanted.level,
        hash_algorithm=wanted.hash_algorithm,
        validity=wanted.validity,
        csr=wanted.request.pem,
        key_label=wanted.request.key_label,
        key_sha256=wanted.request.key_sha256,
        common_name=wanted.common_name,
        sans=wanted.sans,
        recipients=wanted.recipients,
        comments=wanted.comments,
        submission=submission,
        **who,
        **vetted_data(profile, wanted.level),
    )
    look_at_names(order)
    return order


def _saved_earlier(order: Order) -> Order | None:
    """Save the order; where the same submission was sent at the same moment and was faster, the order that it made."""
    try:
        with transaction.atomic():
            order.save()
    except IntegrityError:
        if earlier := Order.objects.filter(submission=order.submission).first():
            return earlier
        raise
    return None


def _source(wanted: Wanted, by: "Administrator") -> Order | None:
    """The order that is copied or renewed, locked and asked whether it may be."""
    if wanted.source is None:
        return None
    source, deed = lock(wanted.source), FOLLOWS_BY[wanted.kind]
    require(rules.may_request(by, source.profile))
    if not rules.DEEDS[deed](by, source):
        raise Refused(why_not(source, deed))
    return source


def vetted_data(profile: "OrganizationProfile", level: str) -> dict[str, object]:
    """The subject data of the profile, as of now."""
    data: dict[str, object] = {
        name: getattr(profile, name) for name in ("organization", "locality", "state", "country")
    }
    data["ev_subject"] = {}
    if level == Level.EV:
        ev = (
            "business_category", "jurisdiction_country", "jurisdiction_state", "jurisdiction_locality",
            "registration_number",
        )  # fmt: skip
        data["ev_subject"] = {name: getattr(profile, name) for name in ev}
    return data


def look_at_names(order: Order) -> None:
    """Hold the order where a person must look at its names before anything is issued, else let it go. Raises Refused."""
    try:
        wanted = wanted_names(order)
    except names.NameRefused as refusal:  # a name can become a public suffix after it was typed
        raise Refused(str(refusal.message)) from None
    spellings = [spelling for name in wanted for spelling in (name.ascii, name.unicode)]
    found = (
        (Hold.NAMES, [names.display(name.ascii) for name in wanted if name.flags]),
        (Hold.IDN, [names.display(name.ascii) for name in _unseen(order, wanted)]),
        (Hold.FLAGGED, [word for word in settings.FLAGGED_WORDS if any(word in spelling for spelling in spellings)]),
    )
    holds = ((hold, ", ".join(words)) for hold, words in found if words)
    order.hold, order.hold_detail = next(holds, ("", ""))


def _unseen(order: Order, wanted: list[names.Name]) -> list[names.Name]:
    """International names that no person has looked at: neither when confirming their domain, nor in a certificate before."""
    new = [name for name in wanted if names.is_idn(name.ascii) and not names.is_idn(name.registrable)]
    if not new:
        return []
    issued = Certificate.objects.filter(order__profile=order.profile).exclude(order__status=Status.REVOKED)
    known = issued.filter(dns_names__overlap=[name.ascii for name in new]).values_list("dns_names", flat=True)
    return [name for name in new if not any(name.ascii in dns_names for dns_names in known)]


def _add_domains(order: Order, controls: Mapping[str, str], by: "Administrator") -> None:
    upgrades = to_upgrade(order.profile, wanted_names(order), order.level)
    upgrades.sort(key=lambda domain: domain.pk)  # whoever orders the same names locks them in the same order
    for domain in upgrades:
        domain_requests.upgrade_domain(domain, by=by)
    for name in new_domains(order.profile, wanted_names(order)):
        domain_requests.add_domain(order.profile, name, level=order.level, choice=controls.get(name, ""), by=by)


@transaction.atomic
def approve_order(
    order: Order,
    *,
    controls: Mapping[str, str] = MappingProxyType({}),
    seen: str | None = None,
    by: "Administrator",
) -> Order:
    """Approve a request; the worker takes it from here.

    The domains that a request from outside needs are added now, each to be confirmed as `controls` says (J4). `seen` is the
    edition that was looked at: what another approver changes meanwhile is not approved unseen.
    """
    order = lock(order)
    require(rules.may_approve(by, order))
    if seen not in (None, order.edition) and rules.may_change(by, order):
        raise MovedOn(_("Somebody was faster: “%(thing)s” has changed meanwhile.") % {"thing": order})
    move(order, "approve", by=by)
    order.approver = by
    order.save(update_fields=["approver"])
    if order.is_from_outside:
        try:
            _add_domains(order, controls, by)
        except names.NameRefused as refusal:  # a name can become a public suffix after it was ordered
            raise Refused(str(refusal.message)) from None
        portal_notices.approved(order)
    queue.together_after_commit(tasks.process_orders, order.pk)
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
        queue.together_after_commit(tasks.process_orders, order.pk)
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
    """The vetting team has looked at what held the order and lets it go on.

    Where it does without the new CSR that it asked for, it has not looked at the names yet: they may have held the order
    before that.
    """
    require(rules.may_vet(by))
    order = lock(order)
    if order.status != Status.PENDING or order.hold in ("", Hold.KEY):
        raise MovedOn(_("Somebody was faster: “%(thing)s” is no longer waiting.") % {"thing": order})
    audit.record(order, "release", by=by, before=order.status, after=order.status, reason=order.hold_detail)
    _let_go(order, names_are_seen=order.hold != Hold.CSR)
    return order


def _let_go(order: Order, *, names_are_seen: bool) -> None:
    """What held the locked order is over; its names may hold it still, where nobody has looked at them."""
    if names_are_seen:
        order.hold = order.hold_detail = ""
    else:
        look_at_names(order)
    order.save(update_fields=["hold", "hold_detail"])
    queue.together_after_commit(tasks.process_orders, order.pk)


@transaction.atomic
def ask_for_csr(order: Order, *, reason: str, by: "Administrator") -> Order:
    """The vetting team wants another CSR, which whoever asked for the certificate supplies (E19)."""
    require(rules.may_vet(by))
    order = lock(order)
    if order.status != Status.PENDING or order.hold in AWAIT_CSR:
        raise MovedOn(_("Somebody was faster: “%(thing)s” has changed meanwhile.") % {"thing": order})
    order.hold, order.hold_detail = Hold.CSR, reason
    order.save(update_fields=["hold", "hold_detail"])
    entry = audit.record(order, "ask-for-csr", by=by, before=order.status, after=order.status, reason=reason)
    notices.csr_needed(order, asked=entry.pk)
    return order


@transaction.atomic
def supply_csr(order: Order, *, new_csr: csr.Request, by: "Administrator") -> Order:
    """The CSR that was asked for. The names stay those of the order; what is in its way otherwise is looked at anew."""
    order = lock(order)
    require(rules.may_bring_csr(by, order))
    if not rules.may_supply_csr(by, order):
        raise MovedOn(_("“%(thing)s” no longer waits for a new CSR.") % {"thing": order})
    return take_csr(order, new_csr, by=by)


def take_csr(order: Order, new_csr: csr.Request, *, by: "Administrator | str") -> Order:
    """Put the CSR into the locked order, which waits for one; `by` is a person, or the address of one outside."""
    if new_csr.key_sha256 == order.key_sha256:
        raise Refused(str(csr.refused("same-key").message))
    plans.drop(order)
    before = _key_words(order)
    order.csr, order.key_label, order.key_sha256 = new_csr.pem, new_csr.key_label, new_csr.key_sha256
    order.save(update_fields=["csr", "key_label", "key_sha256"])
    changes = {gettext_noop("Key"): [before, _key_words(order)]}
    audit.record(order, "supply-csr", by=by, before=order.status, after=order.status, changes=changes)
    _let_go(order, names_are_seen=False)
    return order


def _key_words(order: Order) -> str:
    return f"{order.key_label}, SHA-256 {order.key_sha256[:16]}…"


@transaction.atomic
def take_key(order: Order) -> None:
    """The order's key, which was reported as compromised, is found not to be: the order goes on."""
    order = lock(order)
    if order.status == Status.PENDING and order.hold == Hold.KEY:
        _let_go(order, names_are_seen=False)
