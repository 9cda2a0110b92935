"""The worker that looks for records and files: what is due and when, what follows, and that nothing keeps it (D6, D8)."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection

from domains import checks, tasks
from domains.actions import answers, requests, vetting
from domains.methods import Finding
from domains.models import Attempt, Check, Domain
from domains.states import Method, Outcome, Status
from profiles.states import Level
from sslportal.kit import audit, clock
from tests.dns_server import DNSServer
from tests.factories import make_attempt, make_domain, make_ev_profile, make_people
from tests.letters import letters_to
from tests.web_server import HOST, Page

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
VALUE = "5f2d8a9c0b1e4f7a6d3c2b1a0f9e8d7c6b5a4938"
FILE = "/.well-known/pki-validation/sslportal.txt"


def at(**after):
    return time_machine.travel(START + timedelta(**after), tick=False)


def host(name):
    return f"_sslportal-challenge.{name}"


def waiting(profile, name="example.com", *, domain=Status.PENDING, level=Level.OV, due=START, **fields):
    """An attempt to find VALUE for a domain of the profile."""
    values = {
        "method": Method.DNS,
        "value": VALUE,
        "created_at": START,
        "expires_at": START + timedelta(days=14),
        "next_check_at": due,
    }
    return make_attempt(make_domain(profile, name, status=domain, level=level), **(values | fields))


def state(attempt):
    """Of the domain and of the attempt."""
    attempt = Attempt.objects.select_related("domain").get(pk=attempt.pk)
    return attempt.domain and attempt.domain.status, attempt.status


def asked_for(dns_server):
    """The names whose record was asked for, in turn."""
    asked = [question.name for question in dns_server.questions if question.name.startswith("_sslportal-challenge.")]
    return [name.removeprefix("_sslportal-challenge.") for name in asked if name.count("example") == 1]


# Found


def test_a_record_that_is_there_makes_the_domain_ready(people, dns_server):
    attempt = waiting(people.ov)
    dns_server.zone["TXT", host("example.com")] = [VALUE]

    with at(minutes=5):
        assert checks.check_due() == 1

    domain = Domain.objects.get()
    assert state(attempt) == (Status.READY, Outcome.APPROVED)
    assert (domain.method, domain.confirmed_at) == (Method.DNS, START + timedelta(minutes=5))
    assert domain.expires_at == START + timedelta(days=398, minutes=5)
    assert [(entry.verb, entry.actor) for entry in audit.of(domain)] == [("confirm", audit.WORKER)]
    assert [letter.subject for letter in letters_to("paul@example.com")] == ["example.com is confirmed"]


def test_a_file_that_is_there_makes_the_domain_ready(people, dns_server, web_server):
    attempt = waiting(people.ov, method=Method.FILE)
    dns_server.zone["A", "example.com"] = [HOST]
    web_server.pages[FILE] = Page(VALUE.encode())

    with at():
        assert checks.check_due() == 1

    assert state(attempt) == (Status.READY, Outcome.APPROVED)
    assert Domain.objects.get().method == Method.FILE


def test_a_record_that_is_there_already_is_found_as_soon_as_it_is_asked_for(
    people, dns_server, django_capture_on_commit_callbacks
):
    """From the click to the mail: what is queued after the commit is the work of the worker and of the post."""
    with django_capture_on_commit_callbacks(execute=True):
        domain = requests.add_domain(people.ov, "example.com", level=Level.OV, choice="dns", by=people.stan)
    assert Check.objects.get().verdict == Check.Verdict.MISSING
    dns_server.zone["TXT", host("example.com")] = [domain.attempts.get().value]

    with django_capture_on_commit_callbacks(execute=True):
        requests.check_now(domain, by=people.stan)

    domain.refresh_from_db()
    assert domain.status == Status.READY
    assert sorted((letter.to, letter.subject) for letter in mail.outbox) == [
        (["paul@example.com"], "example.com is confirmed"),
        (["paul@example.com"], "example.com was added"),
        (["stan@example.com"], "example.com is confirmed"),
        (["stan@example.com"], "example.com was added"),
    ]


def test_what_was_found_is_looked_for_no_more(people, dns_server):
    waiting(people.ov)
    dns_server.zone["TXT", host("example.com")] = [VALUE]
    with at():
        checks.check_due()

    with at(days=1):
        assert checks.check_due() == 0


@pytest.mark.parametrize(("level", "name"), [(Level.EV, "example.com"), (Level.OV, "xn--bcher-kva.com")])
def test_ev_domains_and_idns_wait_for_the_vetting_team_once_control_is_proved(people, dns_server, level, name):
    """D8: the record proves control, and the vetting team finishes."""
    profile = make_ev_profile(people.company, primary=people.paul)
    attempt = waiting(profile, name, domain=Status.UPGRADING if level == Level.EV else Status.RE_VETTING, level=level)
    dns_server.zone["TXT", host(name)] = [VALUE]

    with at():
        checks.check_due()

    attempt.refresh_from_db()
    assert attempt.status == Outcome.PROVED
    assert (attempt.proved_by, attempt.proved_at, attempt.next_check_at) == (Method.DNS, START, None)
    assert list(Domain.objects.awaiting_vetting()) == [attempt.domain]
    assert letters_to("paul@example.com") == []

    with at(days=3):
        assert checks.check_due() == 0
        vetting.approve(attempt.domain, source="Companies House", by=people.vera)

    domain = Domain.objects.get()
    assert (domain.status, domain.level, domain.method) == (Status.READY, level, Method.DNS)
    assert domain.confirmed_at == START  # from when on the proof counts


# Not found


def test_what_is_not_there_is_looked_for_again_ever_more_rarely(people, dns_server):
    """After 10 seconds, then after twice as long each time, after an hour at most."""
    attempt = waiting(people.ov)
    moment, pauses = START, []

    for _look in range(12):
        with time_machine.travel(moment, tick=False):
            assert checks.check_due() == 1
        attempt.refresh_from_db()
        pauses.append((attempt.next_check_at - moment).total_seconds())
        moment = attempt.next_check_at

    assert pauses == [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600]
    assert attempt.tries == 12
    assert state(attempt) == (Status.PENDING, Outcome.WAITING)


@pytest.mark.parametrize("failure", ["SERVFAIL", "bogus", "REFUSED"])
def test_a_failure_is_looked_at_again_in_the_same_way(people, dns_server, failure):
    attempt = waiting(people.ov)
    dns_server.zone["TXT", host("example.com")] = [VALUE]
    dns_server.fails[host("example.com")] = failure

    with at():
        checks.check_due()
    with at(seconds=9):
        assert checks.check_due() == 0
    del dns_server.fails[host("example.com")]
    with at(seconds=10):
        assert checks.check_due() == 1

    assert state(attempt) == (Status.READY, Outcome.APPROVED)


def test_check_now_begins_with_short_pauses_again(people, dns_server, django_capture_on_commit_callbacks):
    attempt = waiting(people.ov, due=START + timedelta(hours=1), tries=9)

    with at(), django_capture_on_commit_callbacks(execute=True):
        requests.check_now(attempt.domain, by=people.paul)

    attempt.refresh_from_db()
    assert (attempt.tries, attempt.next_check_at) == (1, START + timedelta(seconds=10))


def test_an_attempt_that_is_looked_for_for_years_does_not_overflow(people, dns_server):
    attempt = waiting(people.ov, tries=1000)

    with at():
        checks.check_due()

    attempt.refresh_from_db()
    assert (attempt.tries, attempt.next_check_at) == (1000, START + timedelta(hours=1))


# What is due


def test_only_what_is_due_is_looked_for_and_the_longest_due_first(people, dns_server, monkeypatch):
    monkeypatch.setattr(checks, "BATCH", 2)
    monkeypatch.setattr(checks, "AT_ONCE", 1)
    for name, minutes in (("c", -1), ("a", -3), ("later", 1), ("b", -2)):
        waiting(people.ov, f"{name}.example.com", due=START + timedelta(minutes=minutes))

    with at():
        done = [checks.check_due() for _batch in range(3)]

    assert done == [2, 1, 0]
    assert asked_for(dns_server) == ["a.example.com", "b.example.com", "c.example.com"]


def test_the_task_goes_on_until_nothing_is_due(people, dns_server, monkeypatch):
    monkeypatch.setattr(checks, "BATCH", 2)
    for number in range(5):
        waiting(people.ov, f"shop{number}.example.com")

    with at():
        tasks.check_due_attempts()

    assert Check.objects.values("attempt").distinct().count() == 5


@pytest.mark.parametrize("status", [outcome for outcome in Outcome if outcome != Outcome.WAITING])
def test_only_what_waits_is_looked_for(people, dns_server, status):
    waiting(people.ov, status=status)

    with at():
        assert checks.check_due() == 0


@pytest.mark.parametrize("method", [Method.MAIL, Method.DNS_CONTACT, Method.WHOIS, Method.MANUAL])
def test_only_records_and_files_are_looked_for(people, dns_server, method):
    waiting(people.ov, method=method)

    with at():
        assert checks.check_due() == 0


def test_one_that_is_not_due_is_not_looked_for_even_if_a_message_says_so(people, dns_server):
    attempt = waiting(people.ov, due=START + timedelta(seconds=1))

    with at():
        assert checks.check_one(attempt.pk) == 0
        tasks.check_attempt(attempt.pk)

    assert dns_server.questions == []


def test_a_message_about_an_attempt_that_is_gone_does_nothing(db, dns_server):
    tasks.check_attempt(4711)

    assert dns_server.questions == []


def test_nothing_to_do_is_done_without_a_question(db, dns_server):
    assert checks.check_due() == 0
    assert dns_server.questions == []


# The end


def test_nothing_is_found_after_the_end(people, dns_server):
    """BR 3.2.2.4.7, .18: a random value counts for 30 days at most, here for 14."""
    attempt = waiting(people.ov)
    dns_server.zone["TXT", host("example.com")] = [VALUE]

    with at(days=14):
        assert checks.check_due() == 0
        assert checks.check_one(attempt.pk) == 0

    assert state(attempt) == (Status.PENDING, Outcome.WAITING)
    with at(days=14, seconds=-1):
        assert checks.check_due() == 1
    assert state(attempt) == (Status.READY, Outcome.APPROVED)


def test_what_comes_back_after_the_end_counts_no_more(people):
    """The question was asked in time, the answer took too long."""
    attempt = waiting(people.ov)

    with at(days=14):
        check = answers.record_check(attempt, Finding("found", "found", f"TXT {host('example.com')}"))

    assert check.verdict == Check.Verdict.FOUND
    assert state(attempt) == (Status.PENDING, Outcome.WAITING)


# What was changed meanwhile


def found_late(attempt):
    """The worker comes back with the record, having begun before."""
    with at(minutes=1):
        return answers.record_check(attempt, Finding("found", "found", f"TXT {host(attempt.name)}"))


def test_a_find_after_the_attempt_was_withdrawn_changes_nothing(people):
    attempt = waiting(people.ov)
    requests.reconfirm(attempt.domain, choice="manual", by=people.paul)

    assert found_late(attempt) is None

    assert state(attempt) == (Status.PENDING, Outcome.WITHDRAWN)
    assert not Check.objects.exists()


def test_a_find_after_the_domain_was_deleted_changes_nothing(people):
    attempt = waiting(people.ov)
    as_claimed = Attempt.objects.get(pk=attempt.pk)
    requests.delete_domain(attempt.domain, by=people.paul)

    assert found_late(as_claimed) is None

    assert state(attempt) == (None, Outcome.WITHDRAWN)
    assert not Check.objects.exists()


def test_a_find_after_the_domain_was_suspended_changes_nothing(people):
    attempt = waiting(people.ov, domain=Status.RE_VETTING)
    vetting.suspend(attempt.domain, reason="Reported.", by=people.vera)

    assert found_late(attempt) is None

    assert state(attempt) == (Status.SUSPENDED, Outcome.WITHDRAWN)


def test_two_finds_at_once_confirm_once(people):
    attempt = waiting(people.ov)
    stale = Attempt.objects.get(pk=attempt.pk)

    assert found_late(attempt) is not None
    assert found_late(stale) is None

    assert len(letters_to("paul@example.com")) == 1


# Several workers


class Counting(DNSServer):
    """Knows how many questions were open at the same time, at most."""

    def __init__(self):
        super().__init__()
        self.open, self.most, self._lock = 0, 0, threading.Lock()

    def answer(self, wire, by):
        with self._lock:
            self.open += 1
            self.most = max(self.most, self.open)
        try:
            return super().answer(wire, by)
        finally:
            with self._lock:
                self.open -= 1


@pytest.fixture
def counting(settings):
    with Counting() as server:
        settings.DNS_SERVERS, settings.DNS_VALIDATION = [server.address], "off"
        yield server


def in_two_threads(act):
    """What each of them returned. They begin together."""
    together, returned = threading.Barrier(2), []

    def run():
        try:
            together.wait()
            returned.append(act())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _thread in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return returned


@pytest.mark.django_db(transaction=True)
def test_what_one_worker_looks_for_another_leaves_alone(counting):
    people = make_people()
    now = clock.now()
    for number in range(6):
        waiting(people.ov, f"shop{number}.example.com", due=now, expires_at=now + timedelta(days=1))
        counting.zone["TXT", host(f"shop{number}.example.com")] = [VALUE]
    counting.delay = 0.1

    done = in_two_threads(checks.check_due)

    assert sum(done) == 6
    assert sorted(asked_for(counting)) == [f"shop{number}.example.com" for number in range(6)]
    assert list(Domain.objects.values_list("status", flat=True)) == [Status.READY] * 6
    assert Check.objects.count() == 6
    assert len(letters_to("paul@example.com")) == 6


@pytest.mark.django_db(transaction=True)
def test_two_messages_about_one_attempt_ask_once(counting):
    people = make_people()
    attempt = waiting(people.ov, due=clock.now(), expires_at=clock.now() + timedelta(days=1))
    counting.zone["TXT", host("example.com")] = [VALUE]
    counting.delay = 0.1

    assert sorted(in_two_threads(lambda: checks.check_one(attempt.pk))) == [0, 1]
    assert asked_for(counting) == ["example.com"]


def test_many_that_are_added_together_are_looked_for_together(people, dns_server, django_capture_on_commit_callbacks):
    """One after the other, a hundred web servers behind a firewall would take the one worker half an hour."""
    with django_capture_on_commit_callbacks() as queued:
        for number in range(5):
            requests.add_domain(people.ov, f"shop{number}.example.com", level=Level.OV, choice="dns", by=people.stan)

    first = next(send for send in queued if send.args[0] in (tasks.check_attempt, tasks.check_due_attempts))
    first()

    assert Check.objects.count() == 5


def test_what_a_worker_left_that_died_is_looked_for_after_the_lease(people, dns_server):
    attempt = waiting(people.ov)
    dns_server.zone["TXT", host("example.com")] = [VALUE]
    with at():
        assert checks._claim([attempt.pk]) == [attempt]  # and it died

    with at(seconds=119):
        assert checks.check_due() == 0
    with at(seconds=120):
        assert checks.check_due() == 1

    assert state(attempt) == (Status.READY, Outcome.APPROVED)


def test_the_lease_is_longer_than_a_batch_may_take():
    rounds = -(-checks.BATCH // checks.AT_ONCE)

    assert timedelta(seconds=rounds * checks.LONGEST) < checks.LEASE


# Bounds, and what goes wrong


def test_many_are_asked_for_at_once_but_not_too_many(people, counting, monkeypatch):
    monkeypatch.setattr(checks, "AT_ONCE", 5)
    for number in range(20):
        waiting(people.ov, f"shop{number}.example.com")
        counting.zone["TXT", host(f"shop{number}.example.com")] = [VALUE]
    counting.delay = 0.05

    with at():
        assert checks.check_due() == 20

    assert 1 < counting.most <= 5


def test_a_stranger_who_takes_his_time_takes_no_more_than_his_share(people, dns_server, monkeypatch):
    monkeypatch.setattr(checks, "LONGEST", 0.3)
    slow = waiting(people.ov)
    dns_server.fails[host("example.com")] = "silent"
    begun = time.monotonic()

    with at():
        assert checks.check_due() == 1

    assert time.monotonic() - begun < 2
    check = Check.objects.get()
    assert (check.attempt, check.verdict, check.code) == (slow, Check.Verdict.FAILED, "silent")


def test_one_that_cannot_be_written_down_does_not_keep_the_others(people, dns_server, caplog):
    """A domain that was suspended past the actions, under an attempt that is open, has no move to make."""
    names = [f"shop{number}.example.com" for number in range(3)]
    attempts = [waiting(people.ov, name) for name in names]
    for name in names:
        dns_server.zone["TXT", host(name)] = [VALUE]
    Domain.objects.filter(name=names[1]).update(status=Status.SUSPENDED)

    with at():
        assert checks.check_due() == 3

    assert [state(attempt) for attempt in attempts] == [
        (Status.READY, Outcome.APPROVED),
        (Status.SUSPENDED, Outcome.WAITING),
        (Status.READY, Outcome.APPROVED),
    ]
    assert [record.getMessage() for record in caplog.records if record.name == "domains.checks"] == [
        f"The check of {names[1]} (dns) could not be written down"
    ]
    with at(seconds=119):
        assert checks.check_due() == 0  # nor is it looked for without end


def test_an_answer_that_nobody_has_thought_of_is_a_finding_too(people, dns_server, caplog):
    """Here a name that could not be one of a domain."""
    strange, plain = waiting(people.ov, "co.uk"), waiting(people.ov, "example.com")
    dns_server.zone["TXT", host("example.com")] = [VALUE]

    with at():
        assert checks.check_due() == 2

    check = strange.checks.get()
    assert (check.verdict, check.code, check.detail) == (Check.Verdict.FAILED, "failed", "NameRefused")
    assert state(plain) == (Status.READY, Outcome.APPROVED)
    assert "Looking for co.uk by dns failed" in caplog.text


# The log


def test_each_look_at_dns_is_kept_with_what_was_asked_of_whom_and_what_came_back(people, dns_server):
    """BR 5.4.1."""
    attempt, question = waiting(people.ov), f"TXT {host('example.com')}"

    def look():
        attempt.refresh_from_db()
        with time_machine.travel(attempt.next_check_at, tick=False):
            checks.check_due()

    look()
    dns_server.zone["TXT", host("example.com")] = ["another value"]
    look()
    dns_server.fails[host("example.com")] = "SERVFAIL"
    look()
    dns_server.fails.clear()
    dns_server.zone["TXT", host("example.com")] = [VALUE]
    look()

    kept = attempt.checks.order_by("pk").values_list("at", "question", "asked", "verdict", "code", "found", "detail")
    moments = [START + timedelta(seconds=seconds) for seconds in (0, 10, 30, 70)]
    assert list(kept) == [
        (moments[0], question, dns_server.address, "missing", "nothing", [], "NXDOMAIN"),
        (moments[1], question, dns_server.address, "missing", "other", ["another value"], "NOERROR"),
        (moments[2], question, dns_server.address, "failed", "failed", [], "SERVFAIL"),
        (moments[3], question, dns_server.address, "found", "found", [], "NOERROR"),
    ]


def test_each_look_at_a_web_server_is_kept(people, dns_server, web_server):
    attempt = waiting(people.ov, method=Method.FILE)
    dns_server.zone["A", "example.com"] = [HOST]

    with at():
        checks.check_due()

    check = attempt.checks.get()
    assert (check.question, check.asked) == (f"http://example.com{FILE}", f"{HOST}:{web_server.ports['http']}")
    assert (check.verdict, check.code, check.found) == ("missing", "status", ["404"])


def test_what_was_seen_stays_when_the_domain_is_deleted(people, dns_server):
    attempt = waiting(people.ov)
    with at():
        checks.check_due()

    requests.delete_domain(attempt.domain, by=people.paul)

    assert Check.objects.get().attempt == attempt
