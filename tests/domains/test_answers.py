"""Answers from outside: what the reader of a confirmation mail says, and what a look at DNS or a web server brings."""

from datetime import timedelta

import pytest
import time_machine

from domains.actions import answers, requests
from domains.methods import Finding
from domains.models import Attempt, Check, Domain
from domains.states import Method, Outcome, Status
from profiles.states import Level
from sslportal.kit import audit, clock, policy, tokens
from sslportal.kit.models import Link, OutgoingMail
from tests.factories import make_domain, make_ev_profile
from tests.letters import last_letter

READER = "admin@example.com"
FOUND = Finding("found", "found", "TXT _sslportal-challenge.example.com", "192.0.2.53:53")
MISSING = Finding("missing", "nothing", "TXT _sslportal-challenge.example.com", "192.0.2.53:53")


def the_link():
    return Link.objects.filter(used_at=None).get()


def adding(people, choice=READER):
    return requests.add_domain(people.ov, "example.com", level=Level.OV, choice=choice, by=people.paul)


def revetting(people, choice=READER, **fields):
    fields = {"revet_at": clock.now(), "expires_at": clock.now() + timedelta(days=20), **fields}
    domain = make_domain(people.ov, status=Status.EXPIRING, **fields)
    requests.reconfirm(domain, choice=choice, by=people.paul)
    return domain


def upgrading(people, choice=READER):
    domain = make_domain(make_ev_profile(people.company, primary=people.paul))
    requests.upgrade_domain(domain, choice=choice, by=people.paul)
    return domain


def approve():
    return answers.approve_by_link(the_link(), reader=READER)


def deny():
    return answers.deny_by_link(the_link(), reader=READER)


# Approve


def test_approving_makes_it_ready_for_as_long_as_the_policy_says(people):
    domain = adding(people)

    approve()

    domain.refresh_from_db()
    days = policy.at(clock.now()).domain_reuse_days
    assert (domain.status, domain.method) == (Status.READY, Method.MAIL)
    assert abs(domain.expires_at - clock.now() - timedelta(days=days)) < timedelta(minutes=1)
    assert domain.revet_at.date() == (domain.expires_at - timedelta(days=30)).date()
    assert [entry.actor for entry in audit.of(domain)] == ["paul@example.com", READER]


def test_approving_a_re_vetting_begins_a_new_period(people):
    domain = revetting(people, no_reminders=True)
    before = domain.expires_at

    approve()

    domain.refresh_from_db()
    assert (domain.status, domain.no_reminders) == (Status.READY, False)
    assert domain.expires_at > before


def test_approving_an_upgrade_proves_control_and_the_vetting_team_finishes(people):
    domain = upgrading(people)

    approve()

    domain.refresh_from_db()
    assert (domain.status, domain.level) == (Status.UPGRADING, Level.OV)
    assert domain.attempts.get().status == Outcome.PROVED
    assert list(Domain.objects.awaiting_vetting()) == [domain]


def test_an_approval_after_the_end_still_confirms(people):
    domain = revetting(people)
    Domain.objects.update(status=Status.EXPIRED)

    approve()

    domain.refresh_from_db()
    assert domain.status == Status.READY


# DO NOT approve (D7)


def test_a_domain_being_added_is_deleted_and_the_attempt_stays(people):
    adding(people)

    deny()

    attempt = Attempt.objects.get()
    assert not Domain.objects.exists()
    assert (attempt.name, attempt.status) == ("example.com", Outcome.DENIED)
    assert "was removed" in last_letter("paul@example.com").text


def test_a_domain_being_upgraded_stays_ready_at_ov(people):
    domain = upgrading(people)

    deny()

    domain.refresh_from_db()
    assert (domain.status, domain.level) == (Status.READY, Level.OV)
    assert domain.reason == f"{READER} did not approve."


def test_a_domain_being_re_vetted_is_expiring_again(people):
    domain = revetting(people)

    deny()

    domain.refresh_from_db()
    assert domain.status == Status.EXPIRING


def test_a_re_vetting_begun_long_before_the_end_leaves_it_ready(people):
    domain = make_domain(people.ov, expires_at=clock.now() + timedelta(days=300), revet_at=clock.now() + timedelta(270))
    requests.reconfirm(domain, choice=READER, by=people.paul)

    deny()

    domain.refresh_from_db()
    assert domain.status == Status.READY


def test_a_domain_that_has_expired_meanwhile_stays_expired(people):
    domain = revetting(people)
    Domain.objects.update(status=Status.EXPIRED, expires_at=clock.now() - timedelta(days=1))

    deny()

    domain.refresh_from_db()
    assert (domain.status, domain.attempts.get().status) == (Status.EXPIRED, Outcome.DENIED)


@pytest.mark.parametrize("begin", [adding, revetting, upgrading])
def test_the_link_works_once(people, begin):
    begin(people)
    link = the_link()
    answers.approve_by_link(link, reader=READER)

    with pytest.raises(tokens.LinkRefused):
        answers.deny_by_link(link, reader=READER)

    assert Domain.objects.get().status != Status.EXPIRING


# A record or a file


def test_a_record_that_is_found_confirms(people):
    attempt = adding(people, "dns").attempts.get()

    answers.record_check(attempt, FOUND)

    domain = Domain.objects.get()
    assert (domain.status, domain.method) == (Status.READY, Method.DNS)
    assert [entry.actor for entry in audit.of(domain)] == ["paul@example.com", "portal"]


def test_one_that_is_not_is_looked_for_ever_more_rarely(people):
    attempt = adding(people, "dns").attempts.get()
    pauses = []
    with time_machine.travel(clock.now(), tick=False):
        for _ in range(12):
            answers.record_check(attempt, MISSING)
            attempt.refresh_from_db()
            pauses.append((attempt.next_check_at - clock.now()).total_seconds())

    assert pauses == [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600]


def test_each_look_is_written_down(people):
    attempt = adding(people, "dns").attempts.get()

    answers.record_check(attempt, MISSING)

    check = Check.objects.get()
    assert (check.question, check.asked, check.verdict, check.code) == (
        "TXT _sslportal-challenge.example.com", "192.0.2.53:53", "missing", "nothing",
    )  # fmt: skip


def test_what_is_found_after_the_value_has_expired_confirms_nothing(people):
    attempt = adding(people, "dns").attempts.get()

    with time_machine.travel(attempt.expires_at):
        answers.record_check(attempt, FOUND)

    assert Domain.objects.get().status == Status.PENDING


@pytest.mark.parametrize("end", ["withdraw", "deny", "approve"])
def test_a_look_that_comes_too_late_changes_nothing(people, end):
    domain = adding(people, "dns")
    attempt = domain.attempts.get()
    Attempt.objects.update(status={"withdraw": "withdrawn", "deny": "denied", "approve": "approved"}[end])

    assert answers.record_check(attempt, FOUND) is None

    assert Domain.objects.get().status == Status.PENDING


def test_a_look_for_a_domain_that_was_deleted_changes_nothing(people):
    domain = adding(people, "dns")
    attempt = domain.attempts.get()
    requests.delete_domain(domain, by=people.paul)
    attempt.refresh_from_db()

    assert answers.record_check(attempt, FOUND) is None


def test_the_team_finishes_what_a_record_proved_for_ev(people):
    domain = upgrading(people, "dns")

    answers.record_check(domain.attempts.get(), FOUND)

    attempt = domain.attempts.get()
    assert (attempt.status, attempt.proved_by, attempt.next_check_at) == (Outcome.PROVED, Method.DNS, None)
    assert not OutgoingMail.objects.filter(key__startswith="domain-ready").exists()
