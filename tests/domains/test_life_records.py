"""DNS records that confirm their domains again, and where people confirm again."""

from datetime import timedelta

import pytest

from domains import life
from domains.actions import requests, vetting
from domains.models import Check, Domain
from domains.states import Method, Outcome, Status
from profiles.notifications import unsubscribing
from profiles.states import Level
from sslportal.kit import audit
from sslportal.kit.models import OutgoingMail
from tests.domains.years import (
    CONFIRMED,
    END,
    EXPIRED,
    GONE,
    HOST,
    REVET,
    START,
    TIMED_OUT,
    VALUE,
    at,
    begun,
    confirmed,
    confirmed_by_record,
    expires,
    status,
    subjects,
    sweep,
    told,
)
from tests.factories import make_attempt, make_domain, make_ev_profile
from tests.letters import letters_to

# DNS records confirm again


def test_a_record_that_is_still_there_confirms_the_domain_again(people, dns_server):
    domain = confirmed_by_record(people.ov, requester=people.stan)
    dns_server.zone["TXT", HOST] = [VALUE]

    sweep(REVET)

    domain.refresh_from_db()
    assert (domain.status, domain.method) == (Status.READY, Method.DNS)
    assert domain.confirmed_at == START + timedelta(days=REVET)
    assert domain.expires_at == START + timedelta(days=REVET + 398)
    assert domain.revet_at.date() == (domain.expires_at - timedelta(days=30)).date()
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
    assert told() == [(REVET, GONE), (END - 7, expires(7)), (END - 1, expires(1)), (END, EXPIRED)]


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
    assert told() == [(REVET, expires(30))]
    dns_server.fails.clear()
    sweep(REVET + 2)
    assert status(domain) == Status.READY


def test_who_has_stopped_the_reminders_gets_none_where_dns_gives_no_answer(people, dns_server):
    people.ov.domain_recipients = ["dns@example.com"]
    people.ov.save()
    domain = confirmed_by_record(people.ov)
    unsubscribing.unsubscribe("paul@example.com", f"domain:{domain.pk}")
    dns_server.fails[HOST] = "SERVFAIL"

    sweep(REVET)

    (mail,) = OutgoingMail.objects.filter(key__startswith="domain-expiring")
    assert (mail.to, "/unsubscribe/" in mail.unsubscribe) == ("dns@example.com", True)


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

    assert subjects() == [expires(30)]
    dns_server.zone["TXT", HOST] = [VALUE]
    sweep(REVET + 3)
    assert subjects() == [expires(30), CONFIRMED]


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

    assert subjects() == [expires(30)]
    assert dns_server.questions == []


def test_a_domain_that_was_confirmed_by_mail_since_is_not_confirmed_by_the_old_record(people, dns_server):
    domain = confirmed_by_record(people.ov)
    Domain.objects.filter(pk=domain.pk).update(method=Method.MAIL)
    dns_server.zone["TXT", HOST] = [VALUE]

    sweep(REVET)

    assert subjects() == [expires(30)]
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

    assert (status(domain), subjects()) == (Status.EXPIRING, [expires(30)])
    assert dns_server.questions == []


def test_no_record_confirms_again_once_the_policy_has_become_public_trust(people, dns_server, settings):
    domain = confirmed_by_record(people.ov)
    sweep(REVET)
    settings.PORTAL_POLICY = "public-trust"
    dns_server.zone["TXT", HOST] = [VALUE]

    sweep(REVET + 1, REVET + 2)

    assert (status(domain), subjects()) == (Status.EXPIRING, [GONE, expires(29)])
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
    assert subjects()[0].endswith("expires in 30 days")
    assert dns_server.questions == []


def test_what_the_vetting_team_saw_since_brings_no_older_record_back(people, dns_server):
    domain = confirmed_by_record(people.ov)
    make_attempt(domain, status=Outcome.APPROVED, proved_by=Method.DNS)
    dns_server.zone["TXT", HOST] = [VALUE]

    sweep(REVET)

    assert subjects() == [expires(30)]
    assert dns_server.questions == []


def test_where_the_vetting_team_saw_the_record_people_are_asked(people, dns_server):
    """The portal does not know its value."""
    domain = make_domain(people.ov, status=Status.PENDING)
    make_attempt(domain)
    with at(0):
        vetting.approve(domain, source="dig", proved_by=Method.DNS, by=people.vera)

    sweep(398 - 30, 398 - 29)

    assert subjects() == [CONFIRMED, expires(30)]
    assert dns_server.questions == []
