"""Scans that the portal runs itself: real servers on 127.3.0.0/16, slices, leases, and what CAs are asked."""

import contextlib
import os
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection, connections

from discovery import fetching, running, tasks
from discovery.actions import intake, room, scans
from discovery.models import Finding, FoundCertificate, Miss, Question, Scan
from discovery.states import Place, Status
from sslportal.embedded.processes import wait_until
from sslportal.kit import clock
from tests.discovery import servers, tls
from tests.discovery.strange_ca import StrangeCa
from tests.factories import make_finding, make_scan
from tests.web_server import Page, WebServer, gzip_bomb, redirect

ROOT = Path(__file__).parents[2]
SHOWN = "127.3.0.5"
PATIENCE = 30

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _networks(settings):
    settings.SCAN_NETWORKS = ["127.3.0.0/16"]


@pytest.fixture(scope="module")
def theirs():
    return StrangeCa()


def portal_scan(by, *, include="127.3.0.0/28", server=None, **fields):
    """One that waits for its turn; of the server's port beside 443."""
    ports = str(server.port) if server else ""
    return make_scan(
        by, **{"include": include, "ports": ports, "place": Place.PORTAL, "status": Status.WAITING} | fields
    )


def shows(theirs, leaf=None):
    """A server that shows a certificate of theirs."""
    return servers.answers(tls.flight(ders=(leaf or theirs.issue(ocsp_url="", crl_url=""), theirs.der)))


def fresh(scan):
    return Scan.objects.select_related("account", "by").get(pk=scan.pk)


def free(scan):
    """The worker that had it in hand has died, and its lease is over."""
    Scan.objects.filter(pk=scan.pk).update(leased_until=clock.now() - timedelta(seconds=1))


def places():
    return sorted(Finding.objects.values_list("host", "port", "certificate__common_name"))


# To the end


def test_a_scan_runs_to_its_end(people, serve, theirs):
    server = serve(shows(theirs), address=SHOWN)
    scan = portal_scan(people.gina, server=server)

    assert running.run_some()

    scan = fresh(scan)
    assert (scan.status, scan.position, scan.outcomes) == ("finished", 32, {"refused": 31, "found": 1})
    assert places() == [(SHOWN, server.port, "www.example.com")]
    assert Finding.objects.current().count() == 1


def test_when_nothing_waits_there_is_nothing_to_do(people):
    make_scan(people.gina, status=Status.WAITING)
    portal_scan(people.gina, status=Status.FINISHED)

    assert not running.run_some()


def test_setting_it_up_is_enough(people, serve, theirs, django_capture_on_commit_callbacks):
    server = serve(shows(theirs), address=SHOWN)

    with django_capture_on_commit_callbacks(execute=True):
        plan = scans.Plan("127.3.0.0/28", "", str(server.port), "fast", "replace", Place.PORTAL)
        scan = scans.set_up(plan, by=people.stan)

    assert fresh(scan).status == Status.FINISHED


