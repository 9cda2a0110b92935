"""Making a report page by page: the ways through the builder, its fields, and what is refused."""

import uuid

import pytest

from reporting.actions import reports
from reporting.models import Report
from sslportal.kit.models import Draft
from tests.factories import make_report
from tests.reporting.builder import (
    DAILY,
    NEW,
    draft,
    keys,
    made,
    name_it,
    page_key,
    record,
    says,
    schedule,
    select,
    to_records,
    to_schedule,
    url,
)
from tests.wizard import errors, send, url_of


@pytest.fixture
def paul(people, sign_in):
    return sign_in(people.paul)


def title(response):
    return str(response.context["step"].title)


def test_report_is_made_by_four_pages(paul, people):
    assert title(paul.get(NEW)) == "Create New Report"
    assert title(name_it(paul, description="What we renew.")) == "Fields Included in Report"
    assert title(select(paul, "expires", "common_name")) == "Records Included in Report"
    asked = record(paul, ("status", "is", "issued"), ("and", "expires", "next", "60"), sort=[("expires", "descending")])
    assert title(asked) == "Schedule Report"
    done = schedule(paul)

    report = made()
    assert url_of(done) == "/reporting/"
    assert says(done) == ["The report “Expiring soon” was added."]
    assert (report.owner, report.name, report.description) == (people.paul, "Expiring soon", "What we renew.")
    assert (report.every, report.due_at, report.recipients) == ("", None, [])
    assert report.definition == {
        "type": "certificate",
        "fields": ["expires", "common_name"],
        "rules": [
            {"field": "status", "condition": "is", "value": ["issued"], "joined": ""},
            {"field": "expires", "condition": "next", "value": 60, "joined": "and"},
        ],
        "sort": [{"field": "expires", "descending": True}],
    }
    assert not Draft.objects.exists()


def test_report_of_domains_is_made_without_rules(paul):
    to_records(paul, type="domain", fields=["name"])
    record(paul)
    schedule(paul)

    assert made().definition == {"type": "domain", "fields": ["name"], "rules": [], "sort": []}


def test_looking_at_the_first_page_writes_no_draft(paul):
    paul.get(NEW)

    assert not Draft.objects.exists()


def test_report_needs_a_name(paul):
    page = name_it(paul, name=" ")

    assert page.status_code == 422
    assert errors(page, "name") == ["Give the report a name, by which you find it in the list of reports."]


@pytest.mark.parametrize(
    ("field", "value"),
    [("type", "person"), ("type", ""), ("name", "x" * 101), ("description", "x" * 1001), ("name", "a\u0007b")],
)
def test_first_page_refuses_what_does_not_fit(paul, field, value):
    page = name_it(paul, **{field: value})

    assert (page.status_code, list(page.context["form"].errors)) == (422, [field])


def test_nul_in_a_name_is_no_error_of_the_portal(paul):
    assert name_it(paul, name="Soon\0er").status_code == 422
    assert draft().data["report"]["name"] == ["Sooner"]


def test_back_keeps_what_was_typed_even_if_it_is_wrong(paul):
    to_records(paul)

    assert page_key(record(paul, ("expires", "next", "many"), go="back")) == "fields"
    assert [row.values for row in paul.get(url("records")).context["form"].rows] == [("many",)]


def test_cancel_discards_the_draft(paul):
    to_records(paul)

    canceled = record(paul, go="cancel")

    assert says(canceled) == ["Nothing was added."]
    assert not Draft.objects.exists()


def test_what_is_typed_is_kept_by_the_page_itself(paul):
    kept = paul.post(NEW, {"type": "domain", "name": "Half", "go": "keep"})

    assert (kept.status_code, kept["X-Draft"]) == (204, url("report"))
    assert draft().data["report"] == {"type": ["domain"], "name": ["Half"]}


def test_draft_is_taken_up_where_it_was_left(paul):
    to_records(paul)

    assert page_key(paul.get(f"{NEW}{draft().pk}/", follow=True)) == "records"


def test_page_whose_turn_has_not_come_leads_back(paul):
    name_it(paul)

    assert page_key(paul.get(url("schedule"), follow=True)) == "fields"
    assert page_key(paul.get(url("nowhere"), follow=True)) == "fields"


def test_ok_on_an_earlier_page_makes_no_report(paul):
    to_records(paul)

    assert page_key(record(paul, go="finish")) == "schedule"
    assert not Report.objects.exists()


def test_ok_sent_twice_makes_one_report(paul):
    to_schedule(paul)
    last = url("schedule")
    schedule(paul)

    again = send(paul, last, {"every": "disabled", "go": "finish"})

    assert says(again) == ["This report was finished or discarded already."]
    assert Report.objects.count() == 1


