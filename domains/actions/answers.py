"""Answers from outside: the reader of a confirmation mail, and what a worker found in DNS or on a web server."""

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from domains import notices
from domains.actions import outcome
from domains.methods import Finding
from domains.models import Attempt, Check, Domain
from domains.states import Outcome, Status
from sslportal.kit import clock, tokens
from sslportal.kit.models import Link
from sslportal.kit.moves import lock, move

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=1)  # between two looks; doubled each time


@transaction.atomic
def approve_by_link(link: Link, *, reader: str) -> Domain:
    """The reader of the confirmation mail approves. Raises LinkRefused, MovedOn."""
    domain, attempt = _use(link)
    return outcome.prove(domain, attempt, by=reader)


@transaction.atomic
def deny_by_link(link: Link, *, reader: str) -> str:
    """The reader does not approve: a domain that was being added is deleted, another one is what it was (D7).

    Returns the status that the domain had. Raises LinkRefused, MovedOn.
    """
    domain, attempt = _use(link)
    before = domain.status
    notices.denied(domain, attempt, reader)
    if before == Status.PENDING:
        move(attempt, "deny", by=reader)
        outcome.remove(domain, by=reader)
    else:
        with override(domain.profile.language):
            reason = _("%(reader)s did not approve.") % {"reader": reader}
        outcome.turn_down(domain, attempt, reason=reason, by=reader)
    return before


def _use(link: Link) -> tuple[Domain, Attempt]:
    """Use the link up; its domain and attempt, locked in this order, as everywhere. Raises LinkRefused."""
    attempt = Attempt.objects.get(pk=link.subject_id)
    domain = _locked_domain(attempt)
    if domain is None:
        raise tokens.LinkRefused("used")
    tokens.use(link)
    return domain, lock(attempt)


def _locked_domain(attempt: Attempt) -> Domain | None:
    """The domain of the attempt, locked; None where it is deleted, though the attempt in hand may not know it yet."""
    return Domain.objects.select_for_update(of=["self"]).filter(attempts=attempt).first()


@transaction.atomic
def record_check(attempt: Attempt, finding: Finding) -> Check | None:
    """Write down what a look brought, and draw the conclusion. None where the attempt no longer waits."""
    domain = _locked_domain(attempt)
    if domain is None:
        return None
    attempt = lock(attempt)
    if attempt.status != Outcome.WAITING or attempt.domain_id != domain.pk:
        return None
    check = write_down(attempt, finding)
    if finding.is_found and not _is_too_late(attempt):
        outcome.prove(domain, attempt)
        return check
    pause = min(FIRST_PAUSE * 2 ** min(attempt.tries, 10), LONGEST_PAUSE)
    attempt.tries, attempt.next_check_at = min(attempt.tries + 1, 1000), clock.now() + pause
    attempt.save(update_fields=["tries", "next_check_at"])
    return check


def write_down(attempt: Attempt, finding: Finding) -> Check:
    """Keep what was asked, of whom, and what came back."""
    return Check.objects.create(
        attempt=attempt,
        question=finding.question[:400],
        asked=finding.asked[:100],
        verdict=finding.verdict,
        code=finding.code,
        found=finding.found,
        detail=finding.detail[:300],
    )


def _is_too_late(attempt: Attempt) -> bool:
    return attempt.expires_at is not None and attempt.expires_at <= clock.now()
