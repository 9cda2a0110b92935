"""The downloaded program, run as people run it, with a portal, servers to find and proxies that are real."""

import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from discovery.scanner import program as scanner
from discovery.scanner.health import PROBES
from tests.discovery import authority, chains, servers
from tests.discovery.portal_stand_in import LOST, PortalStandIn
from tests.discovery.programs import Program, another_python
from tests.discovery.proxy import Proxy

ROOT = Path(__file__).parents[2]


@pytest.fixture
def portal():
    with PortalStandIn() as portal:
        yield portal


@pytest.fixture
def found(serve):
    """A server that shows a certificate."""
    return serve(servers.speaks_tls(servers.context(chains.rsa())), address="127.7.0.5")


def field(portal, port, network="127.7.0.0/28", **more):
    """The settings of a scan of this port, and of 443, on which nobody listens."""
    portal.total = 2 * 2 ** (32 - int(network.partition("/")[2]))
    return portal.settings(include=network, exclude="", ports=str(port), speed="fast", **more)


def assert_all_found(portal, server):
    assert len(portal.results) == portal.total == portal.position
    shown = {key: result.shown[0].chain for key, result in portal.results.items() if result.outcome == "found"}
    assert shown == {(server.address, server.port): chains.rsa().ders}


def test_a_scan_brings_everything_to_the_portal(portal, found, tmp_path):
    program = Program(tmp_path, field(portal, found.port))

    run = program.run()

    assert run.code == 0
    assert_all_found(portal, found)
    assert portal.requests == ["start/", "results/", "end/"]
    assert portal.ends == [True]
    said = run.output.splitlines()
    assert re.fullmatch(r"Looks for certificates at 32 pairs of address and port, fast speed, from .+\.", said[0])
    assert said[1:] == [
        f"What it finds goes to {portal.url}. Ctrl-C stops it; run it again to go on.",
        "Finished: 32 pairs. Servers that showed a certificate in this run: 1.",
        f"Results: {portal.url}/discovery/scans/5/",
    ]
    assert list(program.file.parent.iterdir()) == [program.file]


@pytest.mark.parametrize("version", ["3.9", "3.10", "3.12", "3.13", "3.14"])
def test_it_runs_with_another_python(portal, found, tmp_path, version):
    python = another_python(version)

    run = Program(tmp_path, field(portal, found.port)).run(python=(python, "-W", "error"))

    assert run.code == 0, run.output
    assert_all_found(portal, found)


def test_it_needs_nothing_that_is_installed(portal, found, tmp_path):
    run = Program(tmp_path, field(portal, found.port)).run(python=(sys.executable, "-I", "-S", "-W", "error"))

    assert run.code == 0, run.output
    assert_all_found(portal, found)


@pytest.mark.parametrize("version", ["2.7", "3.6", "3.8"])
def test_an_old_python_is_told_what_is_needed(portal, tmp_path, version):
    python = another_python(version)

    run = Program(tmp_path, field(portal, 8443)).run(python=(python,))

    assert run.code == 1
    assert re.fullmatch(r"This program needs Python 3\.9 or newer, and this is .+\n", run.output)


def test_its_version_is_the_portals(portal, tmp_path):
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)[1]

    run = Program(tmp_path, field(portal, 8443)).run("--version")

    assert version == scanner.VERSION
    assert run.output.startswith(f"scanner {version}, Python 3.")


def test_a_portal_whose_certificate_verifies_is_trusted(found, tmp_path):
    with PortalStandIn(certificate=authority.issued("127.0.0.1")) as portal:
        run = Program(tmp_path, field(portal, found.port)).run("--ca-file", authority.bundle())

        assert run.code == 0, run.output
        assert_all_found(portal, found)


@pytest.mark.parametrize(
    ("certificate", "arguments", "reason"),
    [("127.0.0.1", [], "certificate"), ("portal.test", ["--ca-file", authority.bundle()], "127.0.0.1")],
)
def test_a_portal_whose_certificate_does_not_verify_is_told_nothing(tmp_path, certificate, arguments, reason):
    with PortalStandIn(certificate=authority.issued(certificate)) as portal:
        run = Program(tmp_path, field(portal, 8443)).run(*arguments)

    assert run.code == 1
    assert portal.requests == []
    assert re.search(
        rf"^{portal.url} does not prove that it is the portal: .*{reason}.*\. Nothing was sent\.$", run.output, re.M
    )
    assert "--ca-file FILE" in run.output


