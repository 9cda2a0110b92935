"""The verbs of upgrading a profile to EV: asking for it, and what the contract signer answers."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from profiles import ev_notices, tasks
from profiles.models import Contact, EvRequest, OrganizationProfile
from profiles.rules import may_edit
from profiles.states import Level, Status
from sslportal.kit import audit, clock, policy, queue, tokens
from sslportal.kit.models import Link
from sslportal.kit.moves import Refused, lock, move, require

if TYPE_CHECKING:
    from accounts.models import Administrator

SIGN = "sign-ev-terms"


class AtRest(Refused):
    """The profile is in no state in which the signer's answer could be taken; that may change again."""


def obstacle(profile: OrganizationProfile) -> str:
    """Why the profile cannot be upgraded now, in a sentence; empty where it can."""
    if profile.level == Level.EV:
        return _("“%(profile)s” is vetted to EV already.") % {"profile": profile}
    if profile.status == Status.UPGRADING:
        return _("The upgrade of “%(profile)s” to EV has been requested already.") % {"profile": profile}
    if profile.status != Status.READY:
        words = {"profile": profile, "status": profile.get_status_display()}
        return _("Only a profile that is Ready can be upgraded to EV, and “%(profile)s” is %(status)s.") % words
    return ""


@transaction.atomic
def request_ev(
    profile: OrganizationProfile,
    *,
    approver: dict[str, Any],
    signer: dict[str, Any],
    submission: UUID,
    by: "Administrator",
) -> EvRequest:
    """Ask for the upgrade, and mail the terms to the contract signer. A draft that was sent before asks no second time.

    `approver` and `signer` hold the fields of Contact. Raises Refused with the obstacle.
    """
    require(may_edit(by.as_now(), profile))
    profile = lock(profile)
    if sent_before := profile.ev_requests.filter(submission=submission).first():
        return sent_before
    if why := obstacle(profile):
        raise Refused(why)
    _close_leftover(profile)
    move(profile, "request_ev", by=by)
    request = EvRequest.objects.create(
        profile=profile,
        requester=by,
        approver=Contact.objects.create(**approver),
        signer=Contact.objects.create(**signer),
        submission=submission,
    )
    _mail_link(request)
    return request


def _close_leftover(profile: OrganizationProfile) -> None:
    """A request that was open when the profile expired leads nowhere once the profile is Ready again."""
    for request in profile.ev_requests.filter(status__in=EvRequest.OPEN):
        _close(request, EvRequest.Status.CANCELED)


def _mail_link(request: EvRequest) -> None:
    tokens.withdraw(SIGN, request.pk)
    lifetime = timedelta(days=policy.at(clock.now()).signer_link_lifetime_days)
    ev_notices.please_sign(request, tokens.issue(SIGN, request.pk, lifetime), lifetime)


def _close(request: EvRequest, status: str) -> None:
    tokens.withdraw(SIGN, request.pk)
    request.status, request.closed_at = status, clock.now()
    request.save()


@transaction.atomic
def resend(request: EvRequest, *, by: "Administrator") -> None:
    """Mail a new link to the contract signer; the one before ends. Raises Refused where the signer has answered."""
    require(may_edit(by, request.profile))
    request = _locked(request)
    _require_unanswered(request)
    _require_upgrading(request.profile)
    _mail_link(request)
    audit.record(request.profile, "resend_ev", by=by)


@transaction.atomic
def cancel(request: EvRequest, *, by: "Administrator") -> None:
    """Take the request back: the link ends, the profile is Ready. Raises Refused where the signer has answered."""
    require(may_edit(by, request.profile))
    request = _locked(request)
    _require_unanswered(request)
    _require_upgrading(request.profile)
    move(request.profile, "cancel_ev", by=by)
    _close(request, EvRequest.Status.CANCELED)
    ev_notices.canceled(request, by)


@transaction.atomic
def accept(link: Link, edition: str) -> EvRequest:
    """The signer accepts these terms: the vetting team goes on, and a copy is mailed to all who are named.

    Raises LinkRefused where somebody was faster, AtRest where the profile is not Upgrading now.
    """
    request = _use(link)
    _answer(request)
    request.status, request.terms_version = EvRequest.Status.VETTING, edition
    request.save()
    audit.record(request.profile, "accept_ev", by=request.signer.email, changes={"Version": ["", edition]})
    queue.after_commit(tasks.send_ev_copy, request.pk)
    _open_case(request.profile)
    return request


@transaction.atomic
def decline(link: Link) -> EvRequest:
    """The signer does not accept: the profile is Ready as before. Raises as accept."""
    request = _use(link)
    _answer(request)
    move(request.profile, "decline_ev", by=request.signer.email)
    _close(request, EvRequest.Status.DECLINED)
    ev_notices.declined(request)
    return request


def find(token: str) -> tuple[Link, EvRequest]:
    """The link and its request, for the signer's page. Changes nothing. Raises LinkRefused and AtRest."""
    link = tokens.find(SIGN, token)
    requests = EvRequest.objects.select_related("profile__account", "approver", "signer", "requester")
    request = requests.get(pk=link.subject_id)
    _require_waiting(request)
    return link, request


def _use(link: Link) -> EvRequest:
    request = _locked(EvRequest.objects.get(pk=link.subject_id))
    tokens.use(link)
    _require_waiting(request)
    return request


def _require_waiting(request: EvRequest) -> None:
    if request.status != EvRequest.Status.SIGNING:
        raise tokens.LinkRefused("used")
    _require_upgrading(request.profile)


def _locked(request: EvRequest) -> EvRequest:
    """The request, locked after its profile, as everywhere."""
    profile = lock(request.profile)
    request = lock(request)
    request.profile = profile
    return request


def _require_unanswered(request: EvRequest) -> None:
    if request.status != EvRequest.Status.SIGNING:
        raise Refused(_("The contract signer has answered already, or the request was canceled."))


def _require_upgrading(profile: OrganizationProfile) -> None:
    if profile.status != Status.UPGRADING:
        words = {"profile": profile, "status": profile.get_status_display()}
        raise AtRest(_("“%(profile)s” is %(status)s now, so that its upgrade to EV is at rest.") % words)


def _answer(request: EvRequest) -> None:
    request.answered_at, request.answered_from = clock.now(), audit.origin()


def _open_case(profile: OrganizationProfile) -> None:
    from profiles.vetting.actions import open_case  # what is vetted is known here, how it is vetted only there

    open_case(profile, Level.EV)
