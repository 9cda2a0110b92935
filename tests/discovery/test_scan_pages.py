"""Setting up a scan and following it, as people see it in their browser."""

import io
import json
import zipfile

import pytest

from accounts.models import Administrator
from discovery import programs
from discovery.models import Change, Miss, Scan
from discovery.states import Changed, Save, Speed, Status
from tests.discovery.pages import html
from tests.factories import make_finding, make_found, make_scan

NEW = "/discovery/new/"
PLAN = {
    "include": "192.0.2.0/28",
    "exclude": "192.0.2.1",
    "ports": "8443",
    "speed": "fast",
    "save_as": "merge",
    "place": "computer",
}


@pytest.fixture
def gina(client, people):
    client.force_login(people.gina)
    return client


def set_up(client, **changes):
    return client.post(NEW, {**PLAN, **changes})


def test_a_scan_is_set_up_and_counted_before_it_starts(gina):
    answer = set_up(gina)

    scan = Scan.objects.get()
    assert answer.headers["Location"] == scan.get_absolute_url()
    assert (scan.total, scan.speed, scan.save_as, scan.status) == (30, Speed.FAST, Save.MERGE, Status.WAITING)


def test_normal_and_replace_are_chosen_unless_one_chooses_otherwise(gina):
    form = gina.get(NEW).context["form"]

    assert (form["speed"].value(), form["save_as"].value()) == (Speed.NORMAL, Save.REPLACE)


def test_the_form_begins_with_what_one_scanned_last(gina):
    set_up(gina)

    assert gina.get(NEW).context["form"]["include"].value() == PLAN["include"]


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("include", "", "Give at least one address or name."),
        ("include", "10.0.0.300", "“10.0.0.300” is no IP address"),
        ("include", "https://www.example.com/", "is a URL"),
        ("include", "10.0.0.0/8", "at most 65,534 can be scanned at once"),
        ("include", "192.0.2.1", "There is nothing to scan"),
        ("include", "10.0.0.9-10.0.0.1", "ends before it begins"),
        ("include", "x" * 100_001, "at most 100000 characters"),
        ("exclude", "*.example.com", "stands for any name"),
        ("ports", "70000", "“70000” is no port"),
        ("speed", "ludicrous", "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_told_at_the_field_and_nothing_typed_is_lost(gina, field, typed, told):
    answer = set_up(gina, **{field: typed})

    assert answer.status_code == 422
    assert told in " ".join(answer.context["form"].errors[field])
    assert answer.context["form"]["ports"].value() == (typed if field == "ports" else PLAN["ports"])
    assert not Scan.objects.exists()


def test_an_account_has_so_many_scans_open_and_no_more(gina, people):
    for _number in range(20):
        make_scan(people.gina, status=Status.WAITING)

    assert "20 scans of your account are not over yet" in set_up(gina).content.decode()


def test_the_program_has_the_settings_of_the_scan_and_a_token(gina, settings):
    set_up(gina)
    scan = Scan.objects.get()

    answer = gina.post(f"/discovery/scans/{scan.pk}/scanner.pyz")

    assert answer["Content-Disposition"] == 'attachment; filename="scanner.pyz"'
    assert "no-store" in answer["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as file:
        given = json.loads(file.read("settings.json"))
    assert (given["portal"], given["uid"], given["include"]) == (settings.PORTAL_URL, str(scan.uid), PLAN["include"])
    assert programs.begin(scan, given["token"], "s" * 43) == scan


def test_a_scan_that_is_over_has_no_program_any_more(gina, people):
    scan = make_scan(people.gina, status=Status.CANCELED)

    answer = gina.post(f"/discovery/scans/{scan.pk}/scanner.pyz", follow=True)

    assert "This scan is over. Set up a new one." in html(answer)


def test_the_page_of_a_scan_follows_it(gina, people):
    scan = make_scan(people.gina, position=5)
    make_finding(people.gina, scan=scan, is_current=False)

    page = html(gina.get(scan.get_absolute_url()))

    assert "5 of 20 addresses and ports done." in page
    assert "1 certificate found." in page
    assert f'data-refresh="/discovery/scans/{scan.pk}/state/"' in page


def test_a_scan_is_cancelled_after_a_question(gina, people):
    scan = make_scan(people.gina)
    gina.get(f"/discovery/scans/{scan.pk}/cancel/")
    scan.refresh_from_db()
    assert scan.status == Status.RUNNING

    gina.post(f"/discovery/scans/{scan.pk}/cancel/")
    scan.refresh_from_db()
    assert scan.status == Status.CANCELED


def test_the_page_of_a_finished_scan_says_what_came_of_it(gina, people):
    scan = make_scan(people.gina, status=Status.FINISHED, outcomes={"found": 3, "refused": 17}, changes=1)

    page = html(gina.get(scan.get_absolute_url()))

    for told in ("A certificate was found", "Nobody listens on this port", "1 change since the results before."):
        assert told in page
    assert "data-refresh=" not in page


def test_where_nothing_was_found_is_listed_with_the_reason(gina, people):
    scan = make_scan(people.gina, status=Status.FINISHED)
    Miss.objects.create(scan=scan, host="192.0.2.7", port=443, outcome="silent")

    page = html(gina.get(f"/discovery/scans/{scan.pk}/without-certificate/"))

    assert "192.0.2.7" in page
    assert "No answer" in page


def test_changes_are_listed(gina, people):
    scan = make_scan(people.gina, status=Status.FINISHED, changes=1)
    before, after = make_found(people.company, "old.example"), make_found(people.company, "new.example")
    Change.objects.create(scan=scan, kind=Changed.OTHER, host="192.0.2.7", port=443, before=before, after=after)

    page = html(gina.get(f"/discovery/scans/{scan.pk}/changes/"))

    for told in ("192.0.2.7", "Another certificate", "old.example", "new.example"):
        assert told in page


@pytest.mark.parametrize("path", ["", "state/", "cancel/", "changes/", "without-certificate/"])
def test_nobody_sees_the_scans_of_others(gina, people, path):
    scan = make_scan(people.stranger)

    assert gina.get(f"/discovery/scans/{scan.pk}/{path}").status_code == 404


def test_standard_administrators_scan_too(client, people):
    client.force_login(people.stan)
    set_up(client)

    assert Scan.objects.get().by == Administrator.objects.get(pk=people.stan.pk)


def test_the_history_tells_of_a_scan(gina, people):
    set_up(gina)

    assert "Scan set up" in html(gina.get("/administration/history/"))
