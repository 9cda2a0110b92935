"""Confirmations that nobody answers in time."""

from datetime import timedelta

import pytest

from domains.actions import requests
from domains.models import Attempt, Domain
from domains.states import Method, Outcome, Status
from profiles.states import Level
from sslportal.kit import audit
from sslportal.kit.models import Link
from tests.domains.years import (
    END,
    EXPIRED,
    REVET,
    START,
    TIMED_OUT,
    at,
    begun,
    confirmed,
    expires,
    status,
    subjects,
    sweep,
    told,
)
from tests.factories import make_domain
from tests.letters import letters_to


@pytest.mark.parametrize(
    ("method", "says"),
    [
        (Method.MAIL, "The mail to admin@example.com was not answered in time."),
        (Method.DNS_CONTACT, "The mail to admin@example.com was not answered in time."),
        (Method.DNS, "The record or file that was asked for was not found in time."),
        (Method.FILE, "The record or file that was asked for was not found in time."),
    ],
)
def test_a_new_domain_that_nobody_confirms_stays_pending_and_people_are_told(people, method, says):
    domain = make_domain(people.ov, status=Status.PENDING, requester=people.stan)
    attempt = begun(domain, 0, method=method)

    sweep(13, 14, 15)

    attempt.refresh_from_db()
    assert (status(domain), attempt.status) == (Status.PENDING, Outcome.TIMED_OUT)
    assert told() == told("stan@example.com") == [(14, TIMED_OUT)]
    assert says in letters_to("paul@example.com")[0].text
    assert [entry.verb for entry in audit.of(domain)] == ["time_out"]
    assert [entry.verb for entry in audit.of(attempt)] == ["time_out"]


def test_a_way_can_be_chosen_anew_after_that(people):
    domain = make_domain(people.ov, status=Status.PENDING)
    begun(domain, 0)
    sweep(14)

    with at(15):
        requests.reconfirm(domain, choice="dns", by=people.paul)

    assert domain.attempts.open().get().method == Method.DNS


def test_the_link_of_the_mail_leads_nowhere_after_that(people):
    with at(0):
        domain = requests.add_domain(
            people.ov, "example.com", level=Level.OV, choice="admin@example.com", by=people.paul
        )

    sweep(14)

    assert Link.objects.get().used_at == START + timedelta(days=14)
    assert status(domain) == Status.PENDING


@pytest.mark.parametrize(
    ("busy", "began", "expected"),
    [
        (Status.UPGRADING, 10, Status.READY),
        (Status.UPGRADING, 50, Status.EXPIRING),
        (Status.UPGRADING, 80, Status.EXPIRED),
        (Status.RE_VETTING, 10, Status.READY),
        (Status.RE_VETTING, 62, Status.EXPIRING),
        (Status.RE_VETTING, 80, Status.EXPIRED),
        (Status.RE_VETTING, 100, Status.EXPIRED),
        (Status.EXPIRED, 85, Status.EXPIRED),
    ],
)
def test_a_domain_that_was_up_is_again_what_its_dates_say(people, busy, began, expected):
    domain = confirmed(people.ov, status=busy)
    attempt = begun(domain, began)
    Attempt.objects.filter(domain__status=Status.UPGRADING).update(level=Level.EV)

    sweep(began + 14)

    domain.refresh_from_db()
    attempt.refresh_from_db()
    assert (domain.status, domain.level, attempt.status) == (expected, Level.OV, Outcome.TIMED_OUT)
    assert TIMED_OUT in subjects()


@pytest.mark.parametrize("busy", [Status.UPGRADING, Status.RE_VETTING])
def test_who_was_busy_when_the_end_came_near_is_told_afterwards(people, busy):
    """The re-vetting date passed while something else was under way, which then came to nothing."""
    domain = confirmed(people.ov, status=busy)
    begun(domain, 50)

    sweep(REVET, 63, 64, 65, END - 7, END - 1, END)

    assert told() == [
        (64, TIMED_OUT),
        (64, expires(26)),
        (END - 7, expires(7)),
        (END - 1, expires(1)),
        (END, EXPIRED),
    ]


@pytest.mark.parametrize("busy", [Status.UPGRADING, Status.RE_VETTING])
def test_a_worker_that_was_down_tells_of_the_end_too(people, busy):
    domain = confirmed(people.ov, status=busy)
    begun(domain, 70)

    sweep(END + 5)

    assert status(domain) == Status.EXPIRED
    assert sorted(subjects()) == [EXPIRED, TIMED_OUT]


@pytest.mark.parametrize("fields", [{"method": Method.MANUAL, "expires_at": None}, {"status": Outcome.PROVED}])
def test_what_the_vetting_team_has_in_hand_does_not_time_out(people, fields):
    domain = make_domain(people.ov, status=Status.PENDING)
    attempt = begun(domain, 0, **fields)

    sweep(400)

    attempt.refresh_from_db()
    assert attempt.status in (Outcome.WAITING, Outcome.PROVED)
    assert subjects() == []


def test_a_domain_that_was_deleted_times_out_no_more(people):
    domain = make_domain(people.ov, status=Status.PENDING)
    attempt = begun(domain, 0)
    Domain.objects.all().delete()

    sweep(400)

    attempt.refresh_from_db()
    assert attempt.status == Outcome.WAITING
    assert subjects() == []
