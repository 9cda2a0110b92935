"""Scans that the portal runs daily, weekly or monthly: setting them up, their moments, what people are told, their end."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.formats import date_format

from accounts.states import Status as PersonStatus
from discovery import running, tasks
from discovery.actions import schedules
from discovery.models import Scan, Schedule
from discovery.states import Place, Status
from profiles.notifications.models import Notice
from sslportal.kit import audit, clock
from sslportal.kit.moves import MovedOn
from tests.discovery import servers, tls
from tests.discovery.pages import html
from tests.discovery.strange_ca import StrangeCa
from tests.factories import make_finding, make_found, make_schedule, make_webhook
from tests.letters import letters_to

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
WANTED = {
    "include": "127.3.0.0/28",
    "speed": "normal",
    "save_as": "replace",
    "place": "portal",
    "every": "daily",
    "starts_on": "2026-11-11",
    "time": "02:30",
}


@pytest.fixture(autouse=True)
def _networks(settings):
    settings.SCAN_NETWORKS = ["127.3.0.0/16"]


def at(moment):
    return time_machine.travel(moment, tick=False)


def due_at():
    return Schedule.objects.get().due_at


# Setting up


@pytest.fixture
def set_up(people, sign_in):
    """Send the form as stan: `set_up(every="weekly")`."""
    people.company.time_zone = "Asia/Tokyo"
    people.company.save()

    def set_up(**changes):
        with at(NOW):
            return sign_in(people.stan).post(reverse("discovery:new"), WANTED | changes)

    return set_up


def test_a_schedule_begins_when_the_clock_of_the_account_says_so(set_up, people):
    answer = set_up()

    schedule = Schedule.objects.get()
    assert answer.url == reverse("discovery:schedules")
    assert (schedule.by, schedule.account, schedule.every) == (people.stan, people.company, "daily")
    assert schedule.due_at == datetime(2026, 11, 10, 17, 30, tzinfo=UTC)
    assert [entry.verb for entry in audit.of(schedule)] == ["set_up"]
    assert not Scan.objects.exists()


def errors(answer):
    return {name: list(said) for name, said in answer.context["form"].errors.items()}


def test_what_has_passed_cannot_be_the_beginning(set_up):
    answer = set_up(starts_on="2026-11-10", time="21:00")

    assert errors(answer) == {"starts_on": ["That is in the past. Give a later day or time."]}
    set_up(starts_on="2026-11-10", time="21:01")
    assert due_at() == NOW + timedelta(minutes=1)


@pytest.mark.parametrize("left_out", ["starts_on", "time"])
def test_a_schedule_needs_a_beginning(set_up, left_out):
    assert errors(set_up(**{left_out: ""})) == {left_out: ["Say on which day and at what time it is to begin."]}


def test_only_the_portal_repeats(set_up):
    assert errors(set_up(place="computer")) == {
        "every": ["Only a scan that the portal runs can be repeated. Choose “The portal”, or “Never”."]
    }


def test_once_needs_no_beginning(set_up):
    set_up(every="never", starts_on="", time="")

    assert Scan.objects.get().schedule is None


def test_the_form_begins_with_the_coming_night(set_up, people, sign_in):
    with at(datetime(2026, 11, 10, 16, tzinfo=UTC)):  # in Tokyo it is the next day already
        form = sign_in(people.stan).get(reverse("discovery:new")).context["form"]

    page = str(form["starts_on"]), str(form["time"])
    assert ('value="2026-11-12"' in page[0], 'value="02:00"' in page[1]) == (True, True)


def test_an_account_has_so_many_and_no_more(people, set_up):
    for _ in range(schedules.MOST):
        make_schedule(people.gina)
    make_schedule(people.stranger)

    assert errors(set_up()) == {"__all__": ["Your account has 20 scan schedules, and can have no more. End one."]}


# Moments


def test_a_scan_is_made_at_its_moment_and_not_before(people):
    schedule = make_schedule(people.stan, due_at=NOW, ports="8443", save_as="merge")
    with at(NOW - timedelta(seconds=1)):
        tasks.run_schedules()
    assert not Scan.objects.exists()

    with at(NOW):
        tasks.run_schedules()

    scan = Scan.objects.get()
    assert (scan.schedule, scan.due_at, scan.by, scan.place) == (schedule, NOW, people.stan, Place.PORTAL)
    assert (scan.include, scan.ports, scan.save_as) == ("127.3.0.0/28", "8443", "merge")
    assert [entry.actor for entry in audit.of(scan)] == ["portal"]
    assert due_at() == datetime(2026, 11, 11, 2, tzinfo=UTC)


def test_missed_moments_are_one_scan(people):
    make_schedule(people.stan, due_at=NOW - timedelta(days=9))

    with at(NOW):
        for _ in range(3):
            tasks.run_schedules()

    assert Scan.objects.count() == 1
    assert due_at() == datetime(2026, 11, 11, 2, tzinfo=UTC)


def test_a_moment_waits_for_the_scan_before_it(people):
    make_schedule(people.stan, due_at=NOW)
    with at(NOW):
        tasks.run_schedules()

    with at(NOW + timedelta(days=3)):
        tasks.run_schedules()
        assert Scan.objects.count() == 1
        Scan.objects.update(status=Status.FINISHED)
        tasks.run_schedules()

    assert Scan.objects.count() == 2
    assert due_at() == datetime(2026, 11, 14, 2, tzinfo=UTC)


def test_the_time_of_day_stays_when_clocks_are_changed(people):
    people.company.time_zone = "Europe/Berlin"
    people.company.save()
    make_schedule(people.stan, due_at=datetime(2027, 3, 27, 1, tzinfo=UTC))

    with at(datetime(2027, 3, 28, 3, tzinfo=UTC)):  # since an hour before it is summer
        tasks.run_schedules()

    assert due_at() == datetime(2027, 3, 29, 0, tzinfo=UTC)


def test_one_that_cannot_be_run_does_not_keep_the_others(people):
    make_schedule(people.stan, include="10.0.0.300", due_at=NOW - timedelta(days=1))
    make_schedule(people.stan, due_at=NOW)

    with at(NOW):
        tasks.run_schedules()

    assert Scan.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_scan(people):
    schedule = make_schedule(people.stan, due_at=clock.now() - timedelta(minutes=1))
    ready = Barrier(2)

    def beat(_):
        ready.wait(timeout=30)
        try:
            schedules.run(schedule)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(beat, range(2)))

    assert Scan.objects.count() == 1


def test_a_schedule_of_who_has_left_goes_on(people):
    make_schedule(people.stan, due_at=NOW)
    people.stan.status = PersonStatus.REMOVED
    people.stan.save()

    with at(NOW):
        tasks.run_schedules()

    assert Scan.objects.get().account == people.company


# The end


def test_a_colleague_may_end_it(people, sign_in):
    schedule = make_schedule(people.stan)
    page = sign_in(people.paul).get(reverse("discovery:end-schedule", args=[schedule.pk]))
    assert Schedule.objects.going_on().exists()

    answer = sign_in(people.paul).post(page.request["PATH_INFO"])

    assert answer.url == reverse("discovery:schedules")
    assert not Schedule.objects.going_on().exists()
    assert [(entry.verb, entry.actor) for entry in audit.of(schedule)] == [("end", str(people.paul))]


def test_a_stranger_may_not(people, sign_in):
    schedule = make_schedule(people.stan)

    assert sign_in(people.stranger).post(reverse("discovery:end-schedule", args=[schedule.pk])).status_code == 404
    assert Schedule.objects.going_on().exists()


def test_it_ends_once(people):
    schedule = make_schedule(people.stan, due_at=NOW)
    schedules.end(schedule, by=people.paul)

    with pytest.raises(MovedOn):
        schedules.end(schedule, by=people.gina)
    with at(NOW):
        tasks.run_schedules()
    assert not Scan.objects.exists()


# The page


def test_the_list_says_what_when_and_who(people, sign_in):
    make_schedule(people.stan, due_at=NOW)
    make_schedule(people.stranger, include="127.3.9.0/28")

    page = html(sign_in(people.gina).get(reverse("discovery:schedules")))

    for said in ("127.3.0.0/28", "Daily", "stan@example.com", "2026-11-10T12:00"):
        assert said in page
    assert "127.3.9.0/28" not in page


def test_the_list_costs_the_same_however_many_there_are(people, sign_in):
    costs = []
    for person in (people.stan, people.paul, people.gina):
        make_schedule(person)
        with CaptureQueriesContext(connection) as queries:
            sign_in(people.gina).get(reverse("discovery:schedules"))
        costs.append(len(queries))

    assert costs[1] == costs[2]


@pytest.mark.parametrize("networks", [[], ["127.3.0.0/16"]])
def test_the_list_of_scans_leads_there_where_there_may_be_some(people, sign_in, settings, networks):
    settings.SCAN_NETWORKS = networks
    page = html(sign_in(people.gina).get(reverse("discovery:scans")))

    assert (reverse("discovery:schedules") in page) == bool(networks)


def test_schedules_are_reached_even_when_the_operator_allows_no_networks_any_more(people, sign_in, settings):
    make_schedule(people.stan)
    settings.SCAN_NETWORKS = []

    assert reverse("discovery:schedules") in html(sign_in(people.gina).get(reverse("discovery:scans")))


# What people are told


@pytest.fixture
def run(people, serve):
    """Let a scan of stan's schedule look at a server: `run(leaf)`, on port `run.port`."""
    theirs = StrangeCa()
    leaf = theirs.issue("new.example.com", ocsp_url="", crl_url="", days=10)
    server = serve(servers.answers(tls.flight(ders=(leaf, theirs.der))), address="127.3.0.5")

    def run(**fields):
        make_schedule(people.stan, due_at=clock.now(), ports=str(server.port), **fields)
        schedules.run_due()
        assert running.run_some()
        return Scan.objects.latest("pk")

    run.port = server.port
    return run


