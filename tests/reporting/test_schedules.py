"""Reports by a schedule: their moments, each once, what is mailed of them, and what people are told who must know."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import translation

from accounts.states import Status as PersonStatus
from certificates.states import Status as OrderStatus
from profiles.notifications import unsubscribing
from profiles.notifications.models import Notice
from reporting import running, tasks
from reporting.actions import schedules
from reporting.models import Report, Run
from reporting.states import Status
from sslportal.kit import audit, clock
from sslportal.kit.models import OutgoingMail
from tests.factories import make_issued, make_report, make_scheduled_report
from tests.letters import last_letter, letters_to
from tests.reporting.definitions import make_rule

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
BOSS = "boss@example.com"
ISSUED = {
    "type": "certificate",
    "fields": ["common_name"],
    "rules": [make_rule("status", "is", ["issued"])],
    "sort": [],
}


def run_at(moment):
    """What workers do at the moment."""
    with clock.at(moment):
        tasks.run_schedules()
        while running.make_one():
            pass


def due_at():
    return Report.objects.get().due_at


# Moments


def test_a_report_is_made_at_its_moment_and_not_before(people):
    report = make_scheduled_report(people.stan, due_at=NOW)
    run_at(NOW - timedelta(seconds=1))
    assert not Run.objects.exists()

    run_at(NOW)

    run = Run.objects.get()
    assert (run.report, run.due_at, run.by, run.reader, run.status) == (report, NOW, None, people.stan, Status.FINISHED)
    assert sorted(file.format for file in run.files.all()) == ["csv", "pdf", "xlsx"]
    assert due_at() == datetime(2026, 11, 11, 2, tzinfo=UTC)


def test_missed_moments_are_one_run(people):
    make_scheduled_report(people.stan, due_at=NOW - timedelta(days=9), recipients=[BOSS])

    for _ in range(3):
        run_at(NOW)

    assert Run.objects.count() == 1
    assert len(letters_to(BOSS)) == 1
    assert due_at() == datetime(2026, 11, 11, 2, tzinfo=UTC)


def test_a_moment_waits_for_the_run_before_it(people):
    make_scheduled_report(people.stan, due_at=NOW)
    with clock.at(NOW):
        tasks.run_schedules()
    with clock.at(NOW + timedelta(days=3)):
        tasks.run_schedules()
    assert Run.objects.count() == 1

    run_at(NOW + timedelta(days=3))  # the first is made, then the moment of today is asked for
    run_at(NOW + timedelta(days=3))

    assert Run.objects.count() == 2
    assert due_at() == datetime(2026, 11, 14, 2, tzinfo=UTC)


def test_the_time_of_day_stays_when_clocks_are_changed(people):
    people.company.time_zone = "Europe/Berlin"
    people.company.save()
    make_scheduled_report(people.stan, due_at=datetime(2027, 3, 27, 1, tzinfo=UTC))

    run_at(datetime(2027, 3, 28, 3, tzinfo=UTC))  # since an hour before it is summer

    assert due_at() == datetime(2027, 3, 29, 0, tzinfo=UTC)


def test_the_31st_is_the_last_day_of_a_shorter_month(people):
    make_scheduled_report(
        people.stan, every="monthly", starts_on="2027-01-31", due_at=datetime(2027, 1, 31, 2, tzinfo=UTC)
    )

    run_at(datetime(2027, 1, 31, 2, tzinfo=UTC))
    assert due_at() == datetime(2027, 2, 28, 2, tzinfo=UTC)
    run_at(datetime(2027, 2, 28, 2, tzinfo=UTC))
    assert due_at() == datetime(2027, 3, 31, 2, tzinfo=UTC)


def test_a_paused_or_unscheduled_report_is_not_run(people):
    make_report(people.stan)
    Report.objects.filter(pk=make_scheduled_report(people.stan).pk).update(due_at=None)

    run_at(clock.now() + timedelta(days=400))

    assert not Run.objects.exists()


def test_one_that_cannot_be_run_does_not_keep_the_others(people, monkeypatch):
    broken = make_scheduled_report(people.stan, due_at=NOW - timedelta(days=1))
    make_scheduled_report(people.paul, due_at=NOW)
    make = schedules.runs.make

    def failing(report, *given, **more):
        if report == broken:
            raise RuntimeError
        return make(report, *given, **more)

    monkeypatch.setattr(schedules.runs, "make", failing)
    run_at(NOW)

    assert [run.report.owner for run in Run.objects.all()] == [people.paul]


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_run(people):
    report = make_scheduled_report(people.stan, due_at=clock.now() - timedelta(minutes=1))
    ready = Barrier(2)

    def beat(_):
        ready.wait(timeout=30)
        try:
            schedules.run(report)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(beat, range(2)))

    assert Run.objects.count() == 1


# Mail


def mailed(people, **fields):
    """A report of issued certificates whose moment is NOW, with boss among the recipients."""
    people.stan.refresh_from_db()
    return make_scheduled_report(people.stan, due_at=NOW, definition=ISSUED, recipients=[BOSS], **fields)


def test_the_mail_has_the_report_as_csv_and_as_pdf(people):
    make_issued(people.ov, people.stan, name="www.example.com")
    mailed(people, name="Expiring: all/of them", description="For the web team.")

    run_at(NOW)

    letter = last_letter(BOSS)
    assert letter.subject == "Report: Expiring: all/of them"
    assert "The report “Expiring: all/of them” has 1 record." in letter.text
    assert "For the web team." in letter.text
    assert "Since the last run" not in letter.text
    files = {file.name: bytes(file.content) for file in letter.attachments.all()}
    names = ["Expiring_ all_of them 2026-11-10.csv", "Expiring_ all_of them 2026-11-10.pdf"]
    assert sorted(files) == names
    assert files[names[0]].decode().splitlines() == ["Common Name", "www.example.com"]
    assert files[names[1]].startswith(b"%PDF")


def test_the_mail_says_what_has_changed_since_the_last(people):
    old = make_issued(people.ov, people.stan, name="old.example.com")
    make_issued(people.ov, people.stan, name="same.example.com")
    mailed(people)
    run_at(NOW)
    type(old).objects.filter(pk=old.pk).update(status=OrderStatus.EXPIRED)
    for number in range(3):
        make_issued(people.ov, people.stan, name=f"new{number}.example.com")

    run_at(NOW + timedelta(days=1))
    run_at(NOW + timedelta(days=2))

    _first, second, third = (letter.text for letter in letters_to(BOSS))
    assert "Since the last run (Nov. 10, 2026 12:00): +3, −1 (new in it, no longer in it)." in second
    assert "Since the last run (Nov. 11, 2026 12:00): the same records." in third


def test_an_empty_report_is_said_in_a_sentence(people):
    mailed(people)

    run_at(NOW)

    assert "No record matches the report “Expiring certificates” now." in last_letter(BOSS).text


def test_the_mail_says_where_the_files_end(people, settings):
    settings.REPORT_ROWS = 1
    for number in range(2):
        make_issued(people.ov, people.stan, name=f"www{number}.example.com")
    mailed(people)

    run_at(NOW)

    assert "The files have the first 1 of them." in last_letter(BOSS).text


def test_the_mail_says_that_a_field_was_left_out(people):
    report = mailed(people)
    Report.objects.filter(pk=report.pk).update(definition={**ISSUED, "fields": ["common_name", "horoscope"]})

    run_at(NOW)

    assert "The field “horoscope” no longer exists and was left out." in last_letter(BOSS).text


def test_the_mail_is_in_the_language_of_its_owner(people):
    people.stan.language = "ja"
    people.stan.save()
    mailed(people)

    run_at(NOW)

    assert last_letter(BOSS).language == "ja"
    assert "コモンネーム" in bytes(last_letter(BOSS).attachments.get(name__endswith=".csv").content).decode()


def test_recipients_who_have_stopped_it_or_left_get_nothing(people):
    report = mailed(people)
    gone = people.paul.email
    Report.objects.update(recipients=[BOSS, "quiet@example.com", gone])
    type(people.paul).objects.filter(pk=people.paul.pk).update(status=PersonStatus.REMOVED)
    unsubscribing.unsubscribe("quiet@example.com", f"report:{report.pk}")

    run_at(NOW)

    assert [letter.to for letter in OutgoingMail.objects.all()] == [BOSS]


def test_a_recipient_stops_the_report_by_the_link_in_the_mail(people, client):
    mailed(people)
    run_at(NOW)
    link = last_letter(BOSS).unsubscribe

    page = client.get(link)
    assert "b…@example.com is on the list of recipients of the report" in " ".join(page.content.decode().split())
    client.post(link, {"List-Unsubscribe": "One-Click"})
    run_at(NOW + timedelta(days=1))

    assert len(letters_to(BOSS)) == 1


# What people must know


def test_the_owner_is_told_that_it_failed(people):
    report = mailed(people)
    Report.objects.update(definition={"type": "tea"})

    run_at(NOW)

    letter = last_letter(people.stan.email)
    assert letter.subject == "The report “Expiring certificates” could not be made"
    assert "There are no reports of this type." in letter.text
    assert not letters_to(BOSS)
    report.refresh_from_db()
    assert report.due_at == datetime(2026, 11, 11, 2, tzinfo=UTC)


def test_without_its_owner_a_report_is_paused_and_the_global_administrators_are_told(people):
    mailed(people)
    type(people.stan).objects.filter(pk=people.stan.pk).update(status=PersonStatus.REMOVED)

    for _ in range(2):
        run_at(NOW)

    report = Report.objects.get()
    assert report.is_paused
    assert not Run.objects.exists()
    assert not letters_to(BOSS)
    assert [entry.verb for entry in audit.of(report)] == ["pause"]
    letter = last_letter(people.gina.email)
    assert letter.subject == "The report “Expiring certificates” is paused, since its owner has left"
    assert BOSS in letter.text
    assert Notice.objects.filter(kind="report-paused").count() == 1


@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_is_told_is_kept_in_each_language(people, language):
    mailed(people)
    Report.objects.update(definition={"type": "tea"})
    run_at(NOW)

    with translation.override(language):
        assert Notice.objects.get(kind="report-failed").letters[language]["subject"]
