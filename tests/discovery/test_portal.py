"""Talking with the portal: patient where it is away or busy, and at an end where it says no."""

import socket
import threading

import pytest

from discovery.scanner import portal as talking
from discovery.scanner.portal import Portal, Refused, Unreachable
from tests.discovery import servers
from tests.discovery.portal_stand_in import LOST, TOKEN, PortalStandIn


@pytest.fixture
def stand_in():
    with PortalStandIn() as stand_in:
        yield stand_in


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(talking, "FIRST_PAUSE", 0.01)


def talk(stand_in, **more):
    said = []
    address = f"{stand_in.url}/discovery/agent/{stand_in.uid}/"
    return Portal(address, tell=said.append, **more), said


def start(portal, session="s" * 43):
    return portal.ask("start/", TOKEN, {"session": session, "python": "3.9.0", "system": "Linux"})


@pytest.mark.parametrize(
    "fault", [LOST, (503, {}), (500, b"<html>"), (429, {}), (200, b"<html>"), (200, []), (200, b"\xff")]
)
def test_what_may_pass_is_tried_again(stand_in, fault):
    portal, said = talk(stand_in)
    stand_in.faults["start/"] = [fault, fault]

    assert start(portal) == {"position": 0}
    assert stand_in.requests == ["start/"] * 3
    assert said[0].startswith("The portal cannot be reached: ")
    assert said[1:] == ["The portal can be reached again."]


@pytest.mark.parametrize(
    ("status", "answer", "sentence", "is_final"),
    [
        (400, {"error": "Not this."}, "Not this.", False),
        (401, {"error": "使えません。"}, "使えません。", True),
        (410, {"error": "Over.\x1b[2J\u202e"}, "Over. [2J", True),
        (410, b"<html>", "This was canceled in the portal, or is over.", True),
        (404, {"error": 5}, "The portal does not know what to do with this program. Download it again.", False),
        (418, [], "The portal refuses the program (418).", False),
        (413, {"error": ""}, "The portal refuses the program (413).", False),
        (400, {"error": "x" * 9000}, "x" * 500, False),
    ],
)  # fmt: skip
def test_a_no_is_final_and_in_the_portals_words(stand_in, status, answer, sentence, is_final):
    portal, _said = talk(stand_in)
    stand_in.faults["start/"] = [(status, answer)]

    with pytest.raises(Refused) as refused:
        start(portal)

    assert (str(refused.value), refused.value.is_final) == (sentence, is_final)
    assert len(stand_in.requests) == 1


def test_the_pause_that_the_portal_asks_for_is_kept(stand_in):
    portal, _said = talk(stand_in, patience=3)
    stand_in.faults["start/"] = [(429, {"Retry-After": "5"})]

    with pytest.raises(Unreachable, match=r"^The portal cannot be reached: it is busy \(429\)\. Run the program again"):
        start(portal)


def test_patience_has_an_end(stand_in):
    portal, said = talk(stand_in, patience=0.1)
    stand_in.faults["start/"] = [(503, {})] * 100

    with pytest.raises(Unreachable, match="Run the program again to go on from there"):
        start(portal)

    assert 2 <= len(stand_in.requests) < 20
    assert len(said) == 1


def test_who_is_in_a_hurry_waits_no_more(stand_in):
    portal, _said = talk(stand_in)
    stand_in.faults["start/"] = [(429, {"Retry-After": "100"}), (503, {})]
    stand_in.hooks["start/"] = lambda: threading.Timer(0.1, portal.hurry).start()

    with pytest.raises(Unreachable):
        start(portal)

    assert len(stand_in.requests) == 2


def test_a_name_that_has_no_address_is_told():
    portal = Portal("http://portal.invalid/", patience=0)

    with pytest.raises(Unreachable, match=r"^The portal cannot be reached: .*[Nn]ame"):
        portal.ask("start/", TOKEN, {})


def test_an_answer_without_end_is_not_read_to_the_end(serve, monkeypatch):
    monkeypatch.setattr(talking, "MOST_ANSWER", 100_000)

    def play(connection):
        connection.recv(10_000)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 10_000)

    server = serve(play)
    portal = Portal(f"http://127.0.0.1:{server.port}/", patience=0)

    with pytest.raises(Unreachable, match="something else answers in its place"):
        portal.ask("start/", TOKEN, {})


def test_a_portal_that_says_nothing_is_not_waited_for_without_end(serve, monkeypatch):
    monkeypatch.setattr(talking, "TIMEOUT", 0.1)
    server = serve(servers.mute)
    portal = Portal(f"http://127.0.0.1:{server.port}/", patience=0)

    with pytest.raises(Unreachable, match="it did not answer in time"):
        portal.ask("start/", TOKEN, {})


def test_it_says_which_language_the_person_speaks(stand_in):
    start(talk(stand_in, language="ja")[0])

    assert stand_in.heads[0]["Accept-Language"] == "ja"


def test_what_is_no_tls_is_not_trusted(serve):
    server = serve(servers.says(b"hello\r\n"))
    portal = Portal(f"https://127.0.0.1:{server.port}/", patience=0)

    with pytest.raises(Unreachable):
        portal.ask("start/", TOKEN, {})

    assert isinstance(server.listener, socket.socket)