def notices():
    return list(Notice.objects.values_list("key", "profile"))


def test_who_has_set_it_up_is_told_what_has_changed(people, run):
    make_finding(people.gina, "127.3.0.5", port=run.port, certificate=make_found(people.company, "old.example.com"))
    make_finding(people.gina, "127.3.0.6", port=run.port, certificate=make_found(people.company, "gone.example.com"))
    for_all = make_found(people.company, "elsewhere.example.com")
    make_finding(people.gina, "192.0.2.1", certificate=for_all)

    scan = run()

    assert (scan.status, scan.changes) == (Status.FINISHED, 2)
    assert notices() == [(f"scan-changed:{scan.pk}", None)]
    [letter] = letters_to("stan@example.com")
    assert letter.subject == f"Scan #{scan.pk} found changes in your network"
    facts = dict(letter.letter["facts"])
    in_a_year, in_ten_days = (date_format(clock.now() + timedelta(days=days), "DATE_FORMAT") for days in (365, 10))
    assert facts == {
        "Include Addresses": "127.3.0.0/28",
        "Repeat": "Daily",
        "New": "0",
        "Another certificate": "1",
        "Gone": "1",
        "Certificates that expire within 30 days": "1",
        "Expired certificates": "0",
        f"127.3.0.5:{run.port}": f"old.example.com (until {in_a_year}) → new.example.com (until {in_ten_days})",
        f"127.3.0.6:{run.port}": f"gone.example.com (until {in_a_year}) → —",
    }
    assert reverse("discovery:changes", args=[scan.pk]) in letter.text
    assert letters_to("gina@example.com") == []


