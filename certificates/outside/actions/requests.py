"""What people without an account do: send a request, comment on it, cancel it, bring another CSR."""

import secrets
import uuid
from dataclasses import asdict
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from certificates import csr, notices
from certificates.actions.requests import Wanted, draw_up, take_csr
from certificates.models import Order
from certificates.outside import limits, portal_notices, rules
from certificates.outside.models import Outsider, RequestPortal, Visit
from certificates.outside.queries import profiles_of
from certificates.states import Status
from sslportal.kit import audit
from sslportal.kit.models import HistoryEntry
from sslportal.kit.moves import MovedOn, Refused, lock, move, require

if TYPE_CHECKING:
    from django.db.models import QuerySet

LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that could be taken for another one
MARK = " (request portal)"  # behind an address in the history
LONGEST_ACTOR = 254  # characters, in the history
REFERENCE = 12  # letters: 58 bits, for names that no one outside can list


@transaction.atomic
def submit(wanted: Wanted, visit: Visit, *, submission: uuid.UUID) -> Order:
    """Make the order, which waits for approval. No domain is added before somebody approves it. One order a draft.

    Raises PermissionDenied where the visitor is no longer let in, and Refused where a limit is reached or the profile is no
    longer on offer.
    """
    portal = lock(visit.portal)  # so that requests are counted, and the same one is sent, one after the other
    visit.portal = portal
    require(rules.is_admitted(visit))
    if earlier := Order.objects.filter(submission=submission).first():
        return earlier
    if not profiles_of(portal).filter(pk=wanted.profile.pk).exists():
        raise Refused(_("The organization profile takes no requests any more. Choose another one."))
    source = limits.source_of(visit.email)
    _require_room(portal, source)
    outsider = Outsider.objects.create(
        account=portal.account, reference=_new_reference(), was_proved=visit.is_proved, **asdict(source)
    )
    order = draw_up(wanted, submission, outsider=outsider)
    order.status = Status.APPROVE
    order.save()
    audit.record(order, "request", by=_name(visit), after=order.status, reason=wanted.comments)
    notices.please_approve(order)
    portal_notices.received(order)
    return order


def _require_room(portal: RequestPortal, source: limits.Source) -> None:
    says = limits.TOO_MANY_REQUESTS
    asked = Outsider.objects.filter(account=portal.account_id)
    limits.require_room(asked, source, limits.REQUESTING, says, portal.contact)
    waiting = asked.filter(order__status=Status.APPROVE)
    theirs = waiting.filter(mailbox=source.mailbox)
    if theirs.count() >= limits.WAITING_OF_MAILBOX or waiting.count() >= limits.WAITING:
        raise limits.TooMany(str(says) % {"contact": portal.contact})


def _new_reference() -> str:
    letters = "".join(secrets.choice(LETTERS) for _number in range(REFERENCE))
    return "-".join(letters[start : start + 4] for start in range(0, REFERENCE, 4))


@transaction.atomic
def cancel(order: Order, visit: Visit) -> Order:
    """The requester cancels what nobody has approved yet."""
    order = _own(order, visit)
    if not rules.may_cancel(order):
        raise MovedOn(_("The request can no longer be canceled: it is %(status)s.") % _status(order))
    move(order, "cancel", by=_name(visit))
    notices.canceled(order)
    return order


@transaction.atomic
def comment(order: Order, visit: Visit, *, text: str) -> Order:
    """The requester tells those who may approve it something. It stands in the history, which nobody changes."""
    order = _own(order, visit)
    if not rules.may_comment(order):
        raise MovedOn(_("Nobody waits for comments any more: the request is %(status)s.") % _status(order))
    if _comments(order).count() >= limits.MOST_COMMENTS:
        raise limits.TooMany(_("A request takes at most %(most)d comments.") % {"most": limits.MOST_COMMENTS})
    entry = audit.record(order, "comment", by=_name(visit), before=order.status, after=order.status, reason=text)
    portal_notices.comment(order, text, entry=entry.pk, to=lambda: notices.approvers(order))
    return order


def _comments(order: Order) -> "QuerySet[HistoryEntry]":
    return audit.of(order).filter(verb="comment")


@transaction.atomic
def supply_csr(order: Order, visit: Visit, *, new_csr: csr.Request) -> Order:
    """The requester brings the CSR that the order waits for (E19)."""
    order = _own(order, visit)
    if not rules.may_supply_csr(order):
        raise MovedOn(_("The request no longer waits for a new CSR."))
    return take_csr(order, new_csr, by=_name(visit))


def _own(order: Order, visit: Visit) -> Order:
    order = lock(order)
    require(rules.owns(visit, order))
    return order


def _name(visit: Visit) -> str:
    """What the history calls the visitor: anybody may give an administrator's address, and must not be taken for one."""
    return visit.email[: LONGEST_ACTOR - len(MARK)] + MARK


def _status(order: Order) -> dict[str, object]:
    return {"status": order.get_status_display()}
