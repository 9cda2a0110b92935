"""The program that carries a health check out where the portal does not reach."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.test import Client

from discovery.health import actions, tasks
from discovery.health.models import HealthCheck
from discovery.health.states import Status, Verdict
from discovery.scanner import health as scanner_health
from discovery.scanner.health import PROBES, Health
from discovery.scanner.results import FOUND, TLS12, TLS13, Result, Shown
from sslportal.kit import clock
from tests.discovery.health_checks import NAME, chain_of, codes, page, path, plays, run, start, verdicts


@pytest.fixture
def unreached(order):
    """A check with two URLs that the portal did not reach, and one that it did, more or less."""
    check = start(order, ("10.0.0.1", 443), (NAME, 443), ("10.0.0.2", 8443))
    one, two, three = check.urls.all()
    for url in (one, three):
        actions.take(check, url, Health(Result(url.host, url.port, "not-public")))
    actions.take(check, two, Health(Result(two.host, two.port, "closed")))
    actions.finish(check)
    return HealthCheck.objects.get()


@pytest.fixture
def handed(unreached, order):
    return actions.hand_over(unreached, by=order.requester)


OWN = "a-secret-that-the-program-has-made-for-itself"


def settings_of(client, order):
    """Download the program; what is in it."""
    answer = client.post(path(order, "scanner.pyz"))
    assert answer["Content-Disposition"] == 'attachment; filename="scanner.pyz"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return json.loads(archive.read("settings.json"))


def send(check, what, data, secret=OWN):
    return Client(enforce_csrf_checks=True).post(
        f"/discovery/agent/{check.uid}/{what}/",
        json.dumps(data),
        content_type="application/json",
        headers={"authorization": f"Bearer {secret}"},
    )


def begin(client, order, check):
    token = settings_of(client, order)["token"]
    answer = send(check, "start", {"session": OWN, "python": "3.11.7", "system": "Linux"}, token)
    assert answer.status_code == 200, answer.content
    return answer.json()


def seen(order, host="10.0.0.1", port=443):
    """What the program sends of a server with the order's certificate, where it is reached."""
    shown = Shown(TLS12, 0xC02F, chain=chain_of(order))
    found = Result(host, port, FOUND, address=host, shown=(shown,))
    return scanner_health.to_json(Health(found, versions=(TLS12, TLS13), staples=True))


def test_the_page_offers_the_program_for_what_was_not_reached(order, unreached, sign_in):
    client = sign_in(order.requester)

    assert "2 URLs were not reached" in page(client, order)
    client.post(path(order, "hand-over/"))

    shown = page(client, order)
    assert "python3 scanner.pyz" in shown
    assert f'data-refresh="{path(order, "state/")}"' in shown


def test_the_program_knows_what_to_look_at(order, handed, sign_in, settings):
    given = settings_of(sign_in(order.requester), order)

    token = given.pop("token")
    assert len(token) >= 43
    assert given == {
        "portal": settings.PORTAL_URL,
        "language": "en",
        "kind": "health",
        "uid": str(handed.uid),
        "endpoints": [{"host": "10.0.0.1", "port": 443}, {"host": "10.0.0.2", "port": 8443}],
    }


def test_what_the_program_sees_becomes_the_result(order, handed, sign_in, settings):
    client = sign_in(order.requester)

    assert begin(client, order, handed) == {"position": 0}
    assert send(handed, "health", {"index": 0, "done": 5, "of": PROBES}).json() == {}
    assert handed.urls.first().done == 5
    assert send(handed, "health", {"index": 0, "health": seen(order)}).status_code == 200
    assert begin_again(handed) == {"position": 1}
    refused = scanner_health.to_json(Health(Result("10.0.0.2", 8443, "refused")))
    assert send(handed, "health", {"index": 1, "health": refused}).status_code == 200
    end = send(handed, "end", {"is_finished": True})

    assert end.json() == {"is_done": True, "questions": [], "url": f"{settings.PORTAL_URL}{path(order)}"}
    handed.refresh_from_db()
    assert (handed.status, handed.good) == (Status.FINISHED, 1)
    assert codes(handed) == [["by-address"], ["closed"], ["refused"]]
    assert "by the program" in page(client, order)


