"""What time does to organization profiles (C3, C11): Expiring, Expired, and EV that falls back to OV."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from certificates.blockers import blockers
from profiles import life
from profiles.models import OrganizationProfile
from profiles.notifications import expiry
from profiles.states import TAKES_ORDERS, Level, Status
from profiles.vetting.actions import start_revetting
from sslportal.kit.models import HistoryEntry
from tests.factories import make_ev_profile, make_order
from tests.letters import letters_to

START = timezone.now().replace(microsecond=0)


def at(days, seconds=0):
    return time_machine.travel(START + timedelta(days=days, seconds=seconds), tick=False)


@pytest.fixture
def ov(people):
    """Re-vetting from day 60 on, the end on day 90."""
    people.ov.revet_at, people.ov.expires_at = START + timedelta(days=60), START + timedelta(days=90)
    people.ov.save()
    return people.ov


def status(profile):
    return OrganizationProfile.objects.get(pk=profile.pk).status


def sweep(days, seconds=0):
    with at(days, seconds):
        life.sweep()
        expiry.sweep()


@pytest.mark.parametrize(
    ("days", "seconds", "expected"),
    [
        (60, -1, Status.READY),
        (60, 0, Status.EXPIRING),
        (90, -1, Status.EXPIRING),
        (90, 0, Status.EXPIRED),
        (300, 0, Status.EXPIRED),
    ],
)
def test_a_profile_is_expiring_and_expires_at_its_dates(ov, days, seconds, expected):
    sweep(60)
    OrganizationProfile.objects.filter(pk=ov.pk).update(status=Status.READY)

    sweep(days, seconds)

    assert status(ov) == expected


def test_each_turn_is_mailed_once_to_the_primaries_who_can_sign_in(ov, people):
    for days in (60, 61, 90, 91):
        sweep(days)

    assert [letter.subject for letter in letters_to("paul@example.com")] == [
        "The organization profile “Example OV” expires in 30 days",
        "The organization profile “Example OV” has expired",
    ]
    assert letters_to("stan@example.com") == []
    assert list(HistoryEntry.objects.filter(subject="Example OV").values_list("verb", flat=True)) == [
        "expiring",
        "expire",
    ]


def test_a_worker_that_was_down_mails_the_present_state_only(ov):
    sweep(200)

    assert [letter.subject for letter in letters_to("paul@example.com")] == [
        "The organization profile “Example OV” has expired"
    ]


def test_the_mail_is_in_the_profiles_language(ov):
    OrganizationProfile.objects.filter(pk=ov.pk).update(language="ja")

    sweep(60)

    letter = letters_to("paul@example.com")[0]
    assert letter.language == "ja"


@pytest.mark.parametrize("start", [Status.UPGRADING, Status.RE_VETTING, Status.EXPIRING, Status.SUSPENDED])
def test_whatever_was_up_expires_at_the_end(ov, start):
    OrganizationProfile.objects.filter(pk=ov.pk).update(status=start)

    sweep(90)

    assert status(ov) == Status.EXPIRED


@pytest.mark.parametrize("start", [Status.PENDING, Status.DECLINED])
def test_what_was_never_up_does_not_expire(ov, start):
    OrganizationProfile.objects.filter(pk=ov.pk).update(status=start)

    sweep(90)

    assert status(ov) == start


def test_ev_that_lapses_while_ov_holds_becomes_ov(people):
    profile = make_ev_profile(
        people.company,
        primary=people.paul,
        ev_expires_at=START + timedelta(days=30),
        expires_at=START + timedelta(days=400),
    )

    sweep(30)
    sweep(31)

    profile.refresh_from_db()
    assert (profile.level, profile.status) == (Level.OV, Status.READY)
    assert [letter.subject for letter in letters_to("paul@example.com")] == [
        "The organization profile “Example EV” is OV again"
    ]


def test_the_end_of_ev_is_told_beforehand_and_leaves_a_ready_ov_profile(people):
    profile = make_ev_profile(
        people.company,
        primary=people.paul,
        revet_at=START + timedelta(days=20),
        ev_expires_at=START + timedelta(days=30),
        expires_at=START + timedelta(days=400),
    )

    sweep(20)
    assert status(profile) == Status.EXPIRING
    sweep(30)

    profile.refresh_from_db()
    assert (profile.level, profile.status) == (Level.OV, Status.READY)
    assert profile.revet_at > START + timedelta(days=300)


def test_ev_and_ov_that_end_together_expire(people):
    end = START + timedelta(days=90)
    profile = make_ev_profile(people.company, primary=people.paul, ev_expires_at=end, expires_at=end)

    sweep(90)

    profile.refresh_from_db()
    assert (profile.level, profile.status) == (Level.EV, Status.EXPIRED)


def test_orders_wait_with_the_reason_and_the_date(ov, people):
    order = make_order(ov, people.paul)
    with at(91):
        said = [blocker.says for blocker in blockers(order)]

    assert any("expired on" in sentence for sentence in said)


@pytest.mark.parametrize("status_now", [one for one in Status if one not in TAKES_ORDERS])
def test_why_no_certificate_can_be_requested_is_told(people, sign_in, status_now):
    OrganizationProfile.objects.filter(pk=people.ov.pk).update(status=status_now, reason="The register has no entry.")

    page = sign_in(people.paul).get("/certificates/new/", follow=True).content.decode()

    assert str(status_now.label) in page
    if status_now in (Status.SUSPENDED, Status.DECLINED):
        assert "The register has no entry." in page


def test_the_start_of_a_re_vetting_is_mailed(ov, people):
    start_revetting(ov, by=people.vera)

    assert [letter.subject for letter in letters_to("paul@example.com")] == [
        "The organization profile “Example OV” is being vetted again"
    ]
    assert status(ov) == Status.RE_VETTING


def test_a_profile_that_cannot_be_dealt_with_keeps_no_other_from_its_end(people, ov):
    other = make_ev_profile(people.company, "Other", primary=people.gina, expires_at=ov.expires_at)
    ov.language = "xx"  # no notice can be written in it
    ov.save()

    sweep(90)

    assert (status(ov), status(other)) == (Status.EXPIRING, Status.EXPIRED)
