"""Reports as things of an account: adding, editing, duplicating, pausing, taking over, deleting, and who may."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from accounts.states import Status as PersonStatus
from reporting.actions import reports
from reporting.actions.reports import Plan
from reporting.models import Report, Run
from sslportal.kit import audit, clock
from sslportal.kit.moves import MovedOn, Refused
from sslportal.kit.recurrence import Every
from tests.factories import make_person, make_report, make_run, make_scheduled_report
from tests.reporting.definitions import make_definition, make_rule

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)


def plan(name="Mine", **fields):
    return Plan(name, "", make_definition(**fields))


TOMORROW = datetime.combine(date(2026, 11, 11), time(2))  # as the account's clock shows it


def scheduled(every=Every.DAILY, start=TOMORROW, recipients=("boss@example.com",)):
    return Plan("Mine", "", make_definition(), every, start, recipients)


def leave(person):
    type(person).objects.filter(pk=person.pk).update(status=PersonStatus.REMOVED)
    person.refresh_from_db()


def verbs(report):
    return [entry.verb for entry in audit.of(report)]


def test_a_report_belongs_to_who_adds_it(people):
    report = reports.add(plan(), by=people.stan)

    assert (report.account, report.owner, report.every, report.due_at) == (people.company, people.stan, "", None)
    assert report.defined == make_definition()
    assert verbs(report) == ["add"]


def test_a_schedule_begins_by_the_clock_of_the_account(people):
    people.company.time_zone = "Asia/Tokyo"
    people.company.save()
    with clock.at(NOW):
        report = reports.add(scheduled(), by=people.stan)

    assert report.due_at == datetime(2026, 11, 10, 17, tzinfo=UTC)


def test_an_account_has_twenty_and_no_more(people):
    for _ in range(reports.MOST - 1):
        make_report(people.gina)
    make_report(people.stranger)
    reports.add(plan(), by=people.stan)

    with pytest.raises(Refused, match="has 20 reports"):
        reports.add(plan(), by=people.stan)
    with pytest.raises(Refused, match="has 20 reports"):
        reports.duplicate(Report.objects.filter(owner=people.gina).first(), by=people.gina)
    reports.delete([Report.objects.get(owner=people.stan)], by=people.stan)
    reports.add(plan(), by=people.paul)


# Editing


def test_editing_keeps_the_owner_and_tells_what_happened(people):
    report = reports.add(plan(), by=people.stan)

    edited = reports.edit(report, plan("Ours"), by=people.gina)

    assert (edited.name, edited.owner) == ("Ours", people.stan)
    assert verbs(report) == ["add", "edit"]


def test_the_history_says_what_was_edited(people):
    report = reports.add(plan(), by=people.stan)
    rules = [make_rule("status", "is", ["issued"])]

    reports.edit(report, Plan("Ours", "", make_definition(rules=rules), None, None, ("x@example.com",)), by=people.gina)

    assert audit.of(report).last().changes == {
        "Report Name": ["Mine", "Ours"],
        "Records": ["All records", "Status is one of Issued"],
        "Recipients": ["", "x@example.com"],
    }


@pytest.mark.parametrize("deed", ["add", "edit"])
def test_so_many_recipients_and_no_more(people, deed):
    many = Plan("Mine", "", make_definition(), recipients=tuple(f"p{one}@example.com" for one in range(21)))
    report = make_report(people.stan)

    with pytest.raises(PermissionDenied):
        reports.add(many, by=people.stan) if deed == "add" else reports.edit(report, many, by=people.stan)


def test_editing_without_a_change_is_no_edit(people):
    report = reports.add(plan(), by=people.stan)

    reports.edit(report, plan(), by=people.stan)

    assert verbs(report) == ["add"]


def test_a_changed_schedule_has_another_moment_and_an_unchanged_one_the_same(people):
    with clock.at(NOW):
        report = reports.add(scheduled(), by=people.stan)
        before = report.due_at
        same = reports.edit(report, scheduled(recipients=("other@example.com",)), by=people.stan)
        assert (same.due_at, same.recipients) == (before, ["other@example.com"])

        weekly = reports.edit(
            report, scheduled(Every.WEEKLY, datetime.combine(date(2026, 11, 12), time(5))), by=people.stan
        )
        assert weekly.due_at == datetime(2026, 11, 12, 5, tzinfo=UTC)

        assert reports.edit(report, plan(), by=people.stan).due_at is None


def test_other_records_are_not_compared_with_what_was_mailed_before(people):
    report = make_report(people.stan, "Mine", seen=b"x", seen_at=NOW)

    assert reports.edit(report, plan("Another name"), by=people.stan).seen == b"x"
    rules = [make_rule("status", "is", ["issued"])]
    assert reports.edit(report, plan("Another name", rules=rules), by=people.stan).seen is None


def test_what_is_gone_cannot_be_edited(people):
    report = reports.add(plan(), by=people.stan)
    reports.delete([report], by=people.gina)

    with pytest.raises(MovedOn):
        reports.edit(Report(pk=report.pk or 1, account=people.company, owner=people.stan), plan(), by=people.stan)


# Duplicating, pausing, resuming, deleting


def test_a_copy_has_neither_schedule_nor_recipients(people):
    with clock.at(NOW):
        report = reports.add(scheduled(), by=people.stan)

    copy = reports.duplicate(report, by=people.gina)

    assert (copy.name, copy.owner, copy.every, copy.recipients) == ("Copy of Mine", people.gina, "", [])
    assert copy.defined == report.defined


def test_the_name_of_a_copy_has_room(people):
    report = make_report(people.stan, "x" * 100)

    assert len(reports.duplicate(report, by=people.stan).name) == 100


def test_a_paused_schedule_goes_on_from_its_next_moment(people):
    report = make_scheduled_report(people.stan, due_at=NOW - timedelta(days=3))
    reports.pause(report, by=people.stan)
    report.refresh_from_db()
    assert report.is_paused

    with clock.at(NOW):
        resumed = reports.resume(report, by=people.stan)

    assert resumed.due_at == datetime(2026, 11, 11, 2, tzinfo=UTC)
    assert verbs(report) == ["pause", "resume"]


def test_pausing_and_resuming_twice_says_that_somebody_was_faster(people):
    report = make_scheduled_report(people.stan)
    with pytest.raises(MovedOn, match="is not paused"):
        reports.resume(report, by=people.stan)
    reports.pause(report, by=people.stan)
    with pytest.raises(MovedOn, match="is paused"):
        reports.pause(report, by=people.stan)


def test_what_was_run_goes_with_the_report_and_the_history_stays(people):
    report = make_report(people.stan)
    make_run(report, status="finished", files=["csv"])
    number = report.pk

    reports.delete([report], by=people.stan)

    assert not Report.objects.exists()
    assert not Run.objects.exists()
    assert [entry.verb for entry in audit.of(Report(pk=number))] == ["delete"]


# Who may


DEEDS = {
    "edit": lambda report, by: reports.edit(report, plan(), by=by),
    "duplicate": lambda report, by: reports.duplicate(report, by=by),
    "pause": lambda report, by: reports.pause(report, by=by),
    "resume": lambda report, by: reports.resume(report, by=by),
    "delete": lambda report, by: reports.delete([report], by=by),
}


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("who", ["paul", "stranger", "vera"])
def test_nobody_else_may(people, deed, who):
    report = make_scheduled_report(people.stan)

    with pytest.raises(PermissionDenied):
        DEEDS[deed](report, getattr(people, who))


def test_the_owner_and_globals_see_a_report(people):
    report = make_report(people.stan)
    other_global = make_person("other@example.com", account=people.company, is_global=True)

    seeing = {name for name in ("gina", "paul", "stan", "vera", "stranger") if _sees(getattr(people, name), report)}

    assert seeing == {"gina", "stan"}
    assert _sees(other_global, report)


def _sees(person, report):
    return Report.objects.visible_to(person).filter(pk=report.pk).exists()


# The owner leaves


def test_whose_owner_has_left_belongs_to_the_global_administrators(people):
    report = make_scheduled_report(people.stan, seen=b"x", seen_at=NOW)
    reports.pause(report, by=people.stan)
    leave(people.stan)
    report.refresh_from_db()
    assert not report.has_owner

    with pytest.raises(PermissionDenied):
        reports.resume(report, by=people.paul)
    resumed = reports.resume(report, by=people.gina)

    assert (resumed.owner, resumed.has_owner, resumed.seen) == (people.gina, True, None)
    assert verbs(report) == ["pause", "take_over", "resume"]


def test_editing_takes_over_too(people):
    report = make_report(people.stan, "Mine")
    leave(people.stan)
    report.refresh_from_db()

    edited = reports.edit(report, plan(), by=people.gina)

    assert edited.owner == people.gina
