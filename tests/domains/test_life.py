"""What time does to domains (D11): the end comes near and comes."""

from datetime import timedelta

import pytest

from accounts.states import Status as PersonStatus
from domains import signals
from domains.actions import answers, requests
from domains.states import Status
from sslportal.kit import audit
from sslportal.kit.models import Link, OutgoingMail
from tests.domains.years import (
    CONFIRMED,
    END,
    EXPIRED,
    REVET,
    START,
    TIMED_OUT,
    at,
    confirmed,
    expires,
    status,
    subjects,
    sweep,
    told,
)
from tests.factories import make_domain
from tests.letters import letters_to

# The end comes near, and comes


@pytest.mark.parametrize(
    ("days", "seconds", "expected"),
    [
        (REVET, -1, Status.READY),
        (REVET, 0, Status.EXPIRING),
        (END, -1, Status.EXPIRING),
        (END, 0, Status.EXPIRED),
        (END + 300, 0, Status.EXPIRED),
    ],
)
def test_a_domain_is_expiring_and_expires_at_its_dates(people, days, seconds, expected):
    domain = confirmed(people.ov)

    sweep(days, seconds=seconds)

    assert status(domain) == expected


def test_it_is_told_at_the_re_vetting_date_then_a_week_and_a_day_before_the_end_and_at_the_end(people):
    confirmed(people.ov)

    sweep(*range(58, 62), *range(80, 93))

    assert told() == [(REVET, expires(30)), (END - 7, expires(7)), (END - 1, expires(1)), (END, EXPIRED)]


def test_the_primaries_the_requester_and_the_profiles_list_are_told(people):
    people.ov.domain_recipients = ["noc@example.org"]
    people.ov.save()
    confirmed(people.ov, requester=people.stan)

    sweep(REVET)

    assert {letter.to: letter.subject for letter in OutgoingMail.objects.all()} == {
        "paul@example.com": expires(30),
        "stan@example.com": expires(30),
        "noc@example.org": expires(30),
    }


def test_a_requester_who_can_no_longer_sign_in_is_not_told(people):
    confirmed(people.ov, requester=people.stan)
    people.stan.status = PersonStatus.REMOVED
    people.stan.save()

    sweep(REVET)

    assert subjects("stan@example.com") == []


def test_the_mail_says_what_ends_when_and_what_to_do(people):
    domain = confirmed(people.ov)

    sweep(REVET)

    text = letters_to("paul@example.com")[0].text
    assert "The confirmation of example.com for the organization profile “Example OV” ends on Jan. 31, 2027." in text
    assert "choose Decline on its page" in text
    assert domain.get_absolute_url() in text


def test_the_history_tells_of_it(people):
    domain = confirmed(people.ov)

    sweep(REVET, REVET + 1, END - 7, END, END + 1)

    assert [(entry.verb, entry.actor) for entry in audit.of(domain)] == [
        ("expiring", audit.WORKER),
        ("expire", audit.WORKER),
    ]


@pytest.mark.parametrize(
    ("days", "expected"),
    [(REVET + 1, expires(29)), (END - 5, expires(5)), (END - 0.5, expires(1)), (END + 1, EXPIRED)],
)
def test_a_worker_that_was_down_says_one_word_about_the_present(people, days, expected):
    confirmed(people.ov)

    sweep(days, days)

    assert subjects() == [expected]


def test_a_worker_that_was_down_between_two_reminders_sends_the_last_one_only(people):
    confirmed(people.ov)

    sweep(REVET, END - 0.5)

    assert subjects() == [expires(30), expires(1)]


def test_where_the_re_vetting_date_is_within_the_last_week_one_word_is_said_at_it(people):
    """As under public-trust from 2029 on: ten days, of which the last three are for the re-vetting."""
    confirmed(people.ov, revet_at=START + timedelta(days=END - 3))

    sweep(END - 4, END - 3, END - 2, END - 1, END)

    assert told() == [(END - 3, expires(3)), (END - 1, expires(1)), (END, EXPIRED)]


