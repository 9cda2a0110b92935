"""A scan of many endpoints: each is probed once, so many at a time, in flat memory; it stops when told, and goes on."""

import asyncio
import ipaddress
import socket
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from discovery.scanner import run as running
from discovery.scanner.limits import SPEEDS, at_once
from discovery.scanner.probe import Timeouts
from discovery.scanner.run import ExclusionFailed, Progress, Scan, run
from discovery.scanner.spans import Span
from discovery.scanner.targets import Excluded, Targets, parse
from sslportal.kit import outside
from tests.discovery import chains, servers, tls

PATIENT = Timeouts(*[servers.LONG] * 4)
QUICK = Timeouts(resolve=0.3, connect=0.3, starttls=0.3, answer=0.3)
ROOT = Path(__file__).parents[2]


def field(count, port, names=(), exclude=""):
    """So many addresses from 127.7.0.0 on, on one port."""
    first = int(ipaddress.ip_address("127.7.0.0"))
    excluded = parse("192.0.2.1", exclude).excluded if exclude else Excluded([], [])
    return Targets(list(names), [Span(4, first, first + count - 1)] if count else [], [port], excluded)


def scan(targets, speed="fast", **more):
    """What came, and how far it came."""
    results = []
    progress = run(Scan(targets, speed, results.append, **{"timeouts": PATIENT, **more}))
    return results, progress


def resolver(**names):
    async def resolve(name):
        if name not in names:
            raise OSError(f"{name} has no address")
        return names[name]

    return resolve


def test_each_endpoint_has_one_result(serve):
    server = serve(servers.answers(tls.flight()), address="127.7.0.9")

    results, progress = scan(field(100, server.port))

    assert Counter(result.outcome for result in results) == {"refused": 99, "found": 1}
    assert len({result.host for result in results}) == 100
    assert [result.host for result in results if result.outcome == "found"] == ["127.7.0.9"]
    assert progress[:4] == (100, 100, 100, 1)


def test_memory_is_flat_whatever_the_size():
    blocks = []
    done = 0

    def take(result):
        nonlocal done
        done += 1
        if not done % 1000:
            blocks.append(sys.getallocatedblocks())

    progress = run(Scan(field(65_534, servers.closed_port()), "normal", take))

    assert progress.done == 65_534
    assert max(blocks) - blocks[0] < 5_000


def test_as_many_are_under_way_as_the_speed_allows_and_no_more():
    """The server answers nobody before so many have come, and then waits for one too many."""
    state = threading.Condition()
    waiting, most = [], []

    def play(connection):
        with state:
            waiting.append(connection)
            most.append(len(waiting))
            if len(waiting) == SPEEDS["slow"]:
                state.wait(0.2)
                waiting.clear()
                state.notify_all()
            state.wait_for(lambda: connection not in waiting, servers.LONG)

    with servers.Server(play, address="127.7.0.1") as server:
        progress = run(Scan(many_times(3 * SPEEDS["slow"], server.port), "slow", lambda _: None, timeouts=PATIENT))

    assert progress.done == 3 * SPEEDS["slow"]
    assert max(most) == SPEEDS["slow"]


def many_times(count, port):
    """The same endpoint so often, which nobody can ask for."""
    return Targets([], [Span(4, 0x7F070001, 0x7F070001)], [port] * count, Excluded([], []))


def test_progress_is_reported_and_at_the_end_it_is_complete(monkeypatch):
    monkeypatch.setattr(running, "BETWEEN_REPORTS", 0)
    reports = []

    scan(field(50, servers.closed_port()), report=reports.append)

    assert [report.done for report in reports] == [*range(1, 51), 50]
    assert reports[-1].position == reports[-1].total == 50
    assert reports[-1].left == 0


def test_rate_and_time_left_follow_from_what_was_done():
    progress = Progress(position=250, done=200, total=1000, found=3, seconds=4.0)

    assert (progress.rate, progress.left) == (50.0, 15.0)
    assert Progress(0, 0, 10, 0, 0.0).left == 0.0