def test_a_task_makes_way_for_others_and_goes_on(people, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(running, "SLICE", 0.05)
    scan = portal_scan(people.gina, include="127.3.0.0/19")

    with django_capture_on_commit_callbacks() as callbacks:
        tasks.run_scans()

    queued = [callback for callback in callbacks if tasks.run_scans in callback.args]
    assert (fresh(scan).status, len(queued)) == (Status.RUNNING, 1)


# Slices


def test_a_slice_ends_and_the_next_goes_on_where_it_ended(people, serve, theirs, monkeypatch):
    monkeypatch.setattr(running, "SLICE", 0.05)
    server = serve(shows(theirs), address="127.3.31.200")
    scan = portal_scan(people.gina, include="127.3.0.0/19", server=server)
    positions = []

    while running.run_some():
        positions.append(fresh(scan).position)

    assert fresh(scan).status == Status.FINISHED
    assert len(positions) > 1
    assert positions == sorted(positions)
    assert (Miss.objects.count(), Finding.objects.count(), server.connections) == (16_383, 1, 1)


def test_what_takes_longer_than_a_slice_is_not_begun_again_and_again(people, monkeypatch):
    monkeypatch.setattr(running, "SLICE", 0.05)
    with servers.silent("127.3.0.9") as port:
        scan = portal_scan(people.gina, include="127.3.0.9", ports=str(port))

        assert running.run_some()

    assert fresh(scan).outcomes == {"refused": 1, "silent": 1, "found": 0}


def test_accounts_take_turns_and_the_scans_of_each(people, monkeypatch):
    monkeypatch.setattr(running, "SLICE", 0.0)
    one, two = (portal_scan(people.gina, include="127.3.0.0/17") for _ in range(2))
    other = portal_scan(people.stranger, include="127.3.0.0/17")
    turns = []

    for _ in range(6):
        running.run_some()
        turns.append(Scan.objects.latest("leased_until"))

    assert turns == [one, other, two, other, one, other]


def test_nobody_else_takes_what_a_worker_has_in_hand(people):
    scan = portal_scan(people.gina, leased_until=clock.now() + running.LEASE)
    assert not running.run_some()

    free(scan)
    assert running.run_some()
    assert fresh(scan).status == Status.FINISHED


def test_a_scan_that_is_at_its_end_is_only_finished(people, serve, theirs):
    server = serve(shows(theirs), address=SHOWN)
    scan = portal_scan(people.gina, server=server, status=Status.RUNNING, position=32)

    assert running.run_some()

    assert (fresh(scan).status, server.connections) == (Status.FINISHED, 0)


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_a_worker_may_be_killed(people):
    """Another one goes on after the lease, and in the end each address has been looked at."""
    scan = portal_scan(people.gina, include="127.3.0.0/17")
    with worker() as process:
        assert wait_until(lambda: fresh(scan).position > 0, PATIENCE)
        process.kill()
    left = fresh(scan)
    assert (left.status, left.position < left.total) == (Status.RUNNING, True)

    free(scan)
    while running.run_some():
        pass

    scan = fresh(scan)
    assert (scan.status, scan.outcomes["refused"]) == (Status.FINISHED, 32_768)


@contextlib.contextmanager
def worker():
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    env = os.environ | {"DATABASE_URL": database, "PORTAL_SCAN_NETWORKS": "127.3.0.0/16", "LOG_LEVEL": "ERROR"}
    with subprocess.Popen([sys.executable, "-W", "ignore", "-m", "tests.scan_worker"], env=env, cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.kill()


# Its end before the end


@pytest.mark.django_db(transaction=True)
def test_a_scan_that_is_cancelled_hangs_up_and_writes_nothing_more(people):
    """Of 256 servers that say nothing for as long as one waits, only the first fifty are connected to."""
    with servers.Server(servers.mute, address="0.0.0.0") as server:  # noqa: S104
        scan = portal_scan(people.gina, include="127.3.0.0/24", server=server, speed="slow")
        person = threading.Thread(target=cancel_when, args=[lambda: server.connections == 50, scan, people.stan])
        person.start()

        assert running.run_some()

        person.join()
        assert (fresh(scan).status, server.connections) == (Status.CANCELED, 50)
    assert not Miss.objects.exists()


def cancel_when(has_come, scan, by):
    wait_until(has_come, PATIENCE)
    scans.cancel(scan, by=by)
    connections.close_all()


def test_networks_that_the_operator_allows_no_more_are_not_scanned(people, settings, serve, theirs):
    server = serve(shows(theirs), address=SHOWN)
    scan = portal_scan(people.gina, server=server)
    settings.SCAN_NETWORKS = ["10.0.0.0/8"]

    running.run_some()

    scan = fresh(scan)
    assert (scan.status, server.connections) == (Status.FAILED, 0)
    assert scan.reason == (
        "The portal may not scan 127.3.0.0/28, but only 10.0.0.0/8. Leave them out, or run the scan on your own computer."
    )


def test_when_dns_does_not_tell_what_is_excluded_nothing_is_touched(people, serve, theirs, dns_server):
    dns_server.fails["www.example.com"] = "SERVFAIL"
    server = serve(shows(theirs), address=SHOWN)
    scan = portal_scan(people.gina, server=server, exclude="www.example.com")

    running.run_some()

    scan = fresh(scan)
    assert (scan.status, server.connections) == (Status.FAILED, 0)
    assert scan.reason.startswith("www.example.com is excluded, but DNS did not tell its addresses")


def test_a_scan_for_which_there_is_no_room_fails(people, monkeypatch):
    monkeypatch.setattr(room, "MOST_PLACES", 0)
    make_finding(people.gina)
    scan = portal_scan(people.gina, save_as="merge")

    running.run_some()

    scan = fresh(scan)
    assert scan.status == Status.FAILED
    assert scan.reason.startswith("Your scan results list more than 500,000 addresses and ports")


# Names


def test_a_name_is_connected_to_inside_the_networks_only(people, serve, theirs, dns_server):
    inside = serve(shows(theirs), address=SHOWN)
    beyond = serve(shows(theirs), address="127.9.0.1", port=inside.port)
    dns_server.zone["A", "www.example.com"] = [SHOWN, "127.9.0.1"]
    dns_server.zone["A", "away.example.com"] = ["127.9.0.1"]
    scan = portal_scan(people.gina, include="www.example.com away.example.com", server=inside)

    running.run_some()

    assert (fresh(scan).status, inside.connections, beyond.connections) == (Status.FINISHED, 1, 0)
    assert places() == [("www.example.com", inside.port, "www.example.com")]
    outcomes = set(Miss.objects.filter(port=inside.port).values_list("host", "outcome", "detail"))
    assert outcomes == {("away.example.com", "excluded", "not in a network that the portal may scan")}


# What CAs are asked


@pytest.fixture
def asked(people, theirs):
    """A scan that has looked at all its addresses, and found these certificates of theirs."""

    def asked(*leaves):
        scan = portal_scan(people.gina, include="127.3.0.0/22", status=Status.RUNNING)
        found = [theirs.shown(f"127.3.1.{number}", leaf=leaf) for number, leaf in enumerate(leaves)]
        intake.take(scan, scan.total, found)
        return scan

    return asked


def revocations():
    """By common name: what is known, and why not."""
    rows = FoundCertificate.objects.exclude(common_name="Strange Root")
    return {row.common_name: (row.revocation, row.revocation_problem) for row in rows}


def test_responders_are_asked_by_post_and_lists_fetched_by_get(asked, theirs, web_server):
    one = theirs.issue("one.example", ocsp_url=web_server.url("/ocsp/1"))
    two = theirs.issue("two.example", ocsp_url="", crl_url=web_server.url("/list.crl"))
    web_server.pages["/ocsp/1"] = Page(theirs.status(one))
    web_server.pages["/list.crl"] = Page(theirs.crl(two))

    scan = asked(one, two)
    running.run_some()

    assert fresh(scan).status == Status.FINISHED
    assert {name: status for name, (status, _problem) in revocations().items()} == {
        "one.example": "good",
        "two.example": "revoked",
    }
    requests = {(request.method, request.path, request.headers.get("content-type")) for request in web_server.requests}
    assert requests == {("POST", "/ocsp/1", "application/ocsp-request"), ("GET", "/list.crl", None)}


def test_a_list_is_asked_where_the_responder_says_nothing(asked, theirs, web_server):
    leaf = theirs.issue(ocsp_url=web_server.url("/ocsp"), crl_url=web_server.url("/list.crl"))
    web_server.pages["/list.crl"] = Page(theirs.crl())

    scan = asked(leaf)
    running.run_some()

    assert fresh(scan).status == Status.FINISHED
    assert revocations() == {"www.example.com": ("good", "")}


def test_where_the_portal_scans_it_also_asks(asked, theirs, web_server, settings):
    settings.EGRESS_NETWORKS, settings.SCAN_NETWORKS = [], ["127.0.0.2/32", "127.3.0.0/16"]
    leaf = theirs.issue(ocsp_url=web_server.url("/ocsp"))
    web_server.pages["/ocsp"] = Page(theirs.status(leaf))

    asked(leaf)
    running.run_some()

    assert revocations() == {"www.example.com": ("good", "")}


def fetched(url, kind="ocsp"):
    """What comes of one question."""
    question = Question(kind=kind, url=url, body=b"question" if kind == "ocsp" else b"")
    return running.async_to_sync(fetching.Fetcher().fetch)(question)


@pytest.fixture
def forbidden(tmp_path, settings, web_server):
    """A web server where the portal must not ask, at a port where it might."""
    folder = tmp_path / "forbidden"
    folder.mkdir()
    with WebServer(folder, host="127.0.0.1") as server:
        settings.VALIDATION_PORTS = {"http": server.ports["http"], "https": web_server.ports["http"]}
        server.pages["/"] = Page(b"a secret")
        yield server


def test_nothing_is_asked_where_the_guard_says_no(forbidden, dns_server):
    port = forbidden.ports["http"]
    dns_server.zone["A", "sly.example.com"] = ["127.0.0.1"]

    for host in ("127.0.0.1", "[::ffff:127.0.0.1]", "sly.example.com", "169.254.169.254", "10.0.0.1"):
        assert fetched(f"http://{host}:{port}/") == (b"", "forbidden-address")
    assert forbidden.requests == []


@pytest.mark.parametrize(
    "url",
    [
        *(
            "file:///etc/passwd",
            "ftp://127.0.0.2/",
            "gopher://127.0.0.2/",
            "ldap://127.0.0.2/",
            "//127.0.0.2/",
            "x",
            "",
        ),
        *("http://127.0.0.2:6379/", "http://127.0.0.2:22/", "http://127.0.0.2:0/", "http://somebody@127.0.0.2/"),
        *("http://127.0.0.2:99999/", "http:///x", "http://[::1/", "http://127.0.0.2/\r\nX: y"),
    ],
)
def test_what_is_not_to_be_asked_is_not(url, web_server):
    assert fetched(url) == (b"", "bad-url")


def test_nobody_is_followed_elsewhere(web_server, forbidden):
    web_server.pages["/old"] = redirect(forbidden.url("/", host="127.0.0.1"))

    assert fetched(web_server.url("/old")) == (b"", "http-302")
    assert forbidden.requests == []


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        (Page(b"not here", status=404), "http-404"),
        (Page(b"x" * 65_537), "too-large"),
        (Page(b"x" * 1024, is_endless=True), "too-large"),
        (Page(raw=b"not HTTP at all"), "malformed"),
        (Page(raw=b""), "malformed"),
    ],
)
def test_an_answer_that_is_none_says_why(web_server, page, problem):
    web_server.pages["/ocsp"] = page

    assert fetched(web_server.url("/ocsp")) == (b"", problem)


