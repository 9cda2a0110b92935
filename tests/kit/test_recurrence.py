"""What happens daily, weekly or monthly: at its time of day, once each, whatever the clocks of the zone do."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslportal.kit.recurrence import Every, first, next_after

NEW_YORK = ZoneInfo("America/New_York")
at = datetime.fromisoformat
ZONES = ("America/New_York", "Asia/Tokyo", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia", "UTC")
zones = st.sampled_from(ZONES).map(ZoneInfo)
starts = st.datetimes(at("2005-01-01 00:00"), at("2030-01-01 00:00"))
times = st.timedeltas(timedelta(days=-40), timedelta(days=800))


def moments(every, start, zone, number):
    """The first so many moments, as the zone's clocks show them."""
    found, after = [], datetime.min.replace(tzinfo=UTC) + timedelta(days=2)
    for _ in range(number):
        after = next_after(every, start, zone, after)
        found.append(after)
    return found


def shown(found, zone):
    return [f"{moment.astimezone(zone):%Y-%m-%d %H:%M %Z}" for moment in found]


def test_daily_is_at_the_same_time_of_day_before_and_after_the_clocks_are_changed():
    found = moments(Every.DAILY, at("2026-10-31 08:00"), NEW_YORK, 3)

    assert shown(found, NEW_YORK) == ["2026-10-31 08:00 EDT", "2026-11-01 08:00 EST", "2026-11-02 08:00 EST"]
    assert [later - earlier for earlier, later in pairwise(found)] == [timedelta(hours=25), timedelta(hours=24)]


def test_a_time_that_clocks_skip_is_later_by_what_they_skip_on_that_day_alone():
    found = moments(Every.DAILY, at("2026-03-07 02:30"), NEW_YORK, 3)

    assert shown(found, NEW_YORK) == ["2026-03-07 02:30 EST", "2026-03-08 03:30 EDT", "2026-03-09 02:30 EDT"]


def test_a_time_that_clocks_show_twice_counts_once():
    found = moments(Every.DAILY, at("2026-10-31 01:30"), NEW_YORK, 3)

    assert shown(found, NEW_YORK) == ["2026-10-31 01:30 EDT", "2026-11-01 01:30 EDT", "2026-11-02 01:30 EST"]


def test_where_clocks_change_by_half_an_hour_so_much_is_skipped():
    lord_howe = ZoneInfo("Australia/Lord_Howe")

    assert first(at("2026-10-04 02:15"), lord_howe).astimezone(lord_howe).strftime("%H:%M") == "02:45"


def test_a_day_that_a_zone_skips_falls_together_with_the_next():
    apia = ZoneInfo("Pacific/Apia")

    found = moments(Every.DAILY, at("2011-12-28 09:00"), apia, 4)

    assert [f"{moment.astimezone(apia):%m-%d %H:%M}" for moment in found] == [
        "12-28 09:00",
        "12-29 09:00",
        "12-31 09:00",
        "01-01 09:00",
    ]


def test_weekly_is_on_the_weekday_of_the_start():
    found = moments(Every.WEEKLY, at("2026-11-27 06:00"), ZoneInfo("Asia/Tokyo"), 3)

    assert [f"{moment:%Y-%m-%d %H:%M}" for moment in found] == [
        "2026-11-26 21:00",
        "2026-12-03 21:00",
        "2026-12-10 21:00",
    ]


def test_monthly_on_the_31st_is_on_the_last_day_of_a_shorter_month_and_on_the_31st_again():
    found = moments(Every.MONTHLY, at("2027-10-31 12:00"), ZoneInfo("UTC"), 6)

    assert [f"{moment:%Y-%m-%d}" for moment in found] == [
        "2027-10-31",
        "2027-11-30",
        "2027-12-31",
        "2028-01-31",
        "2028-02-29",
        "2028-03-31",
    ]


def test_the_next_is_later_than_the_moment_itself():
    start = at("2026-11-28 06:00")
    moment = first(start, NEW_YORK)

    assert next_after(Every.DAILY, start, NEW_YORK, moment - timedelta(microseconds=1)) == moment
    assert next_after(Every.DAILY, start, NEW_YORK, moment) == moment + timedelta(days=1)


@pytest.mark.parametrize("every", Every)
def test_nothing_happens_before_the_start(every):
    start = at("2026-11-28 06:00")

    assert next_after(every, start, NEW_YORK, datetime(1990, 1, 1, tzinfo=UTC)) == first(start, NEW_YORK)


@given(every=st.sampled_from(Every), start=starts, zone=zones, wait=times)
def test_the_next_is_the_first_of_all_that_are_later(every, start, zone, wait):
    after = first(start, zone) + wait

    found = next_after(every, start, zone, after)

    assert found.tzinfo is UTC
    assert found == min(moment for moment in naive_moments(every, start, zone) if moment > after)


def naive_moments(every, start, zone):
    """All moments of more than two years, counted one after the other."""
    for turn in range(850):
        if every == Every.MONTHLY:
            yield first(on_month(start, turn), zone)
        else:
            yield first(start + timedelta(days=turn * (7 if every == Every.WEEKLY else 1)), zone)


def on_month(start, turn):
    """The start so many months later, on the last day that the month has, up to the start's."""
    month = start.month - 1 + turn
    for day in range(start.day, 0, -1):
        try:
            return start.replace(year=start.year + month // 12, month=month % 12 + 1, day=day)
        except ValueError:
            continue
    raise AssertionError


@given(every=st.sampled_from(Every), start=starts, zone=zones)
def test_each_is_later_than_the_one_before_and_at_the_same_time_of_day_where_there_is_one(every, start, zone):
    found = moments(every, start, zone, 40)

    assert all(earlier < later for earlier, later in pairwise(found))
    for moment in found:
        clock = moment.astimezone(zone)
        assert clock.time() == start.time() or is_after_a_gap(clock, start)


def is_after_a_gap(clock, start):
    """Whether the time of the start is none on the day that clocks show, by asking there and back."""
    wanted = datetime.combine(clock.date(), start.time(), tzinfo=clock.tzinfo)
    return wanted.astimezone(UTC).astimezone(clock.tzinfo).time() != start.time()
