"""What a scan program on somebody's computer says to the portal, and what it may not say."""

import base64
import json
from hashlib import sha256
from uuid import uuid4

import pytest
from django.test import Client

from discovery import programs
from discovery.actions import scans
from discovery.models import Finding, Scan
from discovery.scanner.results import REFUSED, Result, to_json
from discovery.states import Place, Status
from tests.discovery.strange_ca import strange_ca
from tests.factories import SESSION, make_scan

ONE, TWO = "192.0.2.1", "192.0.2.2"
OWN = "a-secret-that-the-program-has-made-for-itself"


@pytest.fixture
def scan(people):
    return make_scan(people.gina)


@pytest.fixture
def fresh(people):
    """A scan that nobody has run yet, and its token."""
    scan = make_scan(people.gina, status=Status.WAITING, session="")
    scan.session = ""
    scan.save()
    return scan, programs.new_token(scan)


def send(scan, what, data, secret=SESSION):
    uid = getattr(scan, "uid", scan)
    content = data if isinstance(data, (str, bytes)) else json.dumps(data)
    headers = {"authorization": f"Bearer {secret}"} if secret else {}
    client = Client(enforce_csrf_checks=True)
    return client.post(f"/discovery/agent/{uid}/{what}/", content, content_type="application/json", headers=headers)


def chunk(*results, position=0):
    """As the program sends it: the certificates beside the results, by fingerprint."""
    certificates, listed = {}, []
    for result in results:
        data = to_json(result)
        for shown in data.get("shown", []):
            ders = [base64.b64decode(one) for one in shown["chain"]]
            certificates |= {sha256(der).hexdigest(): base64.b64encode(der).decode() for der in ders}
            shown["chain"] = [sha256(der).hexdigest() for der in ders]
        listed.append(data)
    return {"position": position, "results": listed, "certificates": certificates}


def test_the_token_of_the_file_begins_a_session(fresh):
    scan, token = fresh

    answer = send(scan, "start", {"session": OWN, "python": "3.11.7", "system": "Linux"}, token)

    scan.refresh_from_db()
    assert (answer.status_code, answer.json()) == (200, {"position": 0})
    assert scan.status == Status.RUNNING


def test_the_token_counts_once(fresh):
    scan, token = fresh
    send(scan, "start", {"session": OWN}, token)

    assert send(scan, "start", {"session": OWN[::-1]}, token).status_code == 401


def test_the_same_program_may_begin_again(fresh):
    scan, token = fresh
    send(scan, "start", {"session": OWN}, token)
    send(scan, "results", chunk(Result(ONE, 443, REFUSED), position=1), OWN)

    assert send(scan, "start", {"session": OWN}, token).json() == {"position": 1}


def test_a_file_whose_scan_is_over_says_so_when_it_is_run_again(fresh):
    scan, token = fresh
    send(scan, "start", {"session": OWN}, token)
    Scan.objects.filter(pk=scan.pk).update(status=Status.FINISHED)

    answer = send(scan, "start", {"session": OWN[::-1]}, token)

    assert (answer.status_code, answer.json()["error"]) == (410, "This scan is finished already.")


def test_a_stranger_learns_nothing_of_a_scan_that_is_over(fresh, people):
    _scan, token = fresh
    over = make_scan(people.stranger, status=Status.FINISHED)

    assert send(over, "start", {"session": OWN}, token).status_code == 401


def test_a_file_that_was_downloaded_again_puts_the_first_one_out(fresh, people):
    scan, token = fresh
    programs.new_token(scan)

    assert send(scan, "start", {"session": OWN}, token).status_code == 401


def test_a_token_of_another_scan_begins_nothing(fresh, people):
    _scan, token = fresh
    other = make_scan(people.gina)
    Scan.objects.filter(pk=other.pk).update(session="")

    assert send(other, "start", {"session": OWN}, token).status_code == 401


@pytest.mark.parametrize("secret", ["", "short", "x" * 43, "x" * 5000])
@pytest.mark.parametrize("what", ["start", "results", "answers", "end"])
def test_nobody_gets_in_without_the_secret(scan, what, secret):
    answer = send(scan, what, {"session": OWN}, secret)

    assert answer.status_code == 401
    assert "Download it anew" in answer.json()["error"]


@pytest.mark.parametrize("what", ["start", "results", "answers", "end"])
def test_an_unknown_scan_is_answered_alike(db, what):
    assert send(uuid4(), what, {"session": OWN}).status_code == 401