def test_a_file_of_authorities_must_hold_some(portal, tmp_path):
    run = Program(tmp_path, field(portal, 8443)).run("--ca-file", __file__)

    assert run.code == 1
    assert run.output.startswith(f"{__file__} cannot be read, or holds no certificate in PEM")


def test_a_proxy_is_told_neither_the_secret_nor_the_results(found, tmp_path):
    with PortalStandIn(certificate=authority.issued("portal.test"), name="portal.test") as portal:
        hosts = {portal.url.removeprefix("https://"): portal.server.server_address}
        with Proxy(hosts, credentials="Basic cGF1bDpwYXNz") as proxy:
            environment = {"HTTPS_PROXY": f"http://paul:pass@127.0.0.1:{proxy.port}"}
            program = Program(tmp_path, field(portal, found.port), **environment)
            run = program.run("--ca-file", authority.bundle())

        assert run.code == 0, run.output
        assert_all_found(portal, found)
        assert len(proxy.heads) == len(portal.requests)
        assert not any("Bearer" in head for head in proxy.heads)
        assert all("Proxy-Authorization" not in head for head in portal.heads)


def test_a_portal_on_this_computer_is_not_asked_through_a_proxy(portal, found, tmp_path):
    with Proxy({}) as proxy:
        run = Program(tmp_path, field(portal, found.port), HTTP_PROXY=f"http://127.0.0.1:{proxy.port}").run()

    assert run.code == 0
    assert proxy.heads == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_with_the_secret(portal, tmp_path, status):
    with PortalStandIn() as elsewhere:
        portal.faults["start/"] = [(status, {"Location": f"{elsewhere.url}/discovery/agent/{elsewhere.uid}/start/"})]

        run = Program(tmp_path, field(portal, 8443)).run()

        assert run.code == 1
        assert f"The portal sends the program elsewhere ({status}, to {elsewhere.url}" in run.output
        assert elsewhere.requests == []


def test_a_portal_that_is_not_there_is_waited_for(portal, found, tmp_path):
    settings = field(portal, found.port)
    portal.down()
    run = Program(tmp_path, settings).start()
    run.wait_until_it_says("The portal cannot be reached: Connection refused. Trying again, for up to 10 minutes.")
    portal.up()

    assert run.end().code == 0
    assert "The portal can be reached again." in run.output
    assert_all_found(portal, found)


def test_a_portal_that_goes_down_in_the_middle_loses_nothing(portal, found, tmp_path):
    portal.hooks["results/"] = portal.down
    run = Program(tmp_path, field(portal, found.port, "127.7.0.0/24")).start()
    run.wait_until_it_says("The portal cannot be reached")
    portal.up()

    assert run.end().code == 0, run.output
    assert len(portal.chunks) > 2
    assert_all_found(portal, found)


def test_answers_that_are_lost_are_asked_for_again(portal, found, tmp_path):
    portal.faults = {what: [LOST] for what in ("start/", "results/", "end/")}

    run = Program(tmp_path, field(portal, found.port)).run()

    assert run.code == 0, run.output
    assert portal.requests == ["start/", "start/", "results/", "results/", "end/", "end/"]
    assert portal.chunks[0] == portal.chunks[1]
    assert_all_found(portal, found)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_scan_goes_on_where_it_was(portal, found, tmp_path, number, code):
    program = Program(tmp_path, field(portal, found.port))
    reached = []
    with servers.Server(lambda connection: (reached.append(1), servers.mute(connection)), "127.7.0.9", found.port):
        run = program.start()
        wait_until(lambda: reached)
        run.interrupt(number)
        run.end()

    assert run.code == code
    assert portal.ends == [False]
    assert ("127.7.0.9", found.port) not in portal.results
    assert "Stopping: what was found is still sent to the portal." in run.output
    assert run.output.splitlines()[-1].startswith(f"Stopped at {portal.position} of 32 pairs. Run the program again")
    assert program.state.stat().st_mode & 0o777 == 0o600

    first, again = portal.position, program.run()

    assert again.code == 0
    assert f"Going on at {first} of 32." in again.output or first == 0
    assert_all_found(portal, found)
    assert not program.state.exists()


def wait_until(condition):
    for _ in range(500):
        if condition():
            return
        servers.threading.Event().wait(0.01)
    raise AssertionError


