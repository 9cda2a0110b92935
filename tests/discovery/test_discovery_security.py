"""Attacks on discovery: strangers at the program's addresses, programs that lie, certificates made to do harm."""

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import psycopg
import pytest
from django.db import connection
from django.test import Client

from accounts.actions import administrators
from discovery import programs
from discovery.actions import asking, finishing, intake, room, scans
from discovery.chunks import Answer
from discovery.models import Finding, FoundCertificate, Miss, Question, Scan
from discovery.scanner.results import FOUND, REFUSED, TLS12, Result, Shown
from discovery.states import Save, Status
from discovery.views import agent
from sslportal.kit import clock
from sslportal.kit.models import HistoryEntry
from sslportal.kit.moves import Refused
from tests import der
from tests.discovery import handmade
from tests.discovery.pages import html
from tests.discovery.strange_ca import StrangeCa, strange_ca
from tests.discovery.test_agent import OWN, chunk, send
from tests.factories import SESSION, make_finding, make_found, make_scan

ONE, TWO = "192.0.2.1", "192.0.2.2"


@pytest.fixture
def scan(people):
    return make_scan(people.gina)


def shown(*chain, host=ONE):
    return Result(host, 443, FOUND, address=ONE, shown=(Shown(TLS12, 0xC02F, chain=chain),))


# Strangers

SURROGATES = ['{"session": "' + "\\ud800" * 43 + '"}', b'{"session": "' + b"\xed\xa0\x80" * 43 + b'"}']


@pytest.mark.parametrize("data", SURROGATES)
@pytest.mark.parametrize("session", ["", SESSION])
def test_a_session_that_no_text_can_hold_is_turned_away(people, data, session):
    scan = make_scan(people.gina, status=Status.WAITING)
    token = programs.new_token(scan)
    Scan.objects.filter(pk=scan.pk).update(session=programs.digest(session) if session else "")

    assert send(scan, "start", data, token).status_code == 400


def test_a_stranger_makes_the_portal_store_nothing(scan):
    before = HistoryEntry.objects.count()
    for what in ("start", "results", "answers", "health", "end"):
        for data in ({"session": OWN}, chunk(strange_ca().shown(ONE)), {"answers": [{"id": 1}]}):
            assert send(scan, what, data, OWN).status_code in (400, 401)

    assert [rows.objects.count() for rows in (Finding, FoundCertificate, Miss, Question)] == [0] * 4
    assert HistoryEntry.objects.count() == before


def test_who_guesses_secrets_is_slowed_down_and_nobody_else(scan):
    codes = [send(scan, "results", chunk(position=1), OWN).status_code for _guess in range(70)]

    assert (codes[0], codes[-1]) == (401, 429)
    assert send(scan, "results", chunk(position=1)).status_code == 200


# Pages

EXTREMES = ["00020101000000Z", "99981231235959Z", "00010101000000Z", "99991231235959Z"]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
@pytest.mark.parametrize("moment", EXTREMES)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_any_date_can_be_shown(client, people, scan, moment, zone, language):
    people.company.time_zone = zone
    people.company.save()
    people.gina.language = language
    people.gina.save()
    at = der.tlv(0x18, moment.encode())
    leaf = handmade.certificate(validity=der.sequence(at, at), signer=handmade.key("ca"))
    intake.take(scan, scan.total, [shown(leaf)])
    asking.answer(scan, [Answer(one.pk, b"", "no") for one in scan.questions.all()])
    assert finishing.finish(scan)
    client.force_login(people.gina)

    finding = Finding.objects.get()
    for path in ("/discovery/", "/discovery/results/", f"/discovery/results/{finding.pk}/", "/discovery/not-found/"):
        assert client.get(path).status_code == 200
    export = client.get("/discovery/results/", {"export": "all"})
    assert b"192.0.2.1" in b"".join(export.streaming_content)