def test_the_first_twenty_changes_are_listed_and_the_rest_is_counted(people, run):
    for number in range(21):
        make_finding(people.gina, f"127.3.1.{number}", port=run.port)

    run(include="127.3.1.0/27")

    [letter] = letters_to("stan@example.com")
    assert len(letter.letter["facts"]) == 7 + 20
    assert "1 more change is not listed here; the page has it." in letter.text


def test_nobody_is_told_of_the_first_scan_nor_of_one_without_changes(people, run):
    first = run()
    Schedule.objects.update(due_at=None)
    second = run()

    assert (first.changes, second.changes) == (None, 0)
    assert notices() == []
    assert letters_to("stan@example.com") == []


def test_once_that_person_has_left_the_globals_are_told(people, run):
    make_finding(people.gina, "127.3.0.6", port=run.port)
    people.stan.status = PersonStatus.REMOVED
    people.stan.save()

    run()

    assert letters_to("stan@example.com") == []
    assert len(letters_to("gina@example.com")) == 1


def test_the_webhook_is_told_in_numbers(people, run):
    make_finding(people.gina, "127.3.0.6", port=run.port)
    webhook = make_webhook(people.company)

    scan = run()

    delivery = webhook.deliveries.get()
    assert (delivery.event, f'"scan": {scan.pk}' in delivery.body) == ("scan.changed", True)


def test_a_scan_that_is_no_schedules_is_told_of_to_nobody(people, run):
    make_finding(people.gina, "127.3.0.6", port=run.port)
    scan = run()
    Notice.objects.all().delete()
    Scan.objects.filter(pk=scan.pk).update(schedule=None, status=Status.RUNNING)
    scan.findings.all().delete()

    running.run_some()

    assert (Scan.objects.get(pk=scan.pk).status, notices()) == (Status.FINISHED, [])


def test_who_has_set_it_up_is_told_when_it_fails(people, run, settings):
    settings.SCAN_NETWORKS = ["10.0.0.0/8"]

    scan = run()

    assert scan.status == Status.FAILED
    assert notices() == [(f"scan-failed:{scan.pk}", None)]
    [letter] = letters_to("stan@example.com")
    assert letter.subject == f"Scan #{scan.pk} of your network failed"
    assert "The portal may not scan 127.3.0.0/28, but only 10.0.0.0/8." in letter.text
    assert Schedule.objects.going_on().exists()