def test_a_canceled_scan_goes_on_where_it_was():
    targets = field(300, servers.closed_port())
    first = []

    def take(result):
        first.append(result)
        if len(first) == 100:
            stopping.cancel()

    stopping = Scan(targets, "slow", take)
    progress = run(stopping)
    rest, end = scan(targets, start=progress.position)

    assert 100 <= len(first) < 300
    assert progress.position <= len(first)
    assert {result.host for result in first + rest} == {endpoint.host for endpoint in targets.endpoints()}
    assert end.position == 300


def test_what_was_under_way_at_the_end_is_done_again(serve):
    server = serve(servers.mute, address="127.7.0.0")
    targets = field(60, server.port)
    taken = []

    def take(result):
        taken.append(result.host)
        if len(taken) == 59:
            stopping.cancel()

    stopping = Scan(targets, "slow", take, timeouts=PATIENT)
    progress = run(stopping)

    assert "127.7.0.0" not in taken
    assert progress.position == 0


def test_a_scan_that_is_cancelled_before_it_begins_does_nothing():
    stopping = Scan(field(10, servers.closed_port()), "slow", pytest.fail)
    stopping.cancel()

    assert run(stopping)[:3] == (0, 0, 10)


def test_what_take_raises_ends_the_scan():
    def take(result):
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        run(Scan(field(100, servers.closed_port()), "slow", take))


def test_who_is_slow_to_take_slows_the_scan():
    """Nobody else is probed before the results that are there are taken."""
    begun, taken = [], []

    async def take(result):
        begun.append(result)
        if len(begun) == SPEEDS["slow"]:
            waiting.append(scanning.progress)
            may_go_on.set()
        await may_go_on.wait()
        taken.append(result)

    async def play():
        nonlocal may_go_on
        may_go_on = asyncio.Event()
        return await scanning.run()

    may_go_on, waiting = None, []
    scanning = Scan(field(300, servers.closed_port()), "slow", take)
    progress = outside.run(play)

    assert waiting[0][:2] == (0, 0)  # what is not taken is not done
    assert progress[:2] == (300, 300)
    assert len(taken) == 300


def test_what_was_not_taken_at_the_end_is_done_again():
    async def take(result):
        scanning.cancel()
        await asyncio.sleep(servers.LONG)

    scanning = Scan(field(300, servers.closed_port()), "slow", take)

    assert run(scanning)[:2] == (0, 0)


def test_a_name_is_probed_at_its_address(serve):
    server = serve(servers.speaks_tls(servers.context(chains.rsa())))

    (result,), _ = scan(
        field(0, server.port, ["www.example.com"]), resolve=resolver(**{"www.example.com": ["127.0.0.1"]})
    )

    assert (result.host, result.address, result.outcome) == ("www.example.com", "127.0.0.1", "found")


def test_a_name_is_tried_at_its_next_address_where_nobody_is(serve):
    server = serve(servers.answers(tls.flight()))

    (result,), _ = scan(
        field(0, server.port, ["a.test"]), resolve=resolver(**{"a.test": ["::1", "127.9.9.9", "127.0.0.1"]})
    )

    assert (result.address, result.outcome) == ("127.0.0.1", "found")


def test_a_name_with_very_many_addresses_is_tried_at_a_few(serve):
    server = serve(servers.answers(tls.flight()), address="127.9.9.5")
    found = [f"127.9.9.{last}" for last in range(1, 9)]

    (result,), _ = scan(field(0, server.port, ["a.test"]), resolve=resolver(**{"a.test": found}))

    assert (result.outcome, result.address) == ("refused", "127.9.9.4")


def test_a_name_without_an_address_is_told():
    (result,), _ = scan(field(0, 443, ["a.test"]), resolve=resolver())

    assert result[:4] == ("a.test", 443, "no-address", "")


def test_a_name_that_dns_does_not_answer_for_is_told():
    async def resolve(name):
        await asyncio.sleep(servers.LONG)

    (result,), _ = scan(field(0, 443, ["a.test"]), resolve=resolve, timeouts=QUICK)

    assert result[2:4] == ("no-address", "DNS did not answer")


def test_the_resolver_of_the_system_knows_this_computer(serve):
    server = serve(servers.answers(tls.flight()))

    (result,), _ = scan(field(0, server.port, ["localhost"]))

    assert (result.address, result.outcome) == ("127.0.0.1", "found")


