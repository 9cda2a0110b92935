"""Runs: asking for them, making them, what they leave behind, and that each is made once."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from accounts.states import Status as PersonStatus
from certificates.states import Status as OrderStatus
from reporting import running
from reporting.actions import reports, runs
from reporting.models import Run, RunFile
from reporting.states import Format, Status
from sslportal.kit import audit, clock, pdf
from sslportal.kit.models import OutgoingMail
from sslportal.kit.moves import MovedOn, Refused
from tests.factories import make_issued, make_order, make_profile, make_report, make_run
from tests.letters import last_letter, letters_to
from tests.reporting.definitions import make_rule

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
ISSUED = {
    "type": "certificate",
    "fields": ["common_name", "status"],
    "rules": [make_rule("status", "is", ["issued"])],
    "sort": [{"field": "common_name", "descending": False}],
}


def csv_of(run):
    return bytes(run.files.get(format="csv").content).decode().splitlines()


def test_a_run_makes_the_files_that_were_asked_for(people):
    make_issued(people.ov, people.stan, name="b.example.com")
    make_issued(people.ov, people.stan, name="a.example.com")
    make_order(people.ov, people.stan, status=OrderStatus.APPROVE)
    run = runs.ask(make_report(people.stan, definition=ISSUED), runs.ALL_FORMATS, by=people.stan)

    assert running.make_one() is True

    run.refresh_from_db()
    assert (run.status, run.total, run.percent) == (Status.FINISHED, 2, 100)
    assert csv_of(run) == ["Common Name,Status", "a.example.com,Issued", "b.example.com,Issued"]
    sheet = openpyxl.load_workbook(BytesIO(bytes(run.files.get(format="xlsx").content))).worksheets[0]
    assert [row[0].value for row in sheet.rows] == ["Common Name", "a.example.com", "b.example.com"]
    assert bytes(run.files.get(format="pdf").content).startswith(b"%PDF")
    assert [entry.verb for entry in audit.of(run)] == ["ask", "start", "finish"]
    assert running.make_one() is False


def test_the_files_have_so_many_records_and_the_run_says_how_many_there_are(people, settings):
    settings.REPORT_ROWS = 2
    for number in range(3):
        make_issued(people.ov, people.stan, name=f"www{number}.example.com")
    run = runs.ask(make_report(people.stan, definition=ISSUED), [Format.CSV], by=people.stan)

    running.make_one()

    run.refresh_from_db()
    assert (run.total, len(csv_of(run))) == (3, 3)


def test_a_run_looks_by_the_eyes_of_the_owner_also_where_a_global_administrator_asks(people):
    make_issued(people.ov, people.stan, name="seen.example.com")
    make_issued(make_profile(people.company, "Elsewhere", primary=people.paul), people.paul, name="unseen.example.com")
    run = runs.ask(make_report(people.stan, definition=ISSUED), [Format.CSV], by=people.gina)

    running.make_one()

    assert csv_of(run) == ["Common Name,Status", "seen.example.com,Issued"]


def test_what_the_owner_may_see_counts_when_it_is_made(people):
    make_issued(people.ov, people.stan, name="www.example.com")
    run = runs.ask(make_report(people.stan, definition=ISSUED), [Format.CSV], by=people.stan)
    people.stan.accesses.all().delete()

    running.make_one()

    assert csv_of(run) == ["Common Name,Status"]


def test_the_definition_of_the_moment_of_asking_counts(people):
    make_issued(people.ov, people.stan, name="www.example.com")
    report = make_report(people.stan, definition=ISSUED)
    run = runs.ask(report, [Format.CSV], by=people.stan)
    type(report).objects.update(definition={**ISSUED, "fields": ["number"]})

    running.make_one()

    assert csv_of(run)[0] == "Common Name,Status"


def test_the_files_are_in_the_language_of_who_reads_them(people):
    people.stan.language = "ja"
    people.stan.save()
    run = runs.ask(make_report(people.stan, definition=ISSUED), [Format.CSV], by=people.stan)

    running.make_one()

    assert csv_of(run) == ["コモンネーム,ステータス"]


# What fails


def reason(run):
    run.refresh_from_db()
    return run.status, run.reason


def test_a_definition_that_can_be_no_report_any_more_is_told(people):
    report = make_report(people.stan, definition={"type": "tea", "fields": ["sort"]})
    run = runs.ask(report, [Format.CSV], by=people.stan)

    running.make_one()

    assert reason(run) == (
        Status.FAILED,
        "There are no reports of this type. Please choose: Certificate, Domain.",
    )


def test_who_has_left_reads_nothing(people):
    run = runs.ask(make_report(people.stan), [Format.CSV], by=people.stan)
    type(people.stan).objects.filter(pk=people.stan.pk).update(status=PersonStatus.REMOVED)

    running.make_one()

    assert reason(run) == (
        Status.FAILED,
        "By whose eyes it was to be made is no longer an administrator of the account.",
    )
    assert not run.files.exists()


@pytest.fixture
def no_pdf(monkeypatch):
    """A machine without Pango."""

    def render(template, context):
        raise pdf.Unavailable(pdf.PANGO)

    monkeypatch.setattr(pdf, "render", render)


def test_without_pango_the_other_files_are_made(people, no_pdf):
    run = runs.ask(make_report(people.stan), runs.ALL_FORMATS, by=people.stan)

    running.make_one()

    assert reason(run) == (Status.FINISHED, "")
    assert [file.format for file in run.files.order_by("format")] == ["csv", "xlsx"]


def test_without_pango_a_pdf_alone_cannot_be_made(people, no_pdf):
    run = runs.ask(make_report(people.stan), [Format.PDF], by=people.stan)

    running.make_one()

    assert reason(run)[1] == "This portal cannot make PDF files. Choose another format, or ask its operator."


def test_what_takes_too_long_to_read_is_told(people, monkeypatch):
    run = runs.ask(make_report(people.stan), [Format.CSV], by=people.stan)

    def slow(*given):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(5)")

    monkeypatch.setattr(running, "PATIENCE", 0.1)
    monkeypatch.setattr(running, "values", slow)
    running.make_one()

    assert reason(run) == (Status.FAILED, "Reading its records takes too long. Give it rules that fewer match.")


def test_what_breaks_is_tried_again_and_given_up_in_the_end(people, monkeypatch):
    run = runs.ask(make_report(people.stan), [Format.CSV], by=people.stan)

    def broken(*given):
        raise RuntimeError("disk on fire")

    monkeypatch.setattr(running, "values", broken)
    for minute in range(running.MOST_TRIES + 1):
        with clock.at(clock.now() + timedelta(minutes=2 * minute)):
            running.make_one()

    assert reason(run) == (Status.FAILED, "The portal failed to make it several times. Ask its operator.")
    assert run.tries == running.MOST_TRIES + 1


# Once


def test_a_worker_that_dies_costs_its_lease_only(people):
    run = runs.ask(make_report(people.stan), [Format.CSV], by=people.stan)
    assert runs.claim() == run  # and is never heard of again

    assert running.make_one() is False
    with clock.at(clock.now() + runs.LEASE + timedelta(seconds=1)):
        assert running.make_one() is True

    run.refresh_from_db()
    assert (run.status, run.tries) == (Status.FINISHED, 2)


def test_who_finishes_second_changes_nothing_and_mails_nothing(people):
    report = make_report(people.stan, recipients=["boss@example.com"])
    runs.ask(report, [Format.CSV], by=people.stan, mails=True)
    slow = runs.claim()
    with clock.at(clock.now() + runs.LEASE + timedelta(seconds=1)):
        running.make_one()

    with pytest.raises(MovedOn):
        runs.finish(slow, 5, {"csv": b"other"}, [1, 2])

    assert RunFile.objects.count() == 1
    assert len(letters_to("boss@example.com")) == 1


def test_a_report_that_is_deleted_meanwhile_is_not_made(people):
    report = make_report(people.stan)
    runs.ask(report, [Format.CSV], by=people.stan)
    run = runs.claim()
    reports.delete([report], by=people.stan)

    with pytest.raises(MovedOn):
        runs.finish(run, 0, {"csv": b""})
    assert not RunFile.objects.exists()


# Asking


@pytest.mark.parametrize("who", ["paul", "stranger", "vera"])
def test_nobody_else_may_ask(people, who):
    report = make_report(people.stan)
    person = getattr(people, who)
    if person.account_id is None:
        person.account = people.company

    with pytest.raises(PermissionDenied):
        runs.ask(report, [Format.CSV], by=person)


def test_so_many_are_made_at_once(people):
    report = make_report(people.stan)
    for _ in range(runs.MOST_OPEN):
        runs.ask(report, [Format.CSV], by=people.stan)

    with pytest.raises(Refused, match="10 reports are being made"):
        runs.ask(report, [Format.CSV], by=people.stan)


def test_so_many_are_made_a_day_also_where_the_reports_are_deleted(people, monkeypatch):
    monkeypatch.setattr(runs, "MOST_A_DAY", 2)
    for _ in range(2):
        report = make_report(people.stan)
        runs.ask(report, [Format.CSV], by=people.stan)
        reports.delete([report], by=people.stan)

    with pytest.raises(Refused, match="2 reports made within a day"):
        runs.ask(make_report(people.stan), [Format.CSV], by=people.stan)


def test_fewer_are_mailed_a_day(people, monkeypatch):
    monkeypatch.setattr(runs, "MOST_MAILED_A_DAY", 1)
    report = make_report(people.stan, recipients=["boss@example.com"])
    runs.ask(report, [Format.CSV], by=people.stan, mails=True)

    with pytest.raises(Refused, match="1 reports mailed by hand within a day"):
        runs.ask(report, [Format.CSV], by=people.stan, mails=True)
    runs.ask(report, [Format.CSV], by=people.stan)


# Forgetting


def test_files_are_kept_for_ninety_days(people):
    report = make_report(people.stan)
    day = timedelta(days=1)
    old = make_run(report, status="finished", files=["csv"], created_at=clock.now() - 91 * day)
    kept = make_run(report, status="failed", created_at=clock.now() - 89 * day)
    waiting = make_run(report, created_at=clock.now() - 91 * day)

    runs.forget_old()

    assert set(Run.objects.all()) == {kept, waiting}
    assert not RunFile.objects.filter(run=old.pk).exists()


# What was made and may not be seen any more


def made(people, report, by):
    run = runs.ask(report, [Format.CSV], by=by)
    running.make_one()
    run.refresh_from_db()
    return run


def test_the_owner_has_the_files_while_all_in_them_is_theirs_to_see(people, sign_in):
    make_issued(people.ov, people.stan, name="www.example.com")
    run = made(people, make_report(people.stan, definition=ISSUED), people.stan)
    address = f"/reporting/runs/{run.pk}/csv/"
    assert sign_in(people.stan).get(address).status_code == 200

    people.stan.accesses.all().delete()

    assert sign_in(people.stan).get(address).status_code == 403
    assert "/csv/" not in sign_in(people.stan).get(run.get_absolute_url()).content.decode()
    assert "/csv/" not in sign_in(people.stan).get(run.report.get_absolute_url()).content.decode()
    assert sign_in(people.gina).get(address).status_code == 200


def test_who_took_a_report_over_has_no_files_that_were_made_by_other_eyes(people, sign_in):
    report = make_report(people.stan)
    run = made(people, report, people.stan)
    type(report).objects.filter(pk=report.pk).update(owner=people.paul)

    assert sign_in(people.paul).get(f"/reporting/runs/{run.pk}/csv/").status_code == 403


# Mail


def test_what_was_asked_for_before_the_report_was_edited_is_not_compared_with(people):
    report = make_report(people.stan, definition=ISSUED, recipients=["boss@example.com"])
    runs.ask(report, [Format.CSV], by=people.stan, mails=True)
    type(report).objects.filter(pk=report.pk).update(definition={**ISSUED, "rules": []})

    running.make_one()

    report.refresh_from_db()
    assert report.seen is None
    assert len(letters_to("boss@example.com")) == 1


def test_whoever_asks_may_have_it_mailed(people):
    report = make_report(people.stan, definition=ISSUED, recipients=["boss@example.com"])
    runs.ask(report, runs.ALL_FORMATS, by=people.stan, mails=True)

    running.make_one()

    assert last_letter("boss@example.com").subject == "Report: Expiring certificates"


def test_a_run_that_is_not_to_be_mailed_is_not(people):
    report = make_report(people.stan, recipients=["boss@example.com"])
    runs.ask(report, runs.ALL_FORMATS, by=people.stan)

    running.make_one()

    assert not OutgoingMail.objects.exists()
    report.refresh_from_db()
    assert report.seen is None