def test_a_list_may_be_five_megabytes_and_no_more(web_server):
    web_server.pages["/five"] = Page(b"x" * 5_000_000)
    web_server.pages["/endless"] = Page(b"x" * 65_536, is_endless=True)

    assert fetched(web_server.url("/five"), "crl") == (b"x" * 5_000_000, "")
    assert fetched(web_server.url("/endless"), "crl") == (b"", "too-large")


def test_nothing_is_unpacked(web_server):
    web_server.pages["/bomb"] = gzip_bomb(5)

    body, problem = fetched(web_server.url("/bomb"), "crl")

    assert (len(body) < 10_000, problem) == (True, "")


def test_who_drips_is_not_waited_for(web_server, monkeypatch):
    monkeypatch.setattr(fetching, "WHOLE_SECONDS", 0.3)
    web_server.pages["/slow"] = Page(b"x" * 1000, drips=0.1)

    assert fetched(web_server.url("/slow")) == (b"", "timeout")


def test_a_host_that_is_away_is_left_alone_after_some_failures(asked, theirs, web_server, monkeypatch):
    monkeypatch.setattr(fetching, "WHOLE_SECONDS", 0.3)
    web_server.pages["/slow"] = Page(b"x" * 1000, drips=0.1)
    leaves = [theirs.issue(f"{number}.example", ocsp_url=web_server.url("/slow"), crl_url="") for number in range(60)]

    scan = asked(*leaves)
    running.run_some()

    assert fresh(scan).status == Status.FINISHED
    assert {status for status, _problem in revocations().values()} == {"unknown"}
    assert len(web_server.requests) <= fetching.AT_ONCE + fetching.MOST_FAILURES


