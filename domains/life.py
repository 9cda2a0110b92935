"""What time does to domains: answers that do not come, the end that is near, DNS records that confirm again (D11)."""

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction

from accounts.models import Account
from domains import checks, notices
from domains.actions import answers, outcome
from domains.methods import Finding, dns
from domains.models import Attempt, Check, Domain
from domains.states import Method, Status
from profiles.notifications import telling
from profiles.notifications.expiry import Ending
from profiles.queries import with_people
from sslportal.kit import audit, clock, tokens
from sslportal.kit.moves import MovedOn, lock, move

log = logging.getLogger(__name__)

LOOK_AGAIN_EVERY = timedelta(days=1)
LOOKED_FOR = timedelta(days=7)  # before the end; until then nobody is reminded of what a record may confirm again
AT_ONCE = 100  # records that one sweep looks for again


def sweep() -> None:
    """Do what is due, one by one; safe to call at any time and twice."""
    _each(Attempt.objects.timed_out().order_by("pk").iterator(), time_out)
    _each(Domain.objects.ended().order_by("pk").iterator(), expire)
    _each(Domain.objects.to_revet().order_by("pk").iterator(), begin_to_expire)
    look_again()


def _each(due: Iterable[Any], act: Callable[[Any], object]) -> None:
    for one in due:
        try:
            act(one)
        except (MovedOn, ObjectDoesNotExist):
            continue  # somebody, or another sweep, was faster
        except Exception:  # one that cannot be dealt with must not keep the others
            log.exception("The sweep could not deal with %s", one)


@transaction.atomic
def time_out(attempt: Attempt) -> None:
    """Nobody answered, or the record never came: the domain is what it was, and people are told."""
    assert attempt.domain  # noqa: S101  # the query leaves out what was deleted
    domain = lock(attempt.domain)
    attempt = lock(attempt)
    move(attempt, "time_out")
    tokens.withdraw(outcome.CONFIRM, attempt.pk)
    notices.timed_out(domain, attempt)
    if name := {Status.UPGRADING: "time_out_upgrade", Status.RE_VETTING: "time_out_revetting"}.get(
        Status(domain.status)
    ):
        move(domain, name)
        outcome.follow_dates(domain)
        outcome.tell(domain)
    else:
        audit.record(domain, "time_out", before=domain.status, after=domain.status)


@transaction.atomic
def expire(domain: Domain) -> None:
    """The confirmation is too old: nothing is issued until it is confirmed again."""
    domain = lock(domain)
    move(domain, "expire")
    notices.expired(domain)
    outcome.tell(domain)


@transaction.atomic
def begin_to_expire(domain: Domain) -> None:
    """The end is near enough to confirm anew. One that a DNS record confirmed is looked for before anybody is told."""
    domain = lock(domain)
    move(domain, "expiring")
    outcome.warn(domain)


def endings(account: Account, now: datetime) -> Iterator[Ending]:
    """Of the account, those near their end of which people have not been told at the moment that has come."""
    near = list(Domain.objects.filter(profile__account=account).to_remind(LOOKED_FOR).order_by("expires_at"))
    profiles = {profile.pk: profile for profile in with_people(account)} if near else {}
    for domain in near:
        domain.profile = profiles[domain.profile_id]
    keys = {domain: f"{notices.EXPIRING.key}:{domain.pk}:{notices.reminder(domain, now)}" for domain in near}
    told = telling.told(keys.values())
    yield from (notices.ending(domain, now) for domain, key in keys.items() if key not in told)


def look_again() -> None:
    """Look for the records of domains near their end: there, they confirm again; gone, people are told (once)."""
    due = list(Domain.objects.to_look_for().order_by("look_again_at")[:AT_ONCE])
    proofs = [(domain, outcome.record_that_renews(domain)) for domain in due]
    _each([domain for domain, proof in proofs if proof is None], look_no_more)
    looked_for = [(domain, proof) for domain, proof in proofs if proof]
    findings = checks.look_for_all([proof for _domain, proof in looked_for])
    _each(zip(looked_for, findings, strict=True), _conclude)


@transaction.atomic
def look_no_more(domain: Domain) -> None:
    """The operator has changed the policy since: no record confirms the domain again, so people are asked to."""
    domain = lock(domain)
    domain.look_again_at = None
    domain.save(update_fields=["look_again_at"])
    if domain.status == Status.EXPIRING:
        outcome.warn(domain)


def _conclude(looked: tuple[tuple[Domain, Attempt], Finding]) -> None:
    (domain, proof), finding = looked
    record_again(domain, proof, finding)


@transaction.atomic
def record_again(domain: Domain, proof: Attempt, finding: Finding) -> None:
    """Write down what the look at the record of `proof` brought; where it is still there, the domain is confirmed again."""
    domain = lock(domain)
    if domain.status != Status.EXPIRING or domain.look_again_at is None or domain.look_again_at > clock.now():
        return  # somebody, or another sweep, was faster
    again = Attempt.objects.create(
        domain=domain,
        profile=domain.profile,
        name=domain.name,
        level=domain.level,
        method=Method.DNS,
        value=proof.value,
    )
    answers.write_down(again, finding)
    if finding.is_found:
        outcome.confirm(domain, again, proved_by=Method.DNS, at=clock.now())
        return
    move(again, "time_out")
    domain.look_again_at = clock.now() + LOOK_AGAIN_EVERY
    domain.save(update_fields=["look_again_at"])
    if domain.no_reminders:
        return
    if finding.verdict == Check.Verdict.FAILED:
        notices.expiring(domain)
    elif notices.record_gone(domain, again, dns.host(domain.name)):
        audit.record(domain, "record_gone", before=domain.status, after=domain.status)