HOSTILE = [
    "<script>alert(1)</script>", "=HYPERLINK(1)", "+1+1", "-1", "@SUM(1)", "\tx", "\rx", "\u202egpj.exe", "\x00", "\ud800x",
    "\x1b[31mred", "a\nb: c", "{{ 7 }}", "%s%n", "\u2066x\u2069", "\u200b", "😀" * 100,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_any_text_is_harmless_on_pages_and_in_exports(client, people, scan, text):
    raw = text.encode("utf-8", "surrogatepass")
    names = handmade.name(raw, raw)
    san = handmade.extension("2.5.29.17", der.sequence(der.tlv(0x82, raw), der.tlv(0x82, b"www.example.com")))
    leaf = handmade.certificate(subject=names, issuer=names, signer=handmade.key("ca"), extensions=[san])
    intake.take(scan, scan.total, [shown(leaf)])
    asking.answer(scan, [Answer(one.pk, b"", "no") for one in scan.questions.all()])
    assert finishing.finish(scan)
    client.force_login(people.gina)

    pages = ["/discovery/", "/discovery/results/", f"/discovery/results/{Finding.objects.get().pk}/"]
    for page in (html(client.get(path)) for path in pages):
        assert not set(page) & set("\u202e\u2066\u2069\u200b\x00\x1b")
        assert "<script>alert" not in page
    export = b"".join(client.get("/discovery/results/", {"export": "all"}).streaming_content).decode()
    cells = export.splitlines()[1].split(",")
    assert not [cell for cell in cells if cell.strip('"').startswith(("=", "+", "-", "@"))]


def test_hostile_names_are_harmless_on_paper(makes_pdf, client, people):
    name = "".join(HOSTILE).replace("\x00", "").replace("\ud800", "") + "<img src='file:///etc/passwd'>"
    make_finding(people.gina, certificate=make_found(people.company, issuer_name=name[:400]))
    client.force_login(people.gina)

    answer = client.get("/discovery/overview.pdf")

    assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-")


def test_odd_numbers_fit(people, scan):
    for number, serial in enumerate((-1, -(2**255), 0, 2**255 - 1, 2**4000), 1):
        leaf = handmade.certificate(serial=der.integer(serial), signer=handmade.key("ca"))
        intake.take(scan, number, [shown(leaf, host=f"192.0.2.{number}")])
    huge = handmade.certificate(info=handmade.rsa_spki(2**39_000 + 1, 3), signer=handmade.key("ca"))
    intake.take(scan, 9, [shown(huge, host="192.0.2.9")])

    assert Finding.objects.count() == 6


def test_huge_lists_of_names_fit(people, scan):
    names = [f"{number}." + ("x" * 60 + ".") * 3 + "example" for number in range(250)]
    leaf = handmade.certificate(extensions=[handmade.alternative_names(*names)], signer=handmade.key("ca"))
    intake.take(scan, 1, [shown(leaf)])

    assert len(FoundCertificate.objects.get().names) == 200


# Programs that lie


def test_one_pair_told_twice_in_a_chunk_counts_once(scan):
    answer = send(scan, "results", chunk(strange_ca().shown(ONE), Result(ONE, 443, REFUSED), Result(ONE, 443, REFUSED)))

    assert answer.status_code == 200
    assert (Finding.objects.count(), Miss.objects.count()) == (0, 1)


@pytest.mark.parametrize("host", ["::ffff:192.0.2.1", "2001:DB8::1", "2001:db8:0::1", "2001:db8::1%eth0", "192.0.2.01"])
def test_an_address_counts_in_one_spelling_only(people, host):
    scan = make_scan(people.gina, include=f"{ONE} 2001:db8::1")

    assert send(scan, "results", chunk(Result(host, 443, REFUSED))).status_code == 400
    assert (
        send(scan, "results", chunk(Result("2001:db8::1", 443, REFUSED), Result(ONE, 443, REFUSED))).status_code == 200
    )


def test_certificates_beyond_the_room_of_an_account_are_not_taken(people, scan, monkeypatch):
    monkeypatch.setattr(room, "MOST_BYTES", 15_000)
    big = [handmade.certificate(signer=handmade.key("ca"), extensions=[filler(size)]) for size in (6_000, 9_000)]
    small = handmade.certificate(signer=handmade.key("ca"))
    assert send(scan, "results", chunk(shown(big[0]), position=1)).status_code == 200

    answer = send(scan, "results", chunk(shown(big[1], host=TWO), position=2))
    again = send(scan, "results", chunk(shown(big[0], host=TWO), position=2))
    other = send(make_scan(people.stranger), "results", chunk(shown(small)))

    assert answer.status_code == 413
    assert "keeps no more" in answer.json()["error"]
    assert (again.status_code, other.status_code) == (200, 200)
    assert FoundCertificate.objects.filter(account=people.company).count() == 1


def filler(size):
    return handmade.extension("1.2.3.4", bytes(size))


def test_nothing_is_merged_with_too_many_results(people, scan, monkeypatch):
    monkeypatch.setattr(room, "MOST_PLACES", 1)
    for host in (ONE, TWO):
        make_finding(people.gina, host)
    merging = make_scan(people.gina, status=Status.WAITING, save_as=Save.MERGE)
    replacing = make_scan(people.gina, status=Status.WAITING, save_as=Save.REPLACE)

    with pytest.raises(Refused, match="500,000"):
        scans.set_up(PLAN, by=people.gina)
    assert send(merging, "results", chunk(position=1)).status_code == 413
    assert send(replacing, "results", chunk(position=1)).status_code == 200


PLAN = scans.Plan(ONE, "", "", "normal", Save.MERGE)


def test_so_many_scans_are_set_up_in_a_day(people, monkeypatch):
    monkeypatch.setattr(scans, "MOST_A_DAY", 2)
    for _time in range(2):
        scans.cancel(scans.set_up(PLAN, by=people.gina), by=people.gina)

    with pytest.raises(Refused, match="tomorrow"):
        scans.set_up(PLAN, by=people.gina)
    with clock.at(clock.now() + timedelta(days=1, minutes=1)):
        assert scans.set_up(PLAN, by=people.gina)


def test_answers_are_not_heaped_up(scan, monkeypatch):
    monkeypatch.setattr(asking, "MOST_KEPT", 1_000)
    theirs = StrangeCa()
    leaves = [
        theirs.issue(),
        *(theirs.issue(f"{n}.example", ocsp_url="", crl_url=f"http://crl{n}.example/") for n in (1, 2)),
    ]
    intake.take(scan, 3, [theirs.shown(f"192.0.2.{at}", leaf=leaf) for at, leaf in enumerate(leaves, 1)])
    ocsp, *lists = scan.questions.order_by("pk")

    asking.answer(
        scan, [Answer(ocsp.pk, bytes(900_000)), *(Answer(one.pk, theirs.crl() + bytes(600)) for one in lists)]
    )

    kept = [len(bytes(one.answer or b"")) for one in scan.questions.order_by("pk")]
    assert kept[0] == 0
    assert sum(kept) <= 1_000


def test_an_answer_beyond_all_measure_is_none(scan):
    theirs = StrangeCa()
    send(scan, "results", chunk(theirs.shown(ONE, leaf=theirs.issue(ocsp_url=""))))
    question = scan.questions.get()

    body = base64.b64encode(bytes(1_000_001)).decode()
    assert send(scan, "answers", {"answers": [{"id": question.pk, "body": body}]}).status_code == 200
    assert FoundCertificate.objects.get(common_name="www.example.com").revocation_problem == "too-large"


def test_a_program_that_stops_and_goes_on_without_end_does_not_fill_the_history(scan, monkeypatch):
    monkeypatch.setattr(scans, "MOST_STOPS", 2)
    for _time in range(5):
        send(scan, "end", {"is_finished": False})
        send(scan, "results", chunk(position=1))

    assert sorted(HistoryEntry.objects.values_list("verb", flat=True)) == ["start", "start", "stop", "stop"]


def test_who_has_left_the_account_scans_no_more(people, scan):
    scan = scans.set_up(PLAN, by=people.gina)
    scans.hand_out(scan, by=people.stan)
    token = programs.new_token(scan)
    assert send(scan, "start", {"session": OWN}, token).status_code == 200
    administrators.remove(people.stan, by=people.gina)

    for what in ("start", "results", "answers", "end"):
        assert send(scan, what, {**chunk(position=1), "session": OWN}, OWN).status_code in (400, 401)
    scans.hand_out(scan, by=people.gina)
    assert send(scan, "start", {"session": OWN}, programs.new_token(scan)).status_code == 200


def test_the_programs_of_an_account_have_few_places_at_once(people, scan):
    with psycopg.connect(**connection.get_connection_params()) as other:
        for place in agent.places(people.company.pk):
            other.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [place])
        assert send(scan, "results", chunk(position=1)).status_code == 429
        assert send(make_scan(people.stranger), "results", chunk(position=1)).status_code == 200
    assert send(scan, "results", chunk(position=1)).status_code == 200


