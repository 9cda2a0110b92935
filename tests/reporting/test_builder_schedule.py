"""The page of the report builder that says when a report is made, and who gets it."""

from datetime import UTC, datetime

import pytest

from reporting.models import Report
from sslportal.kit import clock
from tests.reporting.builder import DAILY, made, page_key, schedule, to_schedule
from tests.wizard import errors

NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now():
    with clock.at(NOW):
        yield


@pytest.fixture
def paul(people, sign_in):
    people.company.time_zone = "Asia/Tokyo"
    people.company.save()
    return sign_in(people.paul)


def all_errors(page):
    assert page.status_code == 422
    return {name: [str(one) for one in found] for name, found in page.context["form"].errors.items()}


def test_page_offers_tomorrow_morning_by_the_clock_of_the_account(paul):
    page = to_schedule(paul)

    form = page.context["form"]
    assert (form["every"].value(), str(form["starts_on"].value()), str(form["time"].value())) == (
        "disabled", "2026-11-11", "07:00:00",
    )  # fmt: skip
    assert "in the time zone Asia/Tokyo" in page.content.decode()


@pytest.mark.parametrize("every", ["daily", "weekly", "monthly"])
def test_schedule_is_kept(paul, every):
    to_schedule(paul)
    schedule(paul, every=every, starts_on="2026-12-31", time="18:30", recipients="a@example.com; B@example.org\nc@x.jp")

    report = made()
    assert (report.every, report.due_at) == (every, datetime(2026, 12, 31, 9, 30, tzinfo=UTC))
    assert report.recipients == ["a@example.com", "B@example.org", "c@x.jp"]


def test_schedule_asks_for_day_time_and_recipients(paul):
    to_schedule(paul)

    assert all_errors(schedule(paul, every="daily")) == {
        "starts_on": ["Enter the day of the first report."],
        "time": ["Enter the time of the first report."],
        "recipients": ["Enter at least one address: a scheduled report is sent by mail."],
    }


def test_without_schedule_nothing_else_is_asked(paul):
    """The fields are hidden then, where there is JavaScript."""
    to_schedule(paul)
    schedule(paul, starts_on="1999-01-01", time="25:00", recipients="nobody")

    report = made()
    assert (report.every, report.starts_on, report.time, report.recipients) == ("", None, None, [])


def test_recipients_stay_for_later_without_schedule(paul):
    to_schedule(paul)
    schedule(paul, recipients="a@example.com")

    assert made().recipients == ["a@example.com"]


@pytest.mark.parametrize(
    ("day", "time", "says"),
    [
        ("2026-11-10", "21:00", "This is in the past. Choose a later day or time."),  # now, in Tokyo
        ("2026-11-09", "23:00", "This is in the past. Choose a later day or time."),
        ("0001-01-01", "00:00", "This is in the past. Choose a later day or time."),
        ("2036-11-12", "07:00", "This is more than ten years ahead. Choose an earlier day."),
        ("9999-12-31", "23:59", "This is more than ten years ahead. Choose an earlier day."),
        ("2026-02-30", "07:00", "Enter a day as year, month and day, such as 2027-03-31."),
        ("soon\0", "07:00", "Enter a day as year, month and day, such as 2027-03-31."),
    ],
)
def test_day_that_cannot_be_the_first_is_refused(paul, day, time, says):
    to_schedule(paul)

    assert all_errors(schedule(paul, **DAILY | {"starts_on": day, "time": time})) == {"starts_on": [says]}


@pytest.mark.parametrize(("day", "time"), [("2026-11-10", "21:01"), ("2036-11-10", "07:00")])
def test_first_moment_may_be_near_or_far(paul, day, time):
    to_schedule(paul)
    schedule(paul, **DAILY | {"starts_on": day, "time": time})

    assert Report.objects.exists()


@pytest.mark.parametrize("time", ["7 o'clock", "24:00", "07:00:30", "07:00 PM", "x" * 10_000])
def test_time_that_is_none_is_refused(paul, time):
    to_schedule(paul)

    assert all_errors(schedule(paul, **DAILY | {"time": time})) == {
        "time": ["Enter a time by the 24-hour clock, such as 07:00 or 18:30."]
    }


def test_schedule_that_does_not_exist_is_refused(paul):
    to_schedule(paul)

    assert list(all_errors(schedule(paul, **DAILY | {"every": "hourly"}))) == ["every"]


def recipients_error(client, text):
    to_schedule(client)
    return errors(schedule(client, **DAILY | {"recipients": text}), "recipients")


def test_recipients_that_are_no_addresses_are_named(paul):
    says = "These are not mail addresses: boss, it@. Write them like name@example.com."

    assert recipients_error(paul, "boss, a@example.com it@") == [says]


def test_recipients_are_at_most_twenty(paul):
    many = " ".join(f"person{number}@example.com" for number in range(21))

    assert recipients_error(paul, many) == ["These are 21 addresses. A report goes to at most 20."]


def test_recipients_are_at_most_twenty_also_without_a_schedule(paul):
    many = " ".join(f"p{number}@example.com" for number in range(21))

    to_schedule(paul)
    answer = schedule(paul, recipients=many)

    assert errors(answer, "recipients") == ["These are 21 addresses. A report goes to at most 20."]


def test_twenty_recipients_are_not_too_many_though_some_stand_twice(paul):
    twenty = [f"person{number}@example.com" for number in range(20)]

    to_schedule(paul)
    schedule(paul, **DAILY | {"recipients": " ".join([*twenty, *twenty])})

    assert made().recipients == twenty


def test_recipients_of_ten_thousand_characters_are_refused(paul):
    assert recipients_error(paul, "a@example.com " * 715) == ["This list is far too long. Enter fewer addresses."]


def test_nothing_typed_is_lost_by_an_error(paul):
    to_schedule(paul)
    page = schedule(paul, every="weekly", starts_on="2026-12-01", time="", recipients="x")

    form = page.context["form"]
    assert [form[name].value() for name in ("every", "starts_on", "recipients")] == ["weekly", "2026-12-01", "x"]
    assert page_key(schedule(paul, go="back", every="weekly", starts_on="never")) == "records"
