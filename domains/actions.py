"""The verbs of domains: the only code that changes their state."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction

from domains import notices, rules, signals
from domains.models import Attempt, Domain
from domains.states import Method, Outcome, Status
from profiles.states import Level
from sslportal.kit import audit, clock, names, policy, tokens
from sslportal.kit.models import Link
from sslportal.kit.moves import lock, move, require

if TYPE_CHECKING:
    from accounts.models import Administrator
    from profiles.models import OrganizationProfile

CONFIRM = "confirm-domain"


@transaction.atomic
def add_domain(profile: "OrganizationProfile", name: str, *, level: str, address: str, by: "Administrator") -> Domain:
    """Add the domain, Pending, and begin to confirm it: by a mail to `address`, or by the vetting team without one.

    `address` must be one of those on offer (names.constructed_addresses). A domain that the profile has already is
    returned as it is. EV domains and internationalized names go to the vetting team whatever the address.
    """
    require(rules.may_add(by, profile))
    domain, is_new = Domain.objects.get_or_create(
        profile=profile, name=name, defaults={"level": level, "requester": by}
    )
    if is_new:
        audit.record(domain, "add", by=by, after=domain.status)
        _begin(domain, address, by)
    return domain


def _begin(domain: Domain, address: str, by: "Administrator") -> None:
    by_person = rules.needs_person(domain.level, is_idn=names.parse(domain.name).is_idn)
    method = Method.MANUAL if by_person or not address else Method.MAIL
    if method == Method.MAIL and address not in names.constructed_addresses(domain.name):
        raise ValueError("The address is not one of those on offer for the domain.")
    attempt = Attempt.objects.create(
        domain=domain,
        profile=domain.profile,
        name=domain.name,
        level=domain.level,
        method=method,
        address=address if method == Method.MAIL else "",
        requester=by,
    )
    if method == Method.MAIL:
        lifetime = timedelta(days=policy.at(clock.now()).confirmation_lifetime_days)
        notices.please_confirm(attempt, tokens.issue(CONFIRM, attempt.pk, lifetime), lifetime)


@transaction.atomic
def upgrade_domain(domain: Domain, *, by: "Administrator") -> Domain:
    """Ask the vetting team to vet an OV domain to EV; meanwhile it goes on serving OV."""
    require(rules.may_add(by, domain.profile))
    domain = lock(domain)
    move(domain, "upgrade", by=by)
    Attempt.objects.create(
        domain=domain, profile=domain.profile, name=domain.name, level=Level.EV, method=Method.MANUAL, requester=by
    )
    return domain


@transaction.atomic
def approve_by_link(link: Link, *, reader: str) -> Domain:
    """The reader of the confirmation mail approves: the domain is Ready."""
    domain, attempt = _use(link)
    move(attempt, "approve", by=reader)
    return _confirm(domain, by=reader)


@transaction.atomic
def deny_by_link(link: Link, *, reader: str) -> None:
    """The reader of the confirmation mail does not approve: the domain, which was being added, is deleted (D7)."""
    domain, attempt = _use(link)
    move(attempt, "deny", by=reader)
    notices.denied(domain, reader)
    audit.record(domain, "delete", by=reader, before=domain.status)
    _tell(domain)
    domain.delete()


def _use(link: Link) -> tuple[Domain, Attempt]:
    """Use the link up; its domain and attempt, locked in this order, as everywhere. Raises LinkRefused."""
    attempt = Attempt.objects.get(pk=link.subject_id)
    if attempt.domain is None:
        raise tokens.LinkRefused("used")
    domain = lock(attempt.domain)
    tokens.use(link)
    return domain, lock(attempt)


@transaction.atomic
def confirm_by_vetting(domain: Domain, *, by: "Administrator") -> Domain:
    """The vetting team has made sure that the organization controls the domain, at the level that was asked for."""
    require(rules.may_vet(by))
    domain = lock(domain)
    if domain.status == Status.UPGRADING:
        domain.level = Level.EV
    _close_attempts(domain, "approve", by)
    return _confirm(domain, by=by)


@transaction.atomic
def decline(domain: Domain, *, reason: str, by: "Administrator") -> Domain:
    """The vetting team refuses the domain, or its upgrade to EV; the customer sees the reason."""
    require(rules.may_vet(by))
    domain = lock(domain)
    _close_attempts(domain, "deny", by)
    move(domain, "refuse_upgrade" if domain.status == Status.UPGRADING else "decline", by=by, reason=reason)
    domain.decline_reason = reason
    domain.save(update_fields=["decline_reason"])
    notices.declined(domain)
    _tell(domain)
    return domain


def _confirm(domain: Domain, *, by: "Administrator | str") -> Domain:
    move(domain, "confirm", by=by)
    rules_now = policy.at(clock.now())
    domain.expires_at = clock.now() + timedelta(days=rules_now.domain_reuse_days)
    domain.revet_at = domain.expires_at - timedelta(days=rules_now.domain_revet_days_before)
    domain.save(update_fields=["level", "expires_at", "revet_at"])
    notices.confirmed(domain)
    _tell(domain)
    return domain


def _close_attempts(domain: Domain, name: str, by: "Administrator") -> None:
    for attempt in domain.attempts.filter(status=Outcome.WAITING):
        tokens.withdraw(CONFIRM, attempt.pk)
        move(attempt, name, by=by)


def _tell(domain: Domain) -> None:
    send: Callable[[], object] = partial(signals.decided.send, Domain, profile=domain.profile)
    transaction.on_commit(send)
