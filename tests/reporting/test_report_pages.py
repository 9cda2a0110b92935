"""The list of reports, the page of one, what is asked before something is deleted or mailed, and the files."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.states import Status as PersonStatus
from certificates.states import Status as OrderStatus
from reporting import query, ready_made, running
from reporting.actions import reports
from reporting.models import Report, Run
from sslportal.kit import audit, clock
from sslportal.kit.models import Draft
from tests.discovery.pages import html
from tests.factories import make_domain, make_issued, make_report, make_run, make_scheduled_report
from tests.reporting.definitions import make_rule

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)


@pytest.fixture
def stan(people, sign_in):
    return sign_in(people.stan)


def address(name, *args):
    return reverse(f"reporting:{name}", args=args)


def messages(answer):
    return [str(message) for message in answer.context["messages"]]


def headings(answer):
    return [column.header for column in answer.context["table"].columns]


# The list


def test_the_list_has_the_columns_and_buttons_of_the_contract(people, stan):
    make_report(people.stan)
    answer = stan.get(address("list"))

    assert headings(answer)[1:] == [
        "Report Name",
        "Report Type",
        "Schedule",
        "Next run",
        "Last Run",
        "Owner",
        "Details",
    ]
    for button in ("New Report", "Run Report", "Delete Report"):
        assert button in html(answer)


def test_a_click_on_the_name_edits(people, stan):
    report = make_report(people.stan, "My <b>report</b>")

    page = html(stan.get(address("list")))

    assert f'<a href="{address("edit", report.pk)}">My &lt;b&gt;report&lt;/b&gt;</a>' in page


def test_the_list_says_how_a_report_is_scheduled_and_when_it_was_run(people, stan):
    make_report(people.stan, "Never")
    Report.objects.filter(pk=make_scheduled_report(people.stan, "Paused").pk).update(due_at=None)
    make_run(make_scheduled_report(people.stan, "Nightly", due_at=NOW), status="finished", finished_at=NOW)

    answer = stan.get(f"{address('list')}?export=all")

    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert lines[1:] == [
        "Never,Certificate,Disabled,,,stan@example.com",
        "Nightly,Certificate,Daily,2026-11-10 12:00:00 UTC,2026-11-10 12:00:00 UTC,stan@example.com",
        "Paused,Certificate,Daily (paused),,,stan@example.com",
    ]


def test_the_list_needs_no_more_queries_for_more_reports(people, stan, django_assert_num_queries):
    for _ in range(2):
        make_run(make_scheduled_report(people.stan), status="finished", finished_at=NOW)
    with CaptureQueriesContext(
        connection,
    ) as few:
        stan.get(address("list"))
    for _ in range(8):
        make_run(make_scheduled_report(people.stan), status="finished", finished_at=NOW)

    with django_assert_num_queries(len(few)):
        stan.get(address("list"))


def test_an_unfinished_report_is_taken_up_again(people, stan):
    mine = Draft.objects.create(kind="report", owner=people.stan)
    other = Draft.objects.create(kind="report", owner=people.paul)

    page = html(stan.get(address("list")))

    assert (address("resume", mine.pk) in page, address("resume", other.pk) in page) == (True, False)


def test_a_full_account_is_told_so(people, stan):
    for _ in range(reports.MOST - 1):
        make_report(people.gina)
    make_report(people.stan)

    page = html(stan.get(address("list")))

    assert "Your account uses 20 of 20 reports. To make another one, delete one first, or edit one." in page
    assert "You see your own; Global Administrators see those of everybody." in page


# To begin with


def test_three_are_offered_to_begin_with(stan):
    page = html(stan.get(address("list")))

    for one in ready_made.ALL:
        assert f"<h3>{one.name}</h3>" in page


@pytest.mark.parametrize("key", ready_made.BY_KEY)
def test_one_that_is_offered_is_added_and_shown(people, stan, key):
    answer = stan.post(address("ready-made", key))

    report = Report.objects.get()
    assert (report.owner, report.name) == (people.stan, ready_made.BY_KEY[key].name)
    assert answer.url == address("results", report.pk)
    assert report.defined.to_json() == ready_made.BY_KEY[key].defined


def test_those_that_expire_soon_are_found(people):
    make_issued(people.ov, people.stan, name="soon.example.com", days=59)
    make_issued(people.ov, people.stan, name="later.example.com", days=62)
    over = make_issued(people.ov, people.stan, name="revoked.example.com", days=10)
    type(over).objects.filter(pk=over.pk).update(status=OrderStatus.REVOKED)

    assert names(people, "expiring", column=0) == ["soon.example.com"]


def test_domains_to_confirm_again_are_found(people, noon):
    day = timedelta(days=1)
    make_domain(people.ov, "later.example", expires_at=clock.now() + 100 * day)
    make_domain(people.ov, "soon.example", expires_at=clock.now() + 20 * day)
    make_domain(people.ov, "over.example", status="expired", expires_at=clock.now() - 3 * day)

    assert names(people, "re-confirm", column=0) == ["over.example", "soon.example"]


def names(people, key, column):
    defined = ready_made.BY_KEY[key].plan().definition
    rows = query.rows(defined, people.stan, clock.now())
    return [cells[column] for cells in query.values(defined, rows)]


def test_one_that_nobody_offers_is_not_there(stan):
    assert stan.post(address("ready-made", "horoscope")).status_code == 404


def test_none_is_added_to_a_full_account(people, stan):
    for _ in range(reports.MOST):
        make_report(people.stan)

    answer = stan.post(address("ready-made", "expiring"), follow=True)

    assert messages(answer) == ["Your account has 20 reports, and can have no more. Delete one first, or edit one."]


# Run Report and Delete Report


def test_the_one_that_is_ticked_is_run(people, stan):
    report = make_report(people.stan)

    assert stan.get(address("run-picked"), {"pick": report.pk}).url == address("results", report.pk)


def test_none_or_several_are_not_run(people, stan):
    both = [make_report(people.stan).pk for _ in range(2)]

    for pick in ([], both, [make_report(people.paul).pk], ["x"], ["9" * 30]):
        answer = stan.get(address("run-picked"), {"pick": pick}, follow=True)
        assert messages(answer) == ["Tick one report, the one that you want to run."]


def test_those_that_are_ticked_are_deleted_after_yes(people, stan):
    kept, other = make_report(people.stan, "Kept"), make_report(people.paul, "Other")
    gone = [make_report(people.stan, f"Gone {number}").pk for number in range(2)]
    picked = {"pick": [*gone, other.pk]}

    page = html(stan.get(address("delete"), picked))
    assert Report.objects.count() == 4
    assert ("Gone 0" in page, "Kept" in page, "Other" in page) == (True, False, False)
    answer = stan.post(address("delete"), picked, follow=True)

    assert set(Report.objects.all()) == {kept, other}
    assert messages(answer) == ["The report “Gone 0” was deleted.", "The report “Gone 1” was deleted."]


def test_nothing_ticked_deletes_nothing(stan):
    assert messages(stan.post(address("delete"), follow=True)) == ["Tick the reports that you want to delete first."]


# One report


def test_the_page_says_what_it_tells_when_and_to_whom(people, stan):
    definition = {
        "type": "certificate",
        "fields": ["common_name", "expires"],
        "rules": [make_rule("expires", "next", 60)],
        "sort": [],
    }
    report = make_scheduled_report(people.stan, definition=definition, recipients=["boss@example.com"])

    page = html(stan.get(report.get_absolute_url()))

    for words in ("Common Name, Expires", "Daily", "boss@example.com", "stan@example.com", "in the next 60 days"):
        assert words in page


def test_the_page_lists_runs_with_their_files(people, stan):
    report = make_report(people.stan)
    run = make_run(report, status="finished", files=["csv", "pdf"], total=12, due_at=NOW)

    page = html(stan.get(report.get_absolute_url()))

    assert address("file", run.pk, "csv") in page
    assert address("file", run.pk, "pdf") in page
    assert "The schedule" in page


def test_a_report_that_can_be_none_any_more_is_shown_with_the_reason(people, stan):
    report = make_report(people.stan, definition={"type": "tea"})

    answer = stan.get(report.get_absolute_url())

    assert answer.status_code == 200
    assert "There are no reports of this type." in html(answer)


def test_a_report_whose_owner_has_left_says_so(people, sign_in):
    report = make_scheduled_report(people.stan)
    type(people.stan).objects.filter(pk=people.stan.pk).update(status=PersonStatus.REMOVED)
    gina = sign_in(people.gina)

    assert "stan@example.com, who owned this report, is no longer an administrator" in html(
        gina.get(report.get_absolute_url())
    )
    assert "Global Administrators (stan@example.com has left)" in html(gina.get(address("list")))


def test_pausing_resuming_and_duplicating_by_button(people, stan):
    report = make_scheduled_report(people.stan, "Mine")

    stan.post(address("pause", report.pk))
    assert Report.objects.get().is_paused
    stan.post(address("resume-schedule", report.pk))
    assert not Report.objects.get().is_paused
    answer = stan.post(address("duplicate", report.pk))

    copy = Report.objects.get(name="Copy of Mine")
    assert answer.url == copy.get_absolute_url()


@pytest.mark.parametrize("deed", ["pause", "resume-schedule", "duplicate", "run-now"])
def test_what_somebody_elses_is_does_not_exist(people, stan, deed):
    assert stan.post(address(deed, make_scheduled_report(people.paul).pk)).status_code == 404


# Runs


def test_run_now_asks_whether_to_mail_and_shows_the_files_when_they_are_there(people, stan):
    report = make_report(people.stan, recipients=["boss@example.com"])
    assert "boss@example.com" in html(stan.get(address("run-now", report.pk)))

    answer = stan.post(address("run-now", report.pk), {"mail": "on"}, follow=True)
    run = Run.objects.get()
    assert run.mails
    assert f'data-refresh="{address("run-state", run.pk)}"' in html(answer)
    running.make_one()

    page = html(stan.get(run.get_absolute_url()))
    assert "data-refresh=" not in page
    assert "Download CSV" in page
    assert html(stan.get(address("run-state", run.pk))).startswith("<section")


def test_without_recipients_nothing_is_mailed(people, stan):
    report = make_report(people.stan)

    assert 'name="mail"' not in html(stan.get(address("run-now", report.pk)))


def test_a_file_is_downloaded_under_the_name_of_the_report(people, stan):
    report = make_report(people.stan, "証明書 / all")
    run = make_run(report, status="finished", files=["csv"], finished_at=NOW)

    answer = stan.get(address("file", run.pk, "csv"))

    assert answer.content == b"content"
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == (
        "attachment; filename*=utf-8''%E8%A8%BC%E6%98%8E%E6%9B%B8%20_%20all%202026-11-10.csv"
    )
    assert [entry.verb for entry in audit.of(run)] == ["download"]


@pytest.mark.parametrize("name", ["run", "run-state"])
def test_runs_of_others_do_not_exist(people, stan, name):
    run = make_run(make_report(people.paul), status="finished", files=["csv"])

    assert stan.get(address(name, run.pk)).status_code == 404
    assert stan.get(address("file", run.pk, "csv")).status_code == 404


@pytest.mark.parametrize("format", ["pdf", "exe", "csv2"])
def test_a_file_that_was_not_made_does_not_exist(people, stan, format):
    run = make_run(make_report(people.stan), status="finished", files=["csv"])

    assert stan.get(address("file", run.pk, format)).status_code == 404
