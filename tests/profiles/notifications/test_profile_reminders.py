"""Reminders of the ends of organization profiles (C11)."""

from datetime import timedelta

import pytest

from profiles import life
from profiles.notifications import expiry
from profiles.notifications.models import Notice
from profiles.states import Level
from sslportal.kit import clock
from sslportal.kit.models import OutgoingMail
from tests.factories import make_ev_profile, make_profile

KIND = "profile-expiring"

pytestmark = pytest.mark.usefixtures("noon")


def sweep(*, after=timedelta(0)):
    with clock.at(clock.now() + after):
        life.sweep()
        expiry.sweep()
    return Notice.objects.filter(kind=KIND).count()


@pytest.fixture
def profile(people):
    """With 45 days left; it reminds 90, 30 and 7 days before."""
    ends = clock.now() + timedelta(days=45, hours=1)
    return make_profile(people.company, "Ends", primary=people.paul, expires_at=ends, revet_at=clock.now())


def test_people_hear_of_it_at_the_re_vetting_date_and_at_each_moment_after_it(profile):
    counts = [sweep(after=timedelta(days=days)) for days in (0, 1, 16, 17, 40, 44.5)]

    assert counts == [1, 1, 2, 2, 3, 4]


def test_the_notice_says_how_many_days_are_left(people, profile):
    sweep()

    notice = Notice.objects.get(kind=KIND)
    assert notice.subject == "The organization profile “Ends” expires in 45 days"
    assert OutgoingMail.objects.filter(key=notice.key).get().to == "paul@example.com"


def test_of_an_ev_profile_the_first_of_both_ends_counts(people):
    now = clock.now()
    make_ev_profile(
        people.company,
        primary=people.paul,
        level=Level.EV,
        expires_at=now + timedelta(days=400),
        ev_expires_at=now + timedelta(days=20, hours=1),
        revet_at=now,
    )

    sweep()

    assert "expires in 20 days" in Notice.objects.get(kind=KIND).subject


def test_in_japanese_the_organizations_japanese_name_stands_where_there_is_one(people, profile):
    profile.organization, profile.organization_ja, profile.language = "Example Corporation", "株式会社例", "ja"
    profile.save()

    sweep()

    notice = Notice.objects.get(kind=KIND)
    assert "株式会社例" in notice.letters["ja"]["paragraphs"][0]
    assert "Example Corporation" in notice.letters["en"]["paragraphs"][0]
    assert "株式会社例" in OutgoingMail.objects.get(key=notice.key).text
