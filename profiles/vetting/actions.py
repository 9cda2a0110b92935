"""The verbs of the vetting team: the only code that decides about an organization."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from profiles import notices, signals
from profiles.models import EvRequest, OrganizationProfile
from profiles.rules import may_vet
from profiles.states import Level
from profiles.states import Status as ProfileStatus
from profiles.vetting import evidence
from profiles.vetting.checklists import Item, Line, beginning_of, checklist, incomplete
from profiles.vetting.evidence import Received
from profiles.vetting.models import Check, Evidence, VettingCase
from profiles.vetting.queries import open_case as the_open_case
from profiles.vetting.states import APPROVING, DECIDABLE, DECLINING, Status
from sslportal.kit import audit, clock, policy
from sslportal.kit.moves import MovedOn, Refused, lock, move, require
from sslportal.kit.words import english

if TYPE_CHECKING:
    from accounts.models import Administrator


class NotComplete(Refused):
    """Items of the checklist are missing or too old; the sentence names them."""


class NeedsAnother(Refused):
    """EV takes a second person, who collected none of the evidence (EVG 3.2.2.13)."""


@transaction.atomic
def open_case(profile: OrganizationProfile, level: str, *, is_revetting: bool = False) -> VettingCase:
    """Put the profile into the vetting team's queue; a case that is open already is returned as it is."""
    profile = lock(profile)
    case = the_open_case(profile)
    return case or VettingCase.objects.create(profile=profile, level=level, is_revetting=is_revetting)


@transaction.atomic
def withdraw_case(profile: OrganizationProfile, *, by: "Administrator | str | None" = None) -> None:
    """Take the profile out of the queue, where it stands in it: there is nothing to be decided any more."""
    profile = lock(profile)
    if case := the_open_case(profile):
        _close(case, "withdraw", by)


@transaction.atomic
def take(case: VettingCase, *, by: "Administrator") -> VettingCase:
    """Say that one is working on it. Raises MovedOn where somebody else is."""
    require(may_vet(by))
    case = _lock_open(case)
    if case.taken_by and case.taken_by != by:
        raise MovedOn(_("%(person)s has taken it meanwhile.") % {"person": case.taken_by.get_full_name()})
    _give_to(case, by)
    audit.record(case.profile, "take", by=by)
    return case


@transaction.atomic
def release(case: VettingCase, *, by: "Administrator") -> VettingCase:
    """Give it back to all; anyone of the team may, for who has it may be away."""
    require(may_vet(by))
    case = _lock_open(case)
    if case.taken_by is None:
        raise MovedOn(_("It has been given back already."))
    _give_to(case, None)
    audit.record(case.profile, "release", by=by)
    return case


def _give_to(case: VettingCase, person: "Administrator | None") -> None:
    case.taken_by, case.updated_at = person, clock.now()
    case.save(update_fields=["taken_by", "updated_at"])


def record_check(
    case: VettingCase,
    item: Item,
    *,
    source: str,
    checked_on: date,
    by: "Administrator",
    note: str = "",
    data: dict[str, str] | None = None,
    file: Received | None = None,
    link: str = "",
) -> Check:
    """Write down what was found. A first approval before it is void: that person has not seen this.

    The file is in the store before the row that names it, and is removed again where the row is refused.
    """
    require(may_vet(by))
    stored = evidence.keep(file) if file else ""
    try:
        with transaction.atomic():
            case = _lock_open(case)
            check = Check.objects.create(
                case=case, key=item.key, source=source, checked_on=checked_on, note=note, data=data or {}, by=by
            )
            _add_evidence(check, file, stored, link)
            _void_first_approval(case)
            audit.record(case.profile, "check", by=by, changes={english(item.title): ["", str(checked_on)]})
    except BaseException:
        if stored:
            evidence.discard(stored)
        raise
    return check