def test_an_excluded_address_is_not_touched_by_a_name(serve):
    server = serve(servers.answers(tls.flight()))
    targets = field(0, server.port, ["a.test"], exclude="127.0.0.0/24")

    (result,), _ = scan(targets, resolve=resolver(**{"a.test": ["127.0.0.1"]}))

    assert (result.outcome, result.address) == ("excluded", "127.0.0.1")
    assert server.connections == 0


def test_an_address_that_a_name_was_excluded_for_is_not_touched(serve):
    server = serve(servers.answers(tls.flight()), address="127.7.0.3")
    targets = field(5, server.port, exclude="db.example.com gone.example.com")

    results, _ = scan(targets, resolve=resolver(**{"db.example.com": ["127.7.0.3"]}))

    assert {result.host: result.outcome for result in results} == {
        "127.7.0.0": "refused", "127.7.0.1": "refused", "127.7.0.2": "refused", "127.7.0.3": "excluded", "127.7.0.4": "refused",
    }  # fmt: skip
    assert server.connections == 0


def test_all_addresses_of_an_excluded_name_are_left_out():
    hidden = [f"127.7.0.{last}" for last in range(10)]
    targets = field(12, servers.closed_port(), exclude="db.example.com")

    results, _ = scan(targets, resolve=resolver(**{"db.example.com": hidden}))

    assert Counter(result.outcome for result in results) == {"excluded": 10, "refused": 2}


@pytest.mark.parametrize("error", [TimeoutError(), socket.gaierror(socket.EAI_AGAIN, "try again")])
def test_nothing_is_touched_where_dns_does_not_say_what_is_excluded(serve, error):
    server = serve(servers.mute, address="127.7.0.0")

    async def resolve(name):
        raise error

    with pytest.raises(ExclusionFailed, match=r"^db\.example\.com is excluded, but DNS did not tell its addresses"):
        scan(field(1, server.port, exclude="db.example.com"), resolve=resolve)

    assert server.connections == 0


def test_a_fault_of_the_engine_costs_one_endpoint_only():
    async def resolve(name):
        raise ZeroDivisionError

    results, _ = scan(field(3, servers.closed_port(), ["a.test"]), resolve=resolve)

    assert sorted((result.outcome, result.detail) for result in results) == [
        ("local", "ZeroDivisionError"),
        *[("refused", "")] * 3,
    ]


def test_a_scan_that_is_to_stop_brings_to_its_end_what_it_has_begun():
    """At most so many are under way when the first result stops it, and none that is begun is lost."""
    results = []

    def take(result):
        results.append(result)
        stopped.stop()

    stopped = Scan(field(1000, servers.closed_port()), "slow", take, timeouts=PATIENT)
    progress = run(stopped)

    assert len(results) == progress.done == progress.position <= at_once("slow")


def test_each_speed_has_its_number():
    assert {speed: at_once(speed) for speed in SPEEDS} == {"slow": 50, "normal": 200, "fast": 500}


@pytest.mark.parametrize(
    ("soft", "hard", "expected"),
    [(256, 256, "50 192 192"), (256, 400, "50 200 336"), (256, 4096, "50 200 500"), (40, 40, "1 1 1")],
)
def test_the_limit_of_open_files_limits_the_connections(soft, hard, expected):
    program = f"""
import resource
from discovery.scanner.limits import at_once
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
print(*map(at_once, ["slow", "normal", "fast"]))
"""

    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)

    assert done.stdout.strip() == expected


def test_a_scan_with_few_open_files_finds_everything(serve):
    server = serve(servers.answers(tls.flight()), address="127.7.0.7")
    program = f"""
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (80, 80))
from collections import Counter
from discovery.scanner.run import Scan, run
from discovery.scanner.spans import Span
from discovery.scanner.targets import Excluded, Targets
taken = Counter()
targets = Targets([], [Span(4, 0x7F070000, 0x7F0701FF)], [{server.port}], Excluded([], []))
run(Scan(targets, "fast", lambda result: taken.update([result.outcome])))
print(sorted(taken.items()))
"""

    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)

    assert done.stdout.strip() == "[('found', 1), ('refused', 511)]"
