"""What follows from a proof of control, and from a refusal: the same whoever brings it."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction

from domains import notices, rules, signals
from domains.methods.mail import CONFIRM
from domains.models import Attempt, Domain
from domains.queries import open_attempt
from domains.states import Method, Outcome, Status
from profiles.notifications.moments import midnight
from sslportal.kit import audit, clock, policy, tokens
from sslportal.kit.moves import lock, move

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Administrator

BY_STATUS = {  # the move that a confirmed domain makes
    Status.PENDING: "confirm",
    Status.UPGRADING: "finish_upgrade",
    Status.RE_VETTING: "reconfirm",
    Status.EXPIRED: "reconfirm",  # a re-vetting that was not finished before the end, and then was
    Status.READY: "renew",
    Status.EXPIRING: "renew",
}


def locked_attempt(domain: Domain) -> Attempt | None:
    """The open attempt of the domain, which is locked already."""
    attempt = open_attempt(domain)
    return lock(attempt) if attempt else None


def prove(domain: Domain, attempt: Attempt, *, by: "Administrator | str | None" = None) -> Domain:
    """Control is proved by the attempt; where the vetting team must finish, it comes to the desk. Both rows are locked."""
    if not attempt.needs_vetting:
        return confirm(domain, attempt, proved_by=attempt.method, at=clock.now(), by=by)
    move(attempt, "prove", by=by)
    attempt.proved_by, attempt.proved_at, attempt.next_check_at = attempt.method, clock.now(), None
    attempt.save(update_fields=["proved_by", "proved_at", "next_check_at"])
    return domain


def confirm(
    domain: Domain, attempt: Attempt, *, proved_by: str, at: "datetime", by: "Administrator | str | None" = None
) -> Domain:
    """The domain is Ready at the level of the attempt, for as long as the policy lets the proof count."""
    move(attempt, "approve", by=by)
    attempt.proved_by, attempt.proved_at, attempt.next_check_at = proved_by, at, None
    attempt.save(update_fields=["proved_by", "proved_at", "next_check_at"])
    move(domain, BY_STATUS[Status(domain.status)], by=by)
    domain.level, domain.method, domain.confirmed_at, domain.reason = attempt.level, proved_by, at, ""
    set_end(domain)
    domain.save(update_fields=["level", "method", "confirmed_at", "reason", *ENDS])
    notices.confirmed(domain, attempt)
    tell(domain)
    return domain


ENDS = ("expires_at", "revet_at", "no_reminders", "look_again_at")


def set_end(domain: Domain) -> None:
    """When the confirmation ends by the policy, and when it is time to confirm anew. Not saved."""
    assert domain.confirmed_at  # noqa: S101  # whoever calls has just set it
    domain.expires_at = policy.domain_evidence_ends(domain.method, domain.level, domain.confirmed_at)
    zone, before = domain.profile.account.zone, timedelta(days=policy.at(clock.now()).domain_revet_days_before)
    day = (domain.expires_at - before).astimezone(zone).date()  # whole days, so that all of a day are told of together
    domain.revet_at = max(midnight(day, zone), domain.confirmed_at)
    domain.no_reminders, domain.look_again_at = False, None


def withdraw(attempt: Attempt, *, by: "Administrator | None" = None) -> None:
    """The attempt counts no more: its link leads nowhere, nothing is looked for."""
    tokens.withdraw(CONFIRM, attempt.pk)
    move(attempt, "withdraw", by=by)


def withdraw_open(domain: Domain, *, by: "Administrator | None" = None) -> None:
    attempt = locked_attempt(domain)
    if attempt:
        withdraw(attempt, by=by)


def turn_down(domain: Domain, attempt: Attempt, *, reason: str, by: "Administrator | str") -> Domain:
    """An upgrade or a re-vetting is refused: the domain is what its dates say (D7). Both rows are locked."""
    tokens.withdraw(CONFIRM, attempt.pk)
    move(attempt, "deny", by=by, reason=reason)
    if refused := {Status.UPGRADING: "refuse_upgrade", Status.RE_VETTING: "refuse_revetting"}.get(
        Status(domain.status)
    ):
        move(domain, refused, by=by, reason=reason)
        follow_dates(domain)
    domain.reason = reason
    domain.save(update_fields=["reason"])
    tell(domain)
    return domain


def follow_dates(domain: Domain) -> None:
    """Bring the status of a locked domain that was busy otherwise to what its dates say: Ready, Expiring or Expired.

    Who was not told of the date when it passed is told now.
    """
    now = clock.now()
    if domain.expires_at and domain.expires_at <= now:
        move(domain, "expire")
        notices.expired(domain)
    elif domain.revet_at and domain.revet_at <= now:
        if domain.status == Status.READY:
            move(domain, "expiring")
        warn(domain)
    elif domain.status == Status.EXPIRING:
        move(domain, "settle")


def warn(domain: Domain) -> None:
    """The end is near: have the record looked for that may confirm the domain again. It is locked.

    Without one, people are reminded by the next sweep (domains.life.endings).
    """
    if record_that_renews(domain):
        domain.look_again_at = domain.look_again_at or clock.now()
        domain.save(update_fields=["look_again_at"])


def record_that_renews(domain: Domain) -> Attempt | None:
    """The attempt whose DNS record confirms the domain again while it is there; None where people must confirm (D8, D11).

    It is that of the confirmation of now: what the vetting team found by itself brings no older record back.
    """
    if not policy.at(clock.now()).dns_record_renews or rules.needs_person(domain.level, is_idn=domain.is_idn):
        return None
    if domain.method != Method.DNS:
        return None
    proof = domain.attempts.filter(status=Outcome.APPROVED).order_by("-pk").first()
    return proof if proof and proof.proved_by == Method.DNS and proof.value else None


def remove(domain: Domain, *, by: "Administrator | str", reason: str = "") -> None:
    """Delete the domain, which is locked; its attempts and its history stay."""
    audit.record(domain, "delete", by=by, before=domain.status, reason=reason)
    tell(domain)
    domain.delete()


def tell(domain: Domain) -> None:
    """Say to the apps above that the domain was decided, after the commit."""
    send: Callable[[], object] = partial(signals.decided.send, Domain, profile=domain.profile)
    transaction.on_commit(send)