@pytest.mark.parametrize(
    "before",
    [Status.READY, Status.EXPIRING, Status.RE_VETTING, Status.UPGRADING],
)
def test_whatever_was_up_expires_at_the_end(people, before):
    domain = confirmed(people.ov, status=before)

    sweep(END)

    assert status(domain) == Status.EXPIRED
    assert subjects() == [EXPIRED]


def test_a_suspended_domain_stays_so_until_the_vetting_team_resumes_it(people):
    """Else its end would be a way round the suspension: an Expired domain can be confirmed anew."""
    domain = confirmed(people.ov, status=Status.SUSPENDED)

    sweep(END)

    assert (status(domain), subjects()) == (Status.SUSPENDED, [])


@pytest.mark.parametrize("before", [Status.PENDING, Status.DECLINED])
def test_what_was_never_up_does_not_expire(people, before):
    domain = make_domain(people.ov, status=before)

    sweep(END)

    assert status(domain) == before
    assert subjects() == []


def test_the_orders_are_looked_at_anew_when_a_domain_expires(people, django_capture_on_commit_callbacks):
    confirmed(people.ov)
    heard = []

    def listen(profile, **kwargs):
        heard.append(profile)

    signals.decided.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            sweep(REVET, END)
    finally:
        signals.decided.disconnect(listen)

    assert heard == [people.ov]


# Decline


def test_decline_stops_the_reminders_until_the_end(people):
    domain = confirmed(people.ov)
    sweep(REVET)
    with at(REVET + 1):
        requests.stop_reminders(domain, by=people.stan)

    sweep(REVET + 2, END - 7, END - 1, END)

    assert told() == [(REVET, expires(30)), (END, EXPIRED)]


def test_what_is_confirmed_after_decline_is_reminded_of_again(people):
    domain = confirmed(people.ov)
    sweep(REVET)
    with at(REVET + 1):
        requests.stop_reminders(domain, by=people.stan)
        requests.reconfirm(domain, choice="admin@example.com", by=people.stan)
        answers.approve_by_link(Link.objects.get(), reader="admin@example.com")

    end = REVET + 1 + 398
    sweep(REVET + 2, END, end - 31, end - 30, end - 8, end - 7, end - 2, end - 1)

    assert told() == [
        (REVET, expires(30)),
        (REVET + 1, CONFIRMED),
        (end - 30, expires(30)),
        (end - 7, expires(7)),
        (end - 1, expires(1)),
    ]


# Re-vetting and the end


def test_a_re_vetting_that_is_not_finished_at_the_end_can_still_be_finished(people):
    """D11: not in time → Expired, which can still be re-confirmed."""
    domain = confirmed(people.ov)
    sweep(REVET)
    with at(END - 2):
        requests.reconfirm(domain, choice="admin@example.com", by=people.paul)
    sweep(END)
    assert status(domain) == Status.EXPIRED

    with at(END + 3):
        answers.approve_by_link(Link.objects.get(), reader="admin@example.com")

    domain.refresh_from_db()
    assert (domain.status, domain.expires_at) == (Status.READY, START + timedelta(days=END + 3 + 398))
    assert subjects() == [expires(30), EXPIRED, CONFIRMED]


def test_a_re_vetting_that_begins_after_the_end_goes_on_until_it_is_answered(people):
    domain = confirmed(people.ov)
    sweep(END)
    with at(END + 10):
        requests.reconfirm(domain, choice="admin@example.com", by=people.paul)

    sweep(END + 10, END + 11, END + 23)

    assert status(domain) == Status.RE_VETTING
    sweep(END + 24, END + 25)
    assert status(domain) == Status.EXPIRED
    assert told() == [(END, EXPIRED), (END + 24, TIMED_OUT)]


def test_a_re_vetting_by_the_team_that_begins_after_the_end_goes_on_for_as_long_as_it_takes(people):
    domain = confirmed(people.ov)
    sweep(END)
    with at(END + 10):
        requests.reconfirm(domain, choice="manual", by=people.paul)

    sweep(END + 100)

    assert status(domain) == Status.RE_VETTING