def test_draft_of_somebody_else_is_not_there(paul, people, client, sign_in):
    to_records(paul)
    theirs = url("records")
    sign_in(people.gina)

    assert client.get(theirs).status_code == 404
    assert client.post(theirs, {"go": "cancel"}).status_code == 404
    assert client.get(f"{NEW}{draft().pk}/").status_code == 404


def test_draft_of_another_wizard_is_not_there(paul, people):
    other = Draft.objects.create(kind="domains", owner=people.paul)

    assert paul.get(url("report", other)).status_code == 404


def test_draft_that_never_was_is_told(paul):
    page = paul.get(f"{NEW}{uuid.uuid4()}/fields/", follow=True)

    assert says(page) == ["This report was finished or discarded already."]


# Fields


def test_fields_begin_with_a_handful_of_the_type(paul):
    form = name_it(paul, type="domain").context["form"]

    assert keys(form.chosen) == ["name", "level", "status", "expires", "days_left", "method", "profile"]
    assert keys(form.available) == ["added", "requester", "revet", "confirmed", "reason"]


def arranged(client, go, picked, selected=("common_name", "status", "expires", "profile")):
    """The selected fields after a button, and which of them are ticked."""
    name_it(client)
    page = select(client, *selected, go=go, picked=list(picked))
    form = page.context["form"]
    assert (page.status_code, page_key(page)) == (200, "fields")
    return keys(form.chosen), form.ticked


def test_fields_are_added_at_the_end(paul):
    chosen, ticked = arranged(paul, "add", ["number", "serial_number"], selected=["status"])

    assert (chosen, ticked) == (["status", "number", "serial_number"], [])


def test_fields_are_removed(paul):
    assert arranged(paul, "remove", ["status", "profile"]) == (["common_name", "expires"], [])


def test_fields_go_up_together_and_stay_ticked(paul):
    chosen, ticked = arranged(paul, "up", ["status", "expires"])

    assert (chosen, ticked) == (["status", "expires", "common_name", "profile"], ["status", "expires"])


def test_fields_go_down_until_the_end(paul):
    chosen, _ticked = arranged(paul, "down", ["common_name", "profile"])

    assert chosen == ["status", "common_name", "expires", "profile"]


def test_fields_at_the_top_do_not_change_places(paul):
    chosen, _ticked = arranged(paul, "up", ["common_name", "status"])

    assert chosen == ["common_name", "status", "expires", "profile"]


def test_all_fields_may_be_removed_but_not_for_long(paul):
    chosen, _ticked = arranged(paul, "remove", ["status"], selected=["status"])
    page = select(paul)

    assert chosen == []
    assert page.status_code == 422
    assert errors(page, "selected") == ["Add at least one field to the report."]


def test_fields_that_do_not_exist_are_left_out_and_none_stands_twice(paul):
    name_it(paul)
    select(paul, "status", "password", "status", "account__owner", "\0", "x" * 100_000)

    assert draft().data["fields"] == {"selected": ["status"], "picked": []}


def test_another_type_keeps_the_fields_that_it_has(paul):
    to_records(paul, fields=["common_name", "status", "expires"])
    page = send(paul, url("report"), {"type": "domain", "name": "Expiring soon"})

    assert keys(page.context["form"].chosen) == ["status", "expires"]


def test_another_type_without_any_of_the_fields_asks_for_some(paul):
    to_records(paul, fields=["common_name"])
    send(paul, url("report"), {"type": "domain", "name": "Expiring soon"})

    assert page_key(paul.get(f"{NEW}{draft().pk}/", follow=True)) == "fields"


# As many as an account may have


def fill_up(people):
    for number in range(reports.MOST):
        make_report(people.gina, name=f"Report {number}")


def test_full_account_is_told_before_anything_is_asked(paul, people):
    fill_up(people)

    page = paul.get(NEW)

    assert "Your account has 20 reports" in page.content.decode()
    assert "form" not in page.context
    assert name_it(paul).status_code == 409
    assert not Draft.objects.exists()


def test_account_that_is_full_meanwhile_loses_nothing(paul, people):
    to_schedule(paul)
    fill_up(people)

    page = schedule(paul, **DAILY)

    assert page_key(page) == "schedule"
    assert "Your account has 20 reports" in says(page)[0]
    assert page.context["form"]["recipients"].value() == "boss@example.com"
    Report.objects.first().delete()
    assert url_of(schedule(paul, **DAILY)) == "/reporting/"