def _add_evidence(check: Check, file: Received | None, stored: str, link: str) -> None:
    if file:
        Evidence.objects.create(
            check_of=check,
            name=file.name,
            content_type=file.content_type,
            size=len(file.content),
            sha256=file.sha256,
            stored=stored,
        )
    if link:
        Evidence.objects.create(check_of=check, link=link)


def _void_first_approval(case: VettingCase) -> None:
    case.first_approver = case.first_approved_at = None
    case.updated_at = clock.now()
    case.save(update_fields=["first_approver", "first_approved_at", "updated_at"])


@transaction.atomic
def first_approve(case: VettingCase, *, by: "Administrator") -> VettingCase:
    """The first of the two approvals that EV takes. Raises NotComplete and MovedOn."""
    require(may_vet(by))
    case = _lock_decidable(case)
    if case.level != Level.EV or case.first_approver:
        raise MovedOn(_("Somebody was faster: the first approval of “%(thing)s” is given.") % {"thing": case})
    _require_complete(checklist(case))
    case.first_approver, case.first_approved_at = by, clock.now()
    case.updated_at = clock.now()
    case.save(update_fields=["first_approver", "first_approved_at", "updated_at"])
    audit.record(case.profile, "first_approval", by=by)
    return case


@transaction.atomic
def approve(case: VettingCase, *, by: "Administrator") -> VettingCase:
    """The organization is what it says: OV by one person, EV by a second one after the first approval.

    Raises NotComplete, NeedsAnother and MovedOn, each with nothing changed.
    """
    require(may_vet(by))
    case = _lock_decidable(case)
    lines = checklist(case)
    _require_complete(lines)
    if case.level == Level.EV:
        _require_second_person(case, lines, by)
    profile, name = case.profile, APPROVING[case.profile.status]
    move(profile, name, by=by)
    _set_vetted(profile, case.level, lines)
    request = _close_ev_request(profile, EvRequest.Status.APPROVED) if case.level == Level.EV else None
    _close(case, "approve", by)
    notices.approved(case, request)
    _tell(profile)
    return case


def _require_complete(lines: list[Line]) -> None:
    if missing := incomplete(lines):
        raise NotComplete(
            _("Not everything is checked. Still to do: %(items)s.") % {"items": ", ".join(map(str, missing))}
        )


def _require_second_person(case: VettingCase, lines: list[Line], by: "Administrator") -> None:
    """EVG 3.2.2.13: who gives the final approval did not collect what it rests on."""
    if case.first_approver is None:
        raise NeedsAnother(_("EV takes two approvals by two people: the first one has not been given."))
    if case.first_approver == by:
        raise NeedsAnother(_("You gave the first approval: somebody else must give the final one."))
    if own := [str(line.item.title) for line in lines if line.check and line.check.by == by]:
        raise NeedsAnother(
            _("Somebody who collected none of the evidence must give the final approval. By you: %(items)s.")
            % {"items": ", ".join(own)}
        )


def _set_vetted(profile: OrganizationProfile, level: str, lines: list[Line]) -> None:
    """What was found, and until when it holds: counted from the oldest check, on which certificates will rest."""
    for field, value in _found(lines):
        setattr(profile, field, value)
    now = policy.at(clock.now())
    since = min([clock.now(), *(beginning_of(line.check.checked_on) for line in lines if line.check)])
    profile.level, profile.reason = Level(level), ""
    profile.expires_at = since + timedelta(days=now.profile_reuse_days)
    profile.ev_expires_at = since + timedelta(days=now.ev_profile_reuse_days) if level == Level.EV else None
    profile.revet_at = profile.first_end - timedelta(days=now.profile_revet_days_before)
    profile.save()


def _found(lines: list[Line]) -> Iterable[tuple[str, str]]:
    return ((field, line.check.data.get(field, "")) for line in lines if line.check for field in line.item.fields)


