"""What goes up: chunks within limits, each certificate once, never ahead of what was taken, and nothing lost."""

import asyncio
import json

import pytest

from discovery import chunks
from discovery.scanner import upload
from discovery.scanner.health import PROBES, Health
from discovery.scanner.portal import Refused
from discovery.scanner.results import Result, Shown
from discovery.scanner.upload import Answers, Courier, Reports, Results
from sslportal.kit import outside
from tests.discovery import servers


def refused(number):
    return Result(f"10.0.{number // 250}.{number % 250}", 443, "refused")


def found(number, *chain):
    return Result(f"10.0.0.{number}", 443, "found", shown=(Shown(0x0303, 0xC02F, chain=chain),))


class Portal:
    """Remembers what it is told. It answers at once, unless it is `closed`."""

    def __init__(self):
        self.told = []
        self.heard = []
        self.is_open = asyncio.Event()
        self.is_open.set()

    async def ask(self, what, message):
        self.told.append((what, json.loads(json.dumps(message))))
        await self.is_open.wait()
        return {"number": len(self.told)}

    @property
    def chunks(self):
        return [chunks.read_chunk(message) for what, message in self.told if what == "results/"]


def run(play):
    return outside.run(lambda: asyncio.wait_for(play(), servers.LONG))


async def uploading(listed, portal, at_once=20):
    """Take all these, as many at once as a scan would, and bring them; returns when all are brought."""
    done = 0
    courier = Courier(portal.ask, portal.heard.append)
    results = Results(0, lambda: done, courier.call)
    courier.sources = [results]
    running = asyncio.ensure_future(courier.run())
    for begin in range(0, len(listed), at_once):
        await asyncio.gather(*map(results.take, listed[begin : begin + at_once]))
        done = min(begin + at_once, len(listed))
    await courier.finish(running)


def test_every_result_goes_up_once_and_in_chunks_of_200():
    listed = [refused(number) for number in range(1000)]

    async def play():
        portal = Portal()
        await uploading(listed, portal)
        return portal

    portal = run(play)

    assert [result for chunk in portal.chunks for result in chunk.results] == listed
    assert max(len(chunk.results) for chunk in portal.chunks) == 200
    assert portal.heard == [{"number": number} for number in range(1, len(portal.told) + 1)]


def test_the_position_is_never_ahead_of_what_was_sent():
    async def play():
        portal = Portal()
        await uploading([refused(number) for number in range(1000)], portal, at_once=37)
        return portal

    sent = 0
    for chunk in run(play).chunks:
        sent += len(chunk.results)
        assert chunk.position <= sent
    assert chunk.position == 1000


def test_a_chunk_is_small_enough_for_the_portal(monkeypatch):
    listed = [found(number, bytes([number]) * 20_000, b"issuer" * 5_000) for number in range(250)]

    async def play():
        portal = Portal()
        await uploading(listed, portal)
        return portal

    portal = run(play)

    assert [result for chunk in portal.chunks for result in chunk.results] == listed
    sizes = [len(json.dumps(message)) for _what, message in portal.told]
    assert max(sizes) <= 1_500_000
    assert len(sizes) <= sum(sizes) / 1_300_000 + 1


def test_each_certificate_is_in_a_chunk_once():
    async def play():
        portal = Portal()
        await uploading([found(1, b"one", b"issuer"), found(2, b"two", b"issuer"), found(3, b"one")], portal)
        return portal

    ((_what, message),) = run(play).told

    assert sorted(message["certificates"].values()) == ["aXNzdWVy", "b25l", "dHdv"]


def test_who_takes_results_waits_for_a_slow_portal():
    async def play():
        portal = Portal()
        portal.is_open.clear()
        taken = []
        courier = Courier(portal.ask, portal.heard.append)
        results = Results(0, lambda: len(taken), courier.call)
        courier.sources = [results]
        running = asyncio.ensure_future(courier.run())

        async def take(number):
            await results.take(refused(number))
            taken.append(number)

        takers = [asyncio.ensure_future(take(number)) for number in range(1000)]
        while not portal.told:
            await asyncio.sleep(0)
        for _ in range(100):
            await asyncio.sleep(0)
        while_waiting = len(taken)
        portal.is_open.set()
        await asyncio.gather(*takers)
        await courier.finish(running)
        return while_waiting, taken, portal

    while_waiting, taken, portal = run(play)

    assert while_waiting == 400  # a chunk on its way, and a full one behind it
    assert taken == list(range(1000))  # in turn, so that nobody waits for ever
    assert len({result.host for chunk in portal.chunks for result in chunk.results}) == 1000


def test_a_few_results_are_not_kept_for_long(monkeypatch):
    monkeypatch.setattr(upload, "BETWEEN_ROUNDS", 0.01)

    async def play():
        portal = Portal()
        courier = Courier(portal.ask, portal.heard.append)
        results = Results(0, lambda: 1, courier.call)
        courier.sources = [results]
        running = asyncio.ensure_future(courier.run())
        await results.take(refused(1))
        while not portal.told:
            await asyncio.sleep(0.01)
        await courier.finish(running)
        return portal

    assert len(run(play).told) == 1


def test_nothing_is_said_where_there_is_nothing_to_say():
    async def play():
        portal = Portal()
        await uploading([], portal)
        return portal

    assert run(play).told == []


def test_a_no_of_the_portal_ends_the_courier():
    async def no(what, message):
        raise Refused("no")

    async def play():
        courier = Courier(no, pytest.fail)
        results = Results(0, lambda: 1, courier.call)
        courier.sources = [results]
        running = asyncio.ensure_future(courier.run())
        await results.take(refused(1))
        await courier.finish(running)

    with pytest.raises(Refused):
        run(play)


def told(source):
    return list(iter(source.next, None))


def test_of_the_progress_of_a_health_check_the_last_word_goes_up():
    reports = Reports()
    for done in range(1, 4):
        reports.step(0, done)
    reports.step(1, PROBES)
    reports.take(1, Health(refused(1)))

    assert told(reports) == [
        ("health/", {"index": 1, "health": {"found": {"host": "10.0.0.1", "port": 443, "outcome": "refused"}}}),
        ("health/", {"index": 0, "done": 3, "of": PROBES}),
    ]


def test_answers_go_up_in_messages_that_are_small_enough():
    answers = Answers()
    answers.take(1, b"x" * 1_000_000)
    answers.take(2, b"y" * 1_000_000)
    for number in range(3, 303):
        answers.fail(number, "timeout")

    messages = told(answers)

    assert max(len(json.dumps(message)) for _what, message in messages) < 1_500_000
    read = [answer for _what, message in messages for answer in chunks.read_answers(message)]
    assert [answer.question for answer in read] == list(range(1, 303))
    assert len(messages[0][1]["answers"]) == 1
