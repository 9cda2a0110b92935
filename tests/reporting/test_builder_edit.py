"""Editing a report that is there: what the pages begin with, by whose eyes, and what others did meanwhile."""

from datetime import date, time

import pytest

from accounts.states import Status as PersonStatus
from reporting.actions import reports
from reporting.models import Report
from sslportal.kit.models import Draft
from tests.factories import make_order, make_person, make_profile, make_report, make_scheduled_report
from tests.reporting.builder import keys, name_it, page_key, says, send, shown_rules, url
from tests.reporting.definitions import make_rule
from tests.wizard import url_of

DEFINITION = {
    "type": "certificate",
    "fields": ["status", "common_name"],
    "rules": [
        make_rule("status", "is", ["issued", "expired"]),
        make_rule("expires", "next", 60, "and"),
        make_rule("days_left", "between", [5, 9], "or"),
        make_rule("approver", "is_empty", None, "and"),
    ],
    "sort": [{"field": "expires", "descending": True}],
}


@pytest.fixture
def paul(people, sign_in):
    return sign_in(people.paul)


@pytest.fixture
def report(people):
    return make_scheduled_report(
        people.paul, definition=DEFINITION, description="Soon", recipients=["boss@example.com", "it@example.com"]
    )


def edit(client, report, **more):
    """Send the first page of editing as it is, or with something changed."""
    first = {"type": report.definition.get("type", ""), "name": report.name, "description": report.description}
    return send(client, f"/reporting/{report.pk}/edit/", first | more)


def test_first_page_shows_the_report_and_writes_nothing(paul, report):
    page = paul.get(f"/reporting/{report.pk}/edit/")

    form = page.context["form"]
    assert str(page.context["step"].title) == "Edit Report"
    assert [form[name].value() for name in ("type", "name", "description")] == ["certificate", report.name, "Soon"]
    assert not Draft.objects.exists()


def test_all_pages_begin_with_the_report(paul, report):
    fields = edit(paul, report).context["form"]
    records = paul.get(url("records"))
    schedule = paul.get(url("schedule")).context["form"]

    assert keys(fields.chosen) == ["status", "common_name"]
    assert shown_rules(records) == [
        ("", "status", "is", "issued", "expired"),
        ("and", "expires", "next", "60"),
        ("or", "days_left", "between", "5", "9"),
        ("and", "approver", "is_empty"),
    ]
    assert [(one.field.key, one.is_descending) for one in records.context["form"].sorts] == [("expires", True)]
    assert (schedule["every"].value(), schedule["starts_on"].value()) == ("daily", "2026-01-01")
    assert (schedule["time"].value(), schedule["recipients"].value()) == ("02:00", "boss@example.com\nit@example.com")


def save(client):
    """Send the last page as it stands."""
    form = client.get(url("schedule")).context["form"]
    return send(client, url("schedule"), {name: form[name].value() for name in form.fields} | {"go": "finish"})


def test_report_that_is_not_changed_stays_as_it_is(paul, report):
    """Though its schedule began in the past."""
    edit(paul, report)

    done = save(paul)

    again = Report.objects.get()
    assert url_of(done) == f"/reporting/{report.pk}/"
    assert says(done) == ["The report “Expiring certificates” was saved."]
    assert (again.definition, again.due_at, again.recipients) == (DEFINITION, report.due_at, report.recipients)
    assert (again.starts_on, again.time) == (date(2026, 1, 1), time(2))
    assert not Draft.objects.exists()


def test_report_is_changed_in_place(paul, report):
    edit(paul, report, name="Renewals", type="domain")
    send(paul, url("fields"), {"selected": ["name"]})
    send(paul, url("records"), {})
    send(paul, url("schedule"), {"every": "disabled", "go": "finish"})

    again = Report.objects.get()
    assert (again.pk, again.name, again.every, again.due_at) == (report.pk, "Renewals", "", None)
    assert again.definition == {"type": "domain", "fields": ["name"], "rules": [], "sort": []}


