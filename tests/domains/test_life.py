"""What time does to domains (D11): the end comes near and comes, nobody answers, DNS records confirm again."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.utils.formats import date_format

from accounts.states import Status as PersonStatus
from domains import life, signals, tasks
from domains.actions import answers, requests, vetting
from domains.models import Attempt, Check, Domain
from domains.states import Method, Outcome, Status
from profiles.states import Level
from sslportal.kit import audit
from sslportal.kit.models import HistoryEntry, Link, OutgoingMail
from tests.factories import make_attempt, make_domain, make_ev_profile, make_people
from tests.letters import letters_to

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
REVET, END = 60, 90  # days after START
VALUE = "5f2d8a9c0b1e4f7a6d3c2b1a0f9e8d7c6b5a4938"
HOST = "_sslportal-challenge.example.com"

EXPIRES = "example.com expires on Jan. 31, 2027"
EXPIRED = "example.com has expired"
TIMED_OUT = "example.com was not confirmed in time"
GONE = "The DNS record of example.com is gone"
CONFIRMED = "example.com is confirmed"


def at(days, seconds=0):
    return time_machine.travel(START + timedelta(days=days, seconds=seconds), tick=False)


def sweep(*days, seconds=0):
    for day in days:
        with at(day, seconds):
            life.sweep()


def confirmed(profile, name="example.com", **fields):
    """A domain that was confirmed by mail at START."""
    dates = {"revet_at": START + timedelta(days=REVET), "expires_at": START + timedelta(days=END)}
    return make_domain(profile, name, **({"confirmed_at": START} | dates | fields))


def confirmed_by_record(profile, name="example.com", *, value=VALUE, **fields):
    """A domain whose DNS record was found at START."""
    domain = confirmed(profile, name, method=Method.DNS, **fields)
    proof = {"status": Outcome.APPROVED, "proved_by": Method.DNS, "proved_at": START}
    make_attempt(domain, method=Method.DNS, value=value, created_at=START, **proof)
    return domain


def begun(domain, day, *, method=Method.MAIL, **fields):
    """An attempt for the domain, which was begun on the day and may be answered within 14 days."""
    begins = START + timedelta(days=day)
    values = {"created_at": begins, "expires_at": begins + timedelta(days=14), "address": "admin@example.com"}
    return make_attempt(domain, method=method, **(values | fields))


def status(domain):
    return Domain.objects.get(pk=domain.pk).status


def subjects(address="paul@example.com"):
    return [letter.subject for letter in letters_to(address)]


def told(address="paul@example.com"):
    """On which day after START, and what."""
    return [((letter.created_at - START).days, letter.subject) for letter in letters_to(address)]


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

    assert told() == [(REVET, EXPIRES), (END - 7, EXPIRES), (END - 1, EXPIRES), (END, EXPIRED)]


def test_the_primaries_the_requester_and_the_profiles_list_are_told(people):
    people.ov.domain_recipients = ["noc@example.org"]
    people.ov.save()
    confirmed(people.ov, requester=people.stan)

    sweep(REVET)

    assert {letter.to: letter.subject for letter in OutgoingMail.objects.all()} == {
        "paul@example.com": EXPIRES,
        "stan@example.com": EXPIRES,
        "noc@example.org": EXPIRES,
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
    ("days", "expected"), [(REVET + 1, EXPIRES), (END - 5, EXPIRES), (END - 0.5, EXPIRES), (END + 1, EXPIRED)]
)
def test_a_worker_that_was_down_says_one_word_about_the_present(people, days, expected):
    confirmed(people.ov)

    sweep(days, days)

    assert subjects() == [expected]


def test_a_worker_that_was_down_between_two_reminders_sends_the_last_one_only(people):
    confirmed(people.ov)

    sweep(REVET, END - 0.5)

    assert subjects() == [EXPIRES, EXPIRES]


def test_where_the_re_vetting_date_is_within_the_last_week_one_word_is_said_at_it(people):
    """As under public-trust from 2029 on: ten days, of which the last three are for the re-vetting."""
    confirmed(people.ov, revet_at=START + timedelta(days=END - 3))

    sweep(END - 4, END - 3, END - 2, END - 1, END)

    assert told() == [(END - 3, EXPIRES), (END - 1, EXPIRES), (END, EXPIRED)]


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

    assert told() == [(REVET, EXPIRES), (END, EXPIRED)]


def test_what_is_confirmed_after_decline_is_reminded_of_again(people):
    domain = confirmed(people.ov)
    sweep(REVET)
    with at(REVET + 1):
        requests.stop_reminders(domain, by=people.stan)
        requests.reconfirm(domain, choice="admin@example.com", by=people.stan)
        answers.approve_by_link(Link.objects.get(), reader="admin@example.com")

    end, says = REVET + 1 + 398, "example.com expires on Feb. 4, 2028"
    sweep(REVET + 2, END, end - 31, end - 30, end - 8, end - 7, end - 2, end - 1)

    assert told() == [(REVET, EXPIRES), (REVET + 1, CONFIRMED), (end - 30, says), (end - 7, says), (end - 1, says)]


# Nobody answered


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

    assert told() == [(64, TIMED_OUT), (64, EXPIRES), (END - 7, EXPIRES), (END - 1, EXPIRES), (END, EXPIRED)]


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
    assert subjects() == [EXPIRES, EXPIRED, CONFIRMED]


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


# DNS records confirm again


def test_a_record_that_is_still_there_confirms_the_domain_again(people, dns_server):
    domain = confirmed_by_record(people.ov, requester=people.stan)
    dns_server.zone["TXT", HOST] = [VALUE]

    sweep(REVET)

    domain.refresh_from_db()
    assert (domain.status, domain.method) == (Status.READY, Method.DNS)
    assert domain.confirmed_at == START + timedelta(days=REVET)
    assert domain.expires_at == START + timedelta(days=REVET + 398)
    assert domain.revet_at == domain.expires_at - timedelta(days=30)
    assert subjects() == subjects("stan@example.com") == [CONFIRMED]
    assert [entry.verb for entry in audit.of(domain)] == ["expiring", "renew"]


def test_the_new_confirmation_is_kept_as_an_attempt_of_its_own_with_what_was_seen(people, dns_server):
    domain = confirmed_by_record(people.ov)
    dns_server.zone["TXT", HOST] = [VALUE]

    sweep(REVET)

    attempt = domain.attempts.order_by("pk").last()
    assert domain.attempts.count() == 2
    assert (attempt.method, attempt.value, attempt.status) == (Method.DNS, VALUE, Outcome.APPROVED)
    assert (attempt.proved_by, attempt.proved_at) == (Method.DNS, START + timedelta(days=REVET))
    check = attempt.checks.get()
    assert (check.question, check.asked, check.verdict) == (f"TXT {HOST}", dns_server.address, Check.Verdict.FOUND)


def test_it_goes_on_like_that_for_years(people, dns_server):
    domain = confirmed_by_record(people.ov)
    dns_server.zone["TXT", HOST] = [VALUE]

    sweep(REVET, REVET + 367, REVET + 368, REVET + 2 * 368)

    assert status(domain) == Status.READY
    assert told() == [(REVET, CONFIRMED), (REVET + 368, CONFIRMED), (REVET + 2 * 368, CONFIRMED)]


def test_that_a_record_is_gone_is_told_once(people, dns_server):
    domain = confirmed_by_record(people.ov)

    sweep(*range(REVET, REVET + 5))

    assert status(domain) == Status.EXPIRING
    assert told() == [(REVET, GONE)]
    assert [entry.verb for entry in audit.of(domain)] == ["expiring", "record_gone"]


def test_it_is_told_which_record_is_gone(people, dns_server):
    confirmed_by_record(people.ov)

    sweep(REVET)

    text = letters_to("paul@example.com")[0].text
    assert HOST in text
    assert VALUE in text
    assert "Without it, the confirmation ends on Jan. 31, 2027." in text


def test_a_record_that_is_gone_is_looked_for_once_a_day_until_the_end(people, dns_server):
    confirmed_by_record(people.ov)

    for day in (*range(REVET, REVET + 5), *range(END - 7, END + 3)):
        sweep(day, day, day + 0.5)

    assert dns_server.asked("TXT", HOST) == 5 + 7
    assert told() == [(REVET, GONE), (END - 7, EXPIRES), (END - 1, EXPIRES), (END, EXPIRED)]


def test_a_record_that_is_back_confirms_the_domain_again(people, dns_server):
    domain = confirmed_by_record(people.ov)
    sweep(REVET, REVET + 1)
    dns_server.zone["TXT", HOST] = [VALUE]

    sweep(REVET + 2)

    domain.refresh_from_db()
    assert (domain.status, domain.look_again_at) == (Status.READY, None)
    assert domain.expires_at == START + timedelta(days=REVET + 2 + 398)
    assert subjects() == [GONE, CONFIRMED]


def test_each_look_in_vain_is_kept(people, dns_server):
    domain = confirmed_by_record(people.ov)

    sweep(REVET, REVET + 1)

    looks = Check.objects.filter(attempt__domain=domain).order_by("pk").values_list("at", "code", "attempt__status")
    assert list(looks) == [
        (START + timedelta(days=REVET), "nothing", Outcome.TIMED_OUT),
        (START + timedelta(days=REVET + 1), "nothing", Outcome.TIMED_OUT),
    ]


@pytest.mark.parametrize("failure", ["SERVFAIL", "bogus"])
def test_where_dns_gives_no_answer_that_counts_people_are_asked_and_it_is_asked_again(people, dns_server, failure):
    domain = confirmed_by_record(people.ov)
    dns_server.zone["TXT", HOST] = [VALUE]
    dns_server.fails[HOST] = failure

    sweep(REVET, REVET + 1)

    assert status(domain) == Status.EXPIRING
    assert told() == [(REVET, EXPIRES)]
    dns_server.fails.clear()
    sweep(REVET + 2)
    assert status(domain) == Status.READY


def test_a_worker_that_was_down_looks_for_the_record_before_it_says_a_word(people, dns_server):
    confirmed_by_record(people.ov)
    dns_server.zone["TXT", HOST] = [VALUE]

    sweep(END - 0.5)

    assert subjects() == [CONFIRMED]


def test_after_decline_no_word_is_said_of_the_record_but_it_is_looked_for(people, dns_server):
    domain = confirmed_by_record(people.ov)
    dns_server.fails[HOST] = "SERVFAIL"
    sweep(REVET)
    with at(REVET + 0.5):
        requests.stop_reminders(domain, by=people.paul)
    dns_server.fails.clear()

    sweep(REVET + 1)
    dns_server.fails[HOST] = "SERVFAIL"
    sweep(REVET + 2)
    dns_server.fails.clear()

    assert subjects() == [EXPIRES]
    dns_server.zone["TXT", HOST] = [VALUE]
    sweep(REVET + 3)
    assert subjects() == [EXPIRES, CONFIRMED]


def test_the_record_of_the_newest_confirmation_counts(people, dns_server):
    domain = confirmed_by_record(people.ov, value="the-value-of-long-ago")
    make_attempt(domain, method=Method.DNS, value=VALUE, status=Outcome.APPROVED, proved_by=Method.DNS)
    dns_server.zone["TXT", HOST] = ["the-value-of-long-ago"]

    sweep(REVET)
    assert status(domain) == Status.EXPIRING

    dns_server.zone["TXT", HOST] = [VALUE]
    sweep(REVET + 1)
    assert status(domain) == Status.READY


@pytest.mark.parametrize("outcome", [Outcome.TIMED_OUT, Outcome.WITHDRAWN, Outcome.DENIED])
def test_a_record_that_never_confirmed_does_not_confirm_again(people, dns_server, outcome):
    domain = confirmed(people.ov)
    make_attempt(domain, method=Method.DNS, value=VALUE, status=outcome)
    dns_server.zone["TXT", HOST] = [VALUE]

    sweep(REVET)

    assert subjects() == [EXPIRES]
    assert dns_server.questions == []


def test_a_domain_that_was_confirmed_by_mail_since_is_not_confirmed_by_the_old_record(people, dns_server):
    domain = confirmed_by_record(people.ov)
    Domain.objects.filter(pk=domain.pk).update(method=Method.MAIL)
    dns_server.zone["TXT", HOST] = [VALUE]

    sweep(REVET)

    assert subjects() == [EXPIRES]
    assert dns_server.questions == []


def test_one_sweep_looks_for_so_many_records_and_the_next_goes_on(people, dns_server, monkeypatch):
    monkeypatch.setattr(life, "AT_ONCE", 2)
    for number in range(3):
        confirmed_by_record(people.ov, f"shop{number}.example.com")
        dns_server.zone["TXT", f"_sslportal-challenge.shop{number}.example.com"] = [VALUE]

    sweep(REVET)
    first = sorted(Domain.objects.values_list("status", flat=True))
    sweep(REVET)

    assert first == [Status.EXPIRING, Status.READY, Status.READY]
    assert list(Domain.objects.values_list("status", flat=True)) == [Status.READY] * 3


def test_after_the_end_the_record_is_no_longer_looked_for(people, dns_server):
    domain = confirmed_by_record(people.ov)
    sweep(REVET)
    dns_server.zone["TXT", HOST] = [VALUE]

    sweep(END, END + 1)

    assert status(domain) == Status.EXPIRED
    assert dns_server.asked("TXT", HOST) == 1


def test_while_it_is_confirmed_in_another_way_the_record_is_not_looked_for(people, dns_server):
    domain = confirmed_by_record(people.ov)
    sweep(REVET)
    with at(REVET + 1):
        requests.reconfirm(domain, choice="admin@example.com", by=people.paul)
    dns_server.zone["TXT", HOST] = [VALUE]

    sweep(REVET + 2)
    assert status(domain) == Status.RE_VETTING

    sweep(REVET + 15)  # the mail was not answered
    assert status(domain) == Status.READY
    assert subjects() == [GONE, TIMED_OUT, CONFIRMED]


def test_a_record_confirms_again_when_something_else_was_under_way_at_the_re_vetting_date(people, dns_server):
    domain = confirmed_by_record(people.ov, status=Status.UPGRADING)
    begun(domain, 50)
    dns_server.zone["TXT", HOST] = [VALUE]

    sweep(REVET, 63, 64, 65)

    assert status(domain) == Status.READY
    assert told() == [(64, TIMED_OUT), (64, CONFIRMED)]


# Where people confirm again


def test_under_public_trust_people_are_asked(people, dns_server, settings):
    """BR 3.2.2.4.7: a random value counts for 30 days, so each confirmation asks for a record of its own."""
    settings.PORTAL_POLICY = "public-trust"
    domain = confirmed_by_record(people.ov)
    dns_server.zone["TXT", HOST] = [VALUE]

    sweep(REVET, REVET + 1)

    assert (status(domain), subjects()) == (Status.EXPIRING, [EXPIRES])
    assert dns_server.questions == []


def test_no_record_confirms_again_once_the_policy_has_become_public_trust(people, dns_server, settings):
    domain = confirmed_by_record(people.ov)
    sweep(REVET)
    settings.PORTAL_POLICY = "public-trust"
    dns_server.zone["TXT", HOST] = [VALUE]

    sweep(REVET + 1, REVET + 2)

    assert (status(domain), subjects()) == (Status.EXPIRING, [GONE, EXPIRES])
    assert dns_server.asked("TXT", HOST) == 1


@pytest.mark.parametrize(("level", "name"), [(Level.EV, "example.com"), (Level.OV, "xn--bcher-kva.com")])
def test_ev_domains_and_idns_are_not_confirmed_again_by_themselves(people, dns_server, level, name):
    """D8: the vetting team finishes each confirmation."""
    profile = make_ev_profile(people.company, primary=people.paul)
    domain = confirmed_by_record(profile, name, level=level)
    dns_server.zone["TXT", f"_sslportal-challenge.{name}"] = [VALUE]

    sweep(REVET, REVET + 1)

    assert status(domain) == Status.EXPIRING
    assert len(subjects()) == 1
    assert "expires on Jan. 31, 2027" in subjects()[0]
    assert dns_server.questions == []


def test_what_the_vetting_team_saw_since_brings_no_older_record_back(people, dns_server):
    domain = confirmed_by_record(people.ov)
    make_attempt(domain, status=Outcome.APPROVED, proved_by=Method.DNS)
    dns_server.zone["TXT", HOST] = [VALUE]

    sweep(REVET)

    assert subjects() == [EXPIRES]
    assert dns_server.questions == []


def test_where_the_vetting_team_saw_the_record_people_are_asked(people, dns_server):
    """The portal does not know its value."""
    domain = make_domain(people.ov, status=Status.PENDING)
    make_attempt(domain)
    with at(0):
        vetting.approve(domain, source="dig", proved_by=Method.DNS, by=people.vera)

    sweep(398 - 30, 398 - 29)

    assert subjects() == [CONFIRMED, "example.com expires on Dec. 5, 2027"]
    assert dns_server.questions == []


# Once, and one by one


def make_a_bit_of_everything(profile, dns_server):
    """Something for each part of the sweep of day 62."""
    confirmed(profile, "expiring.example.com")
    confirmed(profile, "reminded.example.com", status=Status.EXPIRING, expires_at=START + timedelta(days=65))
    confirmed(profile, "expired.example.com", expires_at=START + timedelta(days=61))
    confirmed_by_record(profile, "there.example.com")
    confirmed_by_record(profile, "gone.example.com")
    begun(make_domain(profile, "new.example.com", status=Status.PENDING), 40)
    dns_server.zone["TXT", "_sslportal-challenge.there.example.com"] = [VALUE]


AFTERWARDS = {
    "expiring.example.com": Status.EXPIRING,
    "reminded.example.com": Status.EXPIRING,
    "expired.example.com": Status.EXPIRED,
    "there.example.com": Status.READY,
    "gone.example.com": Status.EXPIRING,
    "new.example.com": Status.PENDING,
}


def statuses():
    return dict(Domain.objects.values_list("name", "status"))


def written():
    """How much there is of all that a sweep writes."""
    return [model.objects.count() for model in (OutgoingMail, HistoryEntry, Attempt, Check)]


def test_a_second_sweep_does_nothing_more(people, dns_server):
    make_a_bit_of_everything(people.ov, dns_server)

    with at(62):
        tasks.sweep_domains()
        once = written()
        tasks.sweep_domains()

    assert statuses() == AFTERWARDS
    assert written() == once
    assert once[0] == 6  # a mail to paul for each


def test_a_broken_row_does_not_keep_the_others(people, dns_server, caplog):
    """One with a re-vetting date and no end, which no action makes. It comes first."""
    confirmed(people.ov, "broken.example.com", expires_at=None)
    make_a_bit_of_everything(people.ov, dns_server)

    sweep(62)

    assert statuses() == {"broken.example.com": Status.READY, **AFTERWARDS}
    assert [record.getMessage() for record in caplog.records if record.name == "domains.life"] == [
        "The sweep could not deal with broken.example.com"
    ]


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_say_it_once(dns_server):
    people = make_people()
    now = datetime.now(UTC)
    soon, past = now + timedelta(days=20), now - timedelta(days=1)
    for number in range(4):
        confirmed(people.ov, f"expiring{number}.example.com", revet_at=past, expires_at=soon)
        confirmed(people.ov, f"expired{number}.example.com", revet_at=past, expires_at=past)
        begun(make_domain(people.ov, f"new{number}.example.com", status=Status.PENDING), 0, expires_at=past)
        confirmed_by_record(people.ov, f"gone{number}.example.com", revet_at=past, expires_at=soon)
    together = threading.Barrier(2)

    def run():
        try:
            together.wait()
            life.sweep()
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _thread in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(subjects()) == sorted(
        subject
        for number in range(4)
        for subject in (
            f"expiring{number}.example.com expires on {date_format(soon, 'DATE_FORMAT')}",
            f"expired{number}.example.com has expired",
            f"The DNS record of gone{number}.example.com is gone",
            f"new{number}.example.com was not confirmed in time",
        )
    )
    verbs = HistoryEntry.objects.filter(subject_type="domain").values_list("verb", flat=True)
    assert sorted(verbs) == ["expire"] * 4 + ["expiring"] * 8 + ["record_gone"] * 4 + ["time_out"] * 4
    assert Check.objects.count() == 4


# In whose words


def test_mails_are_in_the_profiles_language(people, dns_server):
    people.ov.language = "ja"
    people.ov.save()
    confirmed(people.ov)
    confirmed_by_record(people.ov, "gone.example.com")
    begun(make_domain(people.ov, "new.example.com", status=Status.PENDING), 40)

    sweep(62, END)

    letters = letters_to("paul@example.com")
    assert [letter.language for letter in letters] == ["ja"] * len(letters)
    assert [letter.key.partition(":")[0] for letter in letters if "2027年1月31日" in letter.text] == [
        "domain-expiring",
        "domain-record-gone",
        "domain-expired",
        "domain-expired",
    ]
    assert "Jan." not in "".join(letter.subject + letter.text for letter in letters)


def test_the_end_is_told_in_the_time_zone_of_the_account(people):
    people.company.time_zone = "Asia/Tokyo"
    people.company.save()
    confirmed(people.ov, expires_at=START.replace(hour=20) + timedelta(days=END))  # the next day there

    sweep(REVET)

    assert subjects() == ["example.com expires on Feb. 1, 2027"]


def test_an_internationalized_name_is_told_in_both_forms(people):
    confirmed(people.ov, "xn--bcher-kva.com")

    sweep(REVET)

    assert subjects() == ["xn--bcher-kva.com (bücher.com) expires on Jan. 31, 2027"]