def test_a_run_that_was_killed_goes_on_too(portal, found, tmp_path):
    program = Program(tmp_path, field(portal, found.port, "127.7.0.0/24"))
    with servers.Server(servers.mute, "127.7.0.255", found.port):
        run = program.start()
        portal.wait_for(lambda: "results/" in portal.requests)
        run.interrupt(signal.SIGKILL)
        run.end()

    again = program.run()

    assert again.code == 0, again.output
    assert portal.requests.count("start/") == 2
    assert_all_found(portal, found)


# A resolver of this computer that gets no answer about one name
SILENT_DNS = """
import runpy, socket, sys
answer = socket.getaddrinfo
def ask(host, *more, **further):
    if host == "db.test":
        raise socket.gaierror(socket.EAI_AGAIN, "try again")
    return answer(host, *more, **further)
socket.getaddrinfo = ask
runpy.run_path(sys.argv.pop(1), run_name="__main__")
"""


def test_nothing_is_touched_where_dns_does_not_say_what_is_excluded(portal, found, tmp_path):
    settings = {**field(portal, found.port), "exclude": "db.test"}

    run = Program(tmp_path, settings).run(python=(sys.executable, "-c", SILENT_DNS))

    assert run.code == 1
    assert run.output.splitlines()[-1].startswith("db.test is excluded, but DNS did not tell its addresses.")
    assert portal.requests == ["start/", "end/"]
    assert portal.ends == [False]
    assert found.connections == 0


def test_a_second_ctrl_c_leaves_at_once(portal, found, tmp_path):
    goes_on = servers.threading.Event()
    portal.hooks["results/"] = lambda: goes_on.wait(servers.LONG)
    run = Program(tmp_path, field(portal, found.port)).start()
    portal.wait_for(lambda: "results/" in portal.requests)
    run.interrupt()
    run.wait_until_it_says("Ctrl-C again leaves at once")
    run.interrupt()

    code = run.end().code
    goes_on.set()

    assert code == 130
    assert portal.ends == []


def test_ctrl_c_does_not_wait_for_a_portal_that_is_not_there(portal, tmp_path):
    settings = field(portal, 8443)
    portal.down()
    run = Program(tmp_path, settings).start()
    run.wait_until_it_says("Trying again")
    run.interrupt()

    assert run.end().code == 130
    assert "The portal cannot be reached: Connection refused. Run the program again" in run.output
    portal.up()


def test_a_file_that_was_used_elsewhere_is_refused_in_the_portals_words(portal, tmp_path):
    portal.session = "s" * 43
    program = Program(tmp_path, field(portal, 8443))

    run = program.run()

    assert run.code == 1
    assert run.output.splitlines()[-1] == "このファイルは使えません。 Used by another copy."
    assert not program.state.exists()


def test_a_scan_that_is_cancelled_in_the_portal_stops(portal, serve, tmp_path):
    held = serve(servers.mute, address="127.7.0.9")
    portal.faults["results/"] = [(410, {"error": "This scan was canceled in the portal."})]
    program = Program(tmp_path, field(portal, held.port, "127.7.0.0/24"))

    run = program.run()

    assert run.code == 1
    assert run.output.splitlines()[-1] == "This scan was canceled in the portal."
    assert portal.requests == ["start/", "results/"]
    assert not program.state.exists()


def test_what_the_portal_does_not_understand_ends_the_program(portal, found, tmp_path):
    portal.faults["results/"] = [(400, {"error": "What the program sent cannot be read."})]
    program = Program(tmp_path, field(portal, found.port))

    run = program.run()

    assert (run.code, run.output.splitlines()[-1]) == (1, "What the program sent cannot be read.")
    assert program.state.exists()


def test_the_secret_is_kept_at_home_where_the_folder_takes_no_file(portal, tmp_path):
    portal.faults["start/"] = [(400, {"error": "Not now."})]
    program = Program(tmp_path, field(portal, 8443))
    program.state.mkdir()

    program.run()

    assert [path.name for path in program.home.iterdir()] == [program.state.name]


def test_two_runs_of_a_file_are_one_too_many(portal, serve, tmp_path):
    held = serve(servers.mute, address="127.7.0.9")
    program = Program(tmp_path, field(portal, held.port))
    first = program.start()
    portal.wait_for(lambda: portal.session)

    second = program.run()
    first.interrupt()

    assert second.code == 1
    assert second.output == "This program is running already, from the same file. Stop that run, or let it finish.\n"
    assert first.end().code == 130