def test_being_signed_in_is_of_no_use(scan, people):
    client = Client()
    client.force_login(people.gina)

    assert (
        client.post(f"/discovery/agent/{scan.uid}/results/", "{}", content_type="application/json").status_code == 401
    )


def test_results_are_taken_and_questions_handed_back(scan):
    answer = send(scan, "results", chunk(strange_ca().shown(ONE), Result(TWO, 443, REFUSED), position=2))

    (question,) = answer.json()["questions"]
    assert question["url"] == "http://ocsp.strange.example/"
    assert base64.b64decode(question["body"])
    assert Finding.objects.get().host == ONE


def test_answers_count_and_the_scan_can_end(scan):
    leaf = strange_ca().issue()
    sent = send(scan, "results", chunk(strange_ca().shown(ONE, leaf=leaf), position=scan.total))
    number = sent.json()["questions"][0]["id"]
    body = base64.b64encode(strange_ca().status(leaf)).decode()

    assert send(scan, "answers", {"answers": [{"id": number, "body": body}]}).json() == {"questions": []}
    ended = send(scan, "end", {"is_finished": True}).json()
    assert ended["is_done"] is True
    assert ended["url"].endswith(scan.get_absolute_url())


def test_a_scan_does_not_end_before_all_is_asked(scan):
    send(scan, "results", chunk(strange_ca().shown(ONE), position=scan.total))

    ended = send(scan, "end", {"is_finished": True}).json()
    assert ended["is_done"] is False
    assert len(ended["questions"]) == 1


def test_a_program_that_stops_says_so(scan):
    assert send(scan, "end", {"is_finished": False}).json()["is_done"] is True

    scan.refresh_from_db()
    assert scan.status == Status.STOPPED


@pytest.mark.parametrize("what", ["results", "answers", "end"])
def test_a_program_whose_scan_was_canceled_is_told(scan, people, what):
    scans.cancel(scan, by=people.gina)
    data = {"results": chunk(position=1), "answers": {"answers": []}, "end": {"is_finished": True}}[what]

    answer = send(scan, what, data)

    assert answer.status_code == 410
    assert answer.json()["error"] == "This scan was canceled in the portal."


def test_nobody_answers_the_questions_of_another_scan(scan, people):
    other = make_scan(people.stranger, session="another-session-of-another-program")
    send(other, "results", chunk(strange_ca().shown(ONE)), "another-session-of-another-program")
    number = other.questions.get().pk

    send(scan, "answers", {"answers": [{"id": number, "problem": "no"}]})

    assert other.questions.get().answered_at is None


BAD = [
    "", "null", "[]", "{", "[" * 100_000, '"x"', b"\xff\xfe", "NaN",
    {"position": -1, "results": []}, {"position": 2**70, "results": []}, {"position": True, "results": []},
    {"position": 1, "results": {}}, {"position": 1, "results": [None]}, {"position": 1, "results": [{}] * 501},
    {"position": 1, "results": [{"host": ONE, "port": 443, "outcome": "found", "shown": [{"chain": ["ab"]}]}]},
    {"position": 1, "results": [{"host": ONE, "port": 443, "outcome": "found", "shown": [{"chain": [[]]}]}]},
    {"position": 1, "results": [], "certificates": {"ab": "AAAA"}},
    {"position": 1, "results": [], "certificates": {"ab": {}}},
    {"position": 1, "results": [{"host": "x\x00", "port": 443, "outcome": "refused"}]},
    {"position": 1, "results": [{"host": "198.51.100.1", "port": 443, "outcome": "refused"}]},
]  # fmt: skip


@pytest.mark.parametrize("data", BAD, ids=range(len(BAD)))
def test_nonsense_is_turned_away_with_a_sentence(scan, data):
    answer = send(scan, "results", data)

    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.parametrize(
    "data", [{"answers": {}}, {"answers": [{"id": "1"}]}, {"answers": [{"id": 1, "body": "!"}]}, {"answers": [None]}]
)
def test_nonsense_for_an_answer_too(scan, data):
    assert send(scan, "answers", data).status_code == 400


def test_too_much_at_once_is_turned_away(scan):
    assert send(scan, "results", " " * 3_000_000).status_code == 413


def test_a_scan_that_the_portal_runs_has_no_program(people):
    scan = make_scan(people.gina, place=Place.PORTAL, status=Status.WAITING)
    client = Client()
    client.force_login(people.gina)

    assert client.post(f"/discovery/scans/{scan.pk}/scanner.pyz").status_code == 403