def test_the_address_of_the_results_is_the_portals_own(scan, settings):
    settings.ALLOWED_HOSTS = ["*"]
    headers = {"authorization": f"Bearer {SESSION}", "host": "evil.example"}
    answer = Client().post(f"/discovery/agent/{scan.uid}/end/", "{}", content_type="application/json", headers=headers)

    assert answer.json()["url"] == f"{settings.PORTAL_URL}/discovery/scans/{scan.pk}/"


# Several at once

COMMITS = pytest.mark.django_db(transaction=True)


def at_once(*verbs):
    """Run the verbs at the same time, each with a connection of its own. Returns what each said."""
    ready = Barrier(len(verbs))

    def run(verb):
        ready.wait(timeout=30)
        try:
            return verb()
        except Refused as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(verbs)) as threads:
        return list(threads.map(run, verbs))


@COMMITS
def test_two_scans_of_an_account_that_find_the_same_do_not_wait_for_each_other(people):
    theirs = StrangeCa()
    found = [theirs.shown(f"192.0.2.{number}", leaf=theirs.issue(f"{number}.example")) for number in range(1, 200)]
    one, two = (make_scan(people.gina, include="192.0.2.0/24") for _scan in range(2))

    at_once(lambda: intake.take(one, 199, found), lambda: intake.take(two, 199, found[::-1]))
    answers = {scan: [Answer(each.pk, b"?") for each in scan.questions.all()] for scan in (one, two)}
    at_once(lambda: asking.answer(one, answers[one]), lambda: asking.answer(two, answers[two][::-1]))

    assert Finding.objects.count() == 2 * 199
    assert not Question.objects.filter(kind="ocsp", answered_at=None).exists()