def test_cas_are_asked_for_the_portal_but_not_this_computer(portal, found, serve, tmp_path):
    heard = []

    def ca(connection):
        heard.append(connection.recv(10_000))
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 8\r\n\r\nresponse")

    responder = serve(ca)
    portal.questions = {
        7: {"url": "http://ocsp.test/ca", "body": "cXVlc3Rpb24="},
        8: {"url": "http://crl.test/ca.crl"},
        9: {"url": f"http://127.0.0.1:{responder.port}/"},
        10: {"url": "ftp://crl.test/ca.crl"},
    }
    with Proxy({"ocsp.test:80": ("127.0.0.1", responder.port)}) as proxy:
        run = Program(tmp_path, field(portal, found.port), HTTP_PROXY=f"http://127.0.0.1:{proxy.port}").run()

    assert run.code == 0, run.output
    assert {number: (answer.body, answer.problem) for number, answer in portal.answers.items()} == {
        7: (b"response", ""), 8: (b"", "http-502"), 9: (b"", "forbidden-address"), 10: (b"", "bad-url"),
    }  # fmt: skip
    assert len(heard) == 1
    assert heard[0].startswith(b"POST /ca HTTP/1.1\r\nHost: ocsp.test\r\n")
    assert heard[0].endswith(b"\r\n\r\nquestion")
    assert portal.ends[-1] is True


def test_questions_that_come_with_the_end_are_answered_too(portal, found, tmp_path):
    def ask():
        portal.questions = {number: {"url": "http://127.0.0.1/"} for number in range(1, 121)}

    portal.hooks["results/"] = ask
    run = Program(tmp_path, field(portal, found.port)).run()

    assert run.code == 0, run.output
    assert set(portal.answers) == set(range(1, 121))


def test_a_terminal_shows_its_progress_on_one_line(portal, serve, tmp_path):
    held = serve(servers.mute, address="127.7.0.9")
    program = Program(tmp_path, field(portal, held.port))
    ours, its = pty.openpty()
    process = subprocess.Popen([sys.executable, program.file], stdout=its, env=program.environment)
    os.close(its)
    output = ""
    while len(re.findall("\r[0-9]", output)) < 3:
        output += os.read(ours, 1000).decode()
    process.send_signal(signal.SIGINT)
    process.wait(servers.LONG)
    os.close(ours)

    assert re.search(
        r"\n\r0 of 32 pairs \(0 %\), 0/s, 0 found\r\d+ of 32 pairs \(\d+ %\), [0-9,]+/s, 0 found, \d+ s left *\r",
        output,
    )


def test_a_health_check_looks_closely_and_tells_how_far_it_is(portal, found, tmp_path):
    portal.total = 3
    endpoints = [
        {"host": "127.7.0.5", "port": found.port},
        {"host": "localhost", "port": servers.closed_port()},
        {"host": "gone.invalid", "port": 443},
    ]

    run = Program(tmp_path, portal.settings(kind="health", endpoints=endpoints)).run()

    assert run.code == 0, run.output
    assert portal.healths[0].found.shown[0].chain == chains.rsa().ders
    assert portal.healths[0].staples is False
    assert [portal.healths[index].found.outcome for index in (0, 1, 2)] == ["found", "refused", "no-address"]
    assert portal.ends == [True]
    assert run.output.splitlines()[2] == (
        f"Finished: {3 * PROBES} probes. Servers that showed a certificate in this run: 1."
    )


def test_a_health_check_goes_on_where_it_was(portal, found, tmp_path):
    portal.total, portal.position = 2, 1
    endpoints = [{"host": "127.7.0.1", "port": 443}, {"host": "127.7.0.5", "port": found.port}]

    run = Program(tmp_path, portal.settings(kind="health", endpoints=endpoints)).run()

    assert run.code == 0, run.output
    assert set(portal.healths) == {1}


def test_a_thread_that_hangs_does_not_hold_it_up():
    program = """
import threading, time
from discovery.scanner.program import leave
threading.Thread(target=time.sleep, args=[60]).start()
print("said")
leave(3)
"""

    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, timeout=20, check=False)

    assert (done.returncode, done.stdout) == (3, b"said\n")


def test_what_cannot_be_scanned_is_told(portal, tmp_path):
    run = Program(tmp_path, portal.settings(include="127.0.0.1-", exclude="", ports="", speed="fast")).run()

    assert run.code == 1
    assert run.output.startswith("This cannot be scanned; set it up anew in the portal.\n")
    assert portal.requests == []


def test_the_folder_of_the_engine_alone_is_no_program():
    done = subprocess.run(
        [sys.executable, "-m", "discovery.scanner"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert done.stderr.endswith("is not a program that the portal gave out: download it again.\n")