@transaction.atomic
def decline(case: VettingCase, *, reason: str, by: "Administrator") -> VettingCase:
    """The organization is not vetted; the customer reads the reason. After a declined upgrade it stays vetted to OV."""
    require(may_vet(by))
    case = _lock_decidable(case)
    profile, was_upgrading = case.profile, case.profile.status == ProfileStatus.UPGRADING
    move(profile, DECLINING[profile.status], by=by, reason=reason)
    _set_reason(profile, reason)
    request = _close_ev_request(profile, EvRequest.Status.DECLINED)
    _close(case, "decline", by, reason=reason)
    if was_upgrading:
        notices.ev_refused(case, request)
        _tell(profile)  # orders for OV go on
    else:
        notices.declined(case, request)
    return case


@transaction.atomic
def suspend(profile: OrganizationProfile, *, reason: str, by: "Administrator") -> OrganizationProfile:
    """No order goes through until the profile is resumed; a re-vetting under way ends, an upgrade rests."""
    require(may_vet(by))
    profile = lock(profile)
    if profile.status == ProfileStatus.RE_VETTING:
        withdraw_case(profile, by=by)
    move(profile, "suspend", by=by, reason=reason)
    _set_reason(profile, reason)
    notices.suspended(profile)
    return profile


@transaction.atomic
def resume(profile: OrganizationProfile, *, by: "Administrator") -> OrganizationProfile:
    """Let orders through again; an upgrade to EV that was resting goes on."""
    require(may_vet(by))
    profile = lock(profile)
    is_upgrading = profile.ev_requests.filter(status__in=EvRequest.OPEN).exists()
    move(profile, "resume_upgrade" if is_upgrading else "resume", by=by)
    _set_reason(profile, "")
    notices.resumed(profile)
    _tell(profile)
    return profile


@transaction.atomic
def start_revetting(profile: OrganizationProfile, *, by: "Administrator") -> VettingCase:
    """Vet the organization again to the level that it has.

    An upgrade that was open when the profile expired is over; a re-vetting goes on where it was.
    """
    require(may_vet(by))
    profile = lock(profile)
    move(profile, "revet", by=by)
    notices.revetting(profile)
    _close_ev_request(profile, EvRequest.Status.CANCELED)
    case = the_open_case(profile)
    if case and not case.is_revetting:
        _close(case, "withdraw", by)
    return open_case(profile, profile.level, is_revetting=True)


def _set_reason(profile: OrganizationProfile, reason: str) -> None:
    profile.reason = reason
    profile.save(update_fields=["reason"])


def _close_ev_request(profile: OrganizationProfile, status: EvRequest.Status) -> EvRequest | None:
    request = profile.ev_requests.select_for_update().filter(status__in=EvRequest.OPEN).first()
    if request:
        request.status, request.closed_at = status, clock.now()
        request.save(update_fields=["status", "closed_at"])
    return request


def _lock_open(case: VettingCase) -> VettingCase:
    """The case and its profile, fresh and locked in the order in which all lock them. Raises MovedOn."""
    profile = lock(case.profile)
    case = lock(case)
    case.profile = profile
    if case.status != Status.OPEN:
        words = {"thing": case, "decision": case.get_status_display(), "when": _when(case.closed_at)}
        raise MovedOn(_("Somebody was faster: the case of “%(thing)s” was closed (%(decision)s) %(when)s.") % words)
    return case


def _when(moment: datetime | None) -> str:
    return date_format(localtime(moment), "DATETIME_FORMAT") if moment else ""


def _lock_decidable(case: VettingCase) -> VettingCase:
    case = _lock_open(case)
    if case.profile.status not in DECIDABLE:
        words = {"thing": case, "status": case.profile.get_status_display()}
        raise MovedOn(_("“%(thing)s” is %(status)s now: nothing can be decided about its vetting.") % words)
    return case


def _close(case: VettingCase, name: str, by: Any, *, reason: str = "") -> None:
    move(case, name, by=by, reason=reason)
    case.closed_at, case.taken_by = clock.now(), None
    case.save(update_fields=["closed_at", "taken_by"])


def _tell(profile: OrganizationProfile) -> None:
    send: Callable[[], object] = partial(signals.decided.send, OrganizationProfile, profile=profile)
    transaction.on_commit(send)
