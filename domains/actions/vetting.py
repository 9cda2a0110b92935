"""What the vetting team does with domains: finish a confirmation by hand, decline, suspend, resume."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from domains import notices, rules
from domains.actions import outcome
from domains.models import Attempt, Domain, Evidence
from domains.states import Method, Outcome, Status
from profiles.vetting import evidence as store
from profiles.vetting.evidence import Received
from sslportal.kit import clock, policy
from sslportal.kit.moves import MovedOn, Refused, lock, move, require

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Administrator


class MethodMissing(Refused):
    """The policy asks by which of the other methods control was proved."""


@transaction.atomic
def approve(
    domain: Domain,
    *,
    source: str,
    by: "Administrator",
    proved_by: str = "",
    note: str = "",
    file: Received | None = None,
) -> Domain:
    """The vetting team has made sure that the organization controls the domain, at the level that was asked for.

    `proved_by` is the method that proved it; by default the one that proved control already, else the team's own word,
    where the policy lets it count. Raises PermissionDenied, MovedOn, and MethodMissing.
    """
    require(rules.may_vet(by))
    domain = lock(domain)
    attempt = _waiting(domain)
    method, at = _proof(attempt, proved_by)
    stored = store.keep(file) if file else ""
    try:
        with transaction.atomic():
            Evidence.objects.create(attempt=attempt, source=source, note=note, by=by, stored=stored, **_about(file))
            return outcome.confirm(domain, attempt, proved_by=method, at=at, by=by)
    except BaseException:
        if stored:
            store.discard(stored)
        raise


def _about(file: Received | None) -> dict[str, object]:
    if file is None:
        return {}
    return {"name": file.name, "content_type": file.content_type, "size": len(file.content), "sha256": file.sha256}


def _proof(attempt: Attempt, proved_by: str) -> tuple[str, "datetime"]:
    """The method whose reach counts, and when it proved control (BR 3.2.2.4.11: the team's word is no method)."""
    if attempt.status == Outcome.PROVED:
        assert attempt.proved_at  # noqa: S101  # set together with the status
        return attempt.proved_by, attempt.proved_at
    method = policy.at(clock.now()).method(proved_by or Method.MANUAL)
    if method is None or method.by_another_method:
        raise MethodMissing(_("Say by which method control of the domain was proved: the rules ask for one of them."))
    return method.key, clock.now()


def _waiting(domain: Domain) -> Attempt:
    attempt = outcome.locked_attempt(domain)
    if attempt is None or not rules.is_in_the_teams_hands(attempt):
        raise MovedOn(_("Somebody was faster: “%(thing)s” is no longer waiting.") % {"thing": domain})
    return attempt


@transaction.atomic
def decline(domain: Domain, *, reason: str, by: "Administrator") -> Domain:
    """The vetting team refuses the domain, its upgrade to EV or its re-vetting; the customer sees the reason."""
    require(rules.may_vet(by))
    domain = lock(domain)
    attempt = _waiting(domain)
    if domain.status != Status.PENDING:
        notices.declined(domain, attempt, reason)
        return outcome.turn_down(domain, attempt, reason=reason, by=by)
    move(attempt, "deny", by=by, reason=reason)
    move(domain, "decline", by=by, reason=reason)
    domain.reason = reason
    domain.save(update_fields=["reason"])
    notices.declined(domain, attempt, reason)
    outcome.tell(domain)
    return domain


@transaction.atomic
def suspend(domain: Domain, *, reason: str, by: "Administrator") -> Domain:
    """Nothing is issued for the domain until it is resumed; what was under way for it ends."""
    require(rules.may_vet(by))
    domain = lock(domain)
    move(domain, "suspend", by=by, reason=reason)
    outcome.withdraw_open(domain, by=by)
    domain.reason = reason
    domain.save(update_fields=["reason"])
    notices.suspended(domain)
    outcome.tell(domain)
    return domain


@transaction.atomic
def resume(domain: Domain, *, by: "Administrator") -> Domain:
    """The domain is again what its dates say."""
    require(rules.may_vet(by))
    domain = lock(domain)
    move(domain, "resume", by=by)
    domain.reason = ""
    domain.save(update_fields=["reason"])
    outcome.follow_dates(domain)
    notices.resumed(domain)
    outcome.tell(domain)
    return domain