def begin_again(check):
    return send(check, "start", {"session": OWN}, "x" * 43).json()


def test_a_program_that_was_stopped_may_go_on(order, handed, sign_in):
    begin(sign_in(order.requester), order, handed)

    assert send(handed, "end", {"is_finished": False}).json()["is_done"] is True
    assert begin_again(handed) == {"position": 0}


def test_a_program_says_its_results_twice_without_harm(order, handed, sign_in):
    begin(sign_in(order.requester), order, handed)
    report = {"index": 0, "health": seen(order)}

    assert [send(handed, "health", report).status_code for _ in range(2)] == [200, 200]
    assert [send(handed, "end", {"is_finished": True}).status_code for _ in range(2)] == [200, 200]


@pytest.mark.parametrize(
    "report",
    [
        None,
        [],
        {"index": "0"},
        {"index": True, "done": 1},
        {"index": -1, "done": 1},
        {"index": 2, "done": 1},
        {"index": 0, "done": PROBES + 1},
        {"index": 0, "done": 1, "more": 1},
        {"index": 0, "health": {}},
        {"index": 0, "health": {"found": {"host": "10.0.0.2", "port": 8443, "outcome": "refused"}}},
    ],
)
def test_a_report_that_is_not_as_it_should_be_is_refused(order, handed, sign_in, report):
    begin(sign_in(order.requester), order, handed)

    assert send(handed, "health", report).status_code == 400
    assert verdicts(handed) == [Verdict.UNREACHABLE, Verdict.PROBLEM, Verdict.UNREACHABLE]


@pytest.mark.parametrize("what", ["health", "end", "start"])
def test_whoever_has_no_secret_that_counts_is_turned_away(order, handed, sign_in, what):
    begin(sign_in(order.requester), order, handed)
    data = {"index": 0, "health": seen(order), "session": "y" * 43, "is_finished": True}

    assert send(handed, what, data, "z" * 43).status_code == 401
    handed.refresh_from_db()
    assert handed.status == Status.HANDED


def test_after_a_cancel_the_program_is_told_so(order, handed, sign_in):
    client = sign_in(order.requester)
    begin(client, order, handed)

    client.post(path(order, "cancel/"))

    answer = send(handed, "health", {"index": 0, "health": seen(order)})
    assert (answer.status_code, list(answer.json())) == (410, ["error"])
    handed.refresh_from_db()
    assert handed.status == Status.FINISHED
    assert "2 URLs were not reached" in page(client, order)


def test_the_program_of_somebody_who_has_lost_the_role_is_not_heard(order, handed, sign_in):
    begin(sign_in(order.requester), order, handed)
    handed.by.accesses.all().delete()

    assert send(handed, "health", {"index": 0, "health": seen(order)}).status_code == 401


def test_a_file_that_was_downloaded_before_counts_no_more(order, handed, sign_in):
    client = sign_in(order.requester)
    former = settings_of(client, order)["token"]
    settings_of(client, order)

    assert send(handed, "start", {"session": OWN}, former).status_code == 401


def test_a_program_that_is_never_run_is_waited_for_a_week(order, handed):
    with clock.at(clock.now() + timedelta(days=6)):
        tasks.sweep_health_checks()
    handed.refresh_from_db()
    assert handed.status == Status.HANDED

    with clock.at(clock.now() + timedelta(days=7, seconds=1)):
        tasks.sweep_health_checks()
    handed.refresh_from_db()
    assert handed.status == Status.FINISHED


def test_where_all_was_reached_there_is_no_program(order, serve, names_lead_here, sign_in):
    run(order, (NAME, serve(plays(*chain_of(order))).port))
    client = sign_in(order.requester)

    assert "hand-over" in page(client, order)  # the form is there, without a button
    assert 'form="hand-over"' not in page(client, order)
    client.post(path(order, "hand-over/"))
    client.post(path(order, "scanner.pyz"))

    assert HealthCheck.objects.get().status == Status.FINISHED


def test_a_new_check_takes_the_place_of_one_that_waits_for_its_program(order, handed):
    check = run(order, ("10.0.0.1", 443))

    assert list(HealthCheck.objects.all()) == [check]
    assert send(handed, "health", {"index": 0, "done": 1}).status_code == 401