def test_cancel_leaves_the_report_as_it_is(paul, report):
    canceled = edit(paul, report, name="Other", go="cancel")

    assert (url_of(canceled), says(canceled)) == (f"/reporting/{report.pk}/", ["Nothing was changed."])
    assert Report.objects.get().name == report.name


def test_full_account_can_edit(paul, people, report):
    for number in range(reports.MOST - 1):
        make_report(people.gina, name=f"Report {number}")
    edit(paul, report)

    assert url_of(save(paul)) == f"/reporting/{report.pk}/"


def test_report_of_others_is_not_there(people, client, sign_in, report):
    for person in (people.stan, people.stranger):
        sign_in(person)
        assert client.get(f"/reporting/{report.pk}/edit/").status_code == 404
        assert client.post(f"/reporting/{report.pk}/edit/", {"name": "x"}).status_code == 404


def test_last_of_two_who_edit_wins(people, client, sign_in, report):
    sign_in(people.paul)
    edit(client, report, name="Of paul")
    pauls = url("schedule")
    sign_in(people.gina)
    edit(client, report, name="Of gina")
    draft = Draft.objects.get(owner=people.gina)
    send(client, url("schedule", draft), {"every": "disabled", "go": "finish"})
    sign_in(people.paul)

    send(client, pauls, {"every": "disabled", "go": "finish"})

    assert Report.objects.get().name == "Of paul"


def test_report_that_was_deleted_meanwhile_is_told(paul, people, report):
    edit(paul, report)
    address = url("records")
    reports.delete([report], by=people.gina)

    page = paul.get(address, follow=True)

    assert says(page) == ["The report was deleted meanwhile. Nothing was changed."]
    assert not Draft.objects.exists()


def test_draft_of_a_deleted_report_is_not_taken_up(paul, people, report):
    edit(paul, report)
    address = url("records").removesuffix("records/")
    reports.delete([report], by=people.gina)

    assert says(paul.get(address, follow=True)) == ["The report was deleted meanwhile. Nothing was changed."]


# By whose eyes


def test_preview_of_somebody_elses_report_is_what_its_owner_sees(people, sign_in):
    make_order(people.ov, people.paul, name="seen.example.com")
    make_order(make_profile(people.company, "Other", primary=people.gina), people.gina, name="hidden.example.com")
    report = make_report(people.paul)
    gina = sign_in(people.gina)
    edit(gina, report)

    page = gina.get(url("records"))

    assert [cells[0][1] for cells in page.context["preview"].rows] == ["seen.example.com"]
    assert f"This is what {people.paul.get_full_name()} sees" in page.content.decode()


def test_preview_of_a_report_whose_owner_has_left_is_what_the_editor_sees(people, sign_in):
    left = make_person("left@example.com", people.company, status=PersonStatus.REMOVED)
    make_order(make_profile(people.company, "Other", primary=people.gina), people.gina, name="a.example.com")
    report = make_report(left)
    gina = sign_in(people.gina)
    edit(gina, report)

    assert gina.get(url("records")).context["preview"].total == 1
    save(gina)
    assert Report.objects.get().owner == people.gina


# What no longer exists


def test_field_that_no_longer_exists_is_told_and_left_out(paul, people):
    definition = {**DEFINITION, "fields": ["shoe_size", "common_name"], "rules": [make_rule("shoe_size", "is", "44")]}
    report = make_report(people.paul, definition=definition)
    fields = edit(paul, report)

    told = "The field “shoe_size” no longer exists and was left out."
    assert told in fields.content.decode()
    assert told in paul.get(url("records")).content.decode()
    save(paul)
    assert Report.objects.get().definition["fields"] == ["common_name"]
    assert Report.objects.get().definition["rules"] == []


def test_report_that_cannot_be_read_begins_anew(paul, people):
    report = make_report(people.paul, definition={"type": "person"})

    page = paul.get(f"/reporting/{report.pk}/edit/")

    assert page.context["form"]["name"].value() == report.name
    assert "There are no reports of this type." in page.content.decode()
    assert page_key(edit(paul, report, type="domain")) == "fields"


def test_new_report_has_nothing_to_tell(paul):
    assert name_it(paul).context["wizard"].notes == ()
