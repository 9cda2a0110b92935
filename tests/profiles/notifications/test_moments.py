"""When reminders come: whole days before the end, in the account's zone; parts of a short life."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from profiles.notifications.moments import ALWAYS, CHOICES, Life, when

TOKYO, LOS_ANGELES = ZoneInfo("Asia/Tokyo"), ZoneInfo("America/Los_Angeles")
ENDS = datetime(2027, 6, 30, 20, 0, tzinfo=UTC)  # the 1st of July in Tokyo, 13:00 of the 30th of June in Los Angeles
CHOSEN = [90, 30, 7]


def life(*, days=365, zone=UTC, ends=ENDS):
    return Life(ends - timedelta(days=days), ends, zone)


@pytest.mark.parametrize(
    ("zone", "day"),
    [(TOKYO, datetime(2027, 6, 1, tzinfo=TOKYO)), (LOS_ANGELES, datetime(2027, 5, 31, tzinfo=LOS_ANGELES))],
)
def test_a_moment_comes_at_midnight_of_the_accounts_zone(zone, day):
    ours = life(zone=zone)

    assert ours.begins(30) == day
    assert ours.reached(CHOSEN, day - timedelta(seconds=1)) == 90
    assert ours.reached(CHOSEN, day) == 30


def test_midnight_is_that_of_the_day_though_clocks_were_changed_meanwhile():
    ends = datetime(2027, 11, 8, 12, 0, tzinfo=LOS_ANGELES)  # a day after the end of summer time

    begins = life(zone=LOS_ANGELES, ends=ends).begins(3)

    assert begins == datetime(2027, 11, 5, tzinfo=LOS_ANGELES)
    assert begins.utcoffset() == timedelta(hours=-7)


@pytest.mark.parametrize(("left", "reached"), [(91, None), (90, 90), (31, 90), (30, 30), (2, 7), (1, 1), (0, 0)])
def test_the_last_of_the_chosen_moments_counts(left, reached):
    now = datetime.combine(ENDS.date() - timedelta(days=left), datetime.min.time(), UTC)

    assert life().reached(CHOSEN, now) == reached


def test_the_day_before_and_the_day_itself_count_though_nothing_is_chosen():
    moments = [life().reached([], ENDS - timedelta(days=days)) for days in (2, 1, 0)]

    assert moments == [None, 1, 0]


def test_what_lives_less_than_a_hundred_days_is_reminded_of_in_the_same_parts_of_its_life():
    short = life(days=50)

    assert [short.begins(moment).date() for moment in CHOICES] == [
        (ENDS - timedelta(days=days)).date() for days in (45, 30, 15, 7, 3.5, 1.5)
    ]
    assert [short.begins(moment).date() for moment in ALWAYS] == [ENDS.date() - timedelta(days=1), ENDS.date()]


def test_a_life_of_just_a_hundred_days_is_counted_in_days():
    assert life(days=100).begins(90).date() == ENDS.date() - timedelta(days=90)


@pytest.mark.parametrize("days", [1, 3, 10, 47, 99, 100, 398])
def test_looking_again_at_each_next_moment_misses_none_and_ends(days):
    ours, reached = life(days=days), set()
    now = ours.starts
    for _turn in range(len(CHOICES) + len(ALWAYS)):
        later = ours.next(now)
        if later is None:
            break
        assert later > now
        now = later
        reached.add(ours.reached(list(CHOICES), now))

    assert ours.next(now) is None
    assert 0 in reached
    assert now <= ours.ends


@pytest.mark.parametrize(
    ("days", "says"), [(30, "expires in 30 days"), (1, "expires tomorrow"), (0, "expires today"), (-1, "has expired")]
)
def test_the_words_say_how_far_the_end_is(days, says):
    assert when(days) == says


def test_an_end_that_is_past_is_told_as_such_on_its_very_day():
    ours = life()

    assert ours.days_left(ours.ends - timedelta(seconds=1)) == 0
    assert ours.days_left(ours.ends) == -1