def test_what_was_not_asked_in_a_slice_is_asked_in_the_next(asked, theirs, web_server, monkeypatch):
    leaf = theirs.issue(ocsp_url=web_server.url("/ocsp"))
    web_server.pages["/ocsp"] = Page(theirs.status(leaf))
    scan = asked(leaf)

    with monkeypatch.context() as patch:
        patch.setattr(running, "SLICE", -1.0)
        running.run_some()
    assert (fresh(scan).status, web_server.requests) == (Status.RUNNING, [])

    running.run_some()
    assert (fresh(scan).status, len(web_server.requests)) == (Status.FINISHED, 1)


@pytest.mark.django_db(transaction=True)
def test_a_scan_that_is_cancelled_asks_nobody_any_more(people, asked, theirs, web_server):
    """Of thirty that drip, no more than are asked at once have been asked by then."""
    for number in range(30):
        web_server.pages[f"/{number}"] = Page(b"x" * 1000, drips=0.2)
    leaves = [theirs.issue(f"{number}.example", ocsp_url=web_server.url(f"/{number}")) for number in range(30)]
    scan = asked(*leaves)
    begun = [lambda: len(web_server.requests) == fetching.AT_ONCE, scan, people.stan]
    person = threading.Thread(target=cancel_when, args=begun)
    person.start()

    running.run_some()

    person.join()
    assert (fresh(scan).status, len(web_server.requests)) == (Status.CANCELED, fetching.AT_ONCE)


def test_a_question_that_a_worker_took_into_death_is_asked_again(asked, theirs, web_server):
    leaf = theirs.issue(ocsp_url=web_server.url("/ocsp"))
    web_server.pages["/ocsp"] = Page(theirs.status(leaf))
    scan = asked(leaf)
    scan.questions.update(asked_at=clock.now())

    running.run_some()

    assert fresh(scan).status == Status.FINISHED
    assert revocations() == {"www.example.com": ("good", "")}