@COMMITS
def test_an_answer_that_meets_the_cancelling_leaves_nothing_behind(people):
    theirs = StrangeCa()
    found = [theirs.shown(f"192.0.2.{number}", leaf=theirs.issue(f"{number}.example")) for number in range(1, 100)]
    scan = make_scan(people.gina, include="192.0.2.0/24")
    intake.take(scan, 99, found)
    answers = [Answer(each.pk, b"?") for each in scan.questions.all()]

    at_once(lambda: asking.answer(scan, answers), lambda: scans.cancel(scan, by=people.gina))

    assert (Question.objects.count(), Finding.objects.count()) == (0, 0)


@COMMITS
def test_results_that_meet_the_end_are_in_it_or_refused(people):
    theirs = StrangeCa()
    scan = make_scan(people.gina, include="192.0.2.0/24")
    intake.take(scan, scan.total, [])

    took, ended, _again = at_once(
        lambda: intake.take(scan, scan.total, [theirs.shown(ONE, chain=(theirs.der,))]),
        lambda: finishing.finish(scan),
        lambda: finishing.finish(scan),
    )

    scan.refresh_from_db()
    assert (ended, scan.status) == (True, Status.FINISHED)
    assert Finding.objects.filter(is_current=True).count() == (0 if isinstance(took, Refused) else 1)
    assert scan.certificates == Finding.objects.count()
