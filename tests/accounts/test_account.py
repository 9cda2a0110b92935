"""The Account tab: general information, subscriptions and settings (B8)."""

from datetime import date

import pytest
import time_machine

from accounts.models import Account, Subscription
from domains.states import Status as DomainStatus
from sslportal.kit.models import HistoryEntry
from tests.factories import make_domain, make_profile

PAGE = "/administration/account/"


@pytest.fixture
def gina(people, sign_in):
    return sign_in(people.gina)


def subscribe(account, domains=10, starts=date(2026, 1, 1), ends=date(2026, 12, 31), product="SSL"):
    return Subscription.objects.create(
        account=account, product=product, domains=domains, starts_on=starts, ends_on=ends
    )


@time_machine.travel("2026-06-01", tick=False)
def test_the_page_shows_the_subscriptions_and_which_of_them_run(gina, people):
    subscribe(people.company)
    subscribe(people.company, starts=date(2025, 1, 1), ends=date(2025, 12, 31))
    subscribe(people.company, starts=date(2027, 1, 1), ends=date(2027, 12, 31))

    response = gina.get(PAGE)

    assert [told.state for told in response.context["subscriptions"]] == ["ended", "running", "later"]
    assert response.context["allowed"] == 10


@pytest.mark.parametrize(("zone", "state"), [("Asia/Tokyo", "running"), ("America/New_York", "later")])
def test_a_subscription_begins_with_the_day_of_the_account(gina, people, zone, state):
    Account.objects.filter(pk=people.company.pk).update(time_zone=zone)
    subscribe(people.company, starts=date(2026, 6, 2), ends=date(2027, 6, 1))

    with time_machine.travel("2026-06-01T18:00Z", tick=False):
        told = gina.get(PAGE).context["subscriptions"][0]

    assert told.state == state


def test_a_domain_counts_once_however_many_profiles_have_it(gina, people):
    other = make_profile(people.company, "Other", primary=people.paul)
    for profile in (people.ov, other):
        make_domain(profile, "example.com")
    make_domain(people.ov, "example.net", status=DomainStatus.PENDING)
    make_domain(people.ov, "refused.example.com", status=DomainStatus.DECLINED)
    make_domain(people.foreign_ov, "example.org")

    assert gina.get(PAGE).context["used"] == 2


def test_subscriptions_of_others_are_not_shown(gina, people):
    subscribe(people.foreign, product="Foreign product")

    assert "Foreign product" not in gina.get(PAGE).content.decode()


def test_a_global_administrator_sets_the_time_zone(gina, people):
    gina.post(PAGE, {"time_zone": "Asia/Tokyo"})

    assert Account.objects.get(pk=people.company.pk).time_zone == "Asia/Tokyo"
    entry = HistoryEntry.objects.get(verb="edit")
    assert (entry.actor, entry.changes) == ("gina@example.com", {"Time Zone": ["UTC", "Asia/Tokyo"]})


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd", "UTC\x00"])
def test_a_zone_that_does_not_exist_is_refused(gina, people, zone):
    response = gina.post(PAGE, {"time_zone": zone})

    assert response.status_code == 422
    assert Account.objects.get(pk=people.company.pk).time_zone == "UTC"


def test_sending_the_page_unchanged_tells_nothing(gina):
    gina.post(PAGE, {"time_zone": "UTC"})

    assert not HistoryEntry.objects.filter(verb="edit").exists()


def test_a_second_factor_is_required_of_all_only_by_somebody_who_has_one(gina, people):
    response = gina.post(PAGE, {"time_zone": "UTC", "requires_second_factor": "on"})

    assert "Set up your own second factor first" in response.content.decode()
    assert not Account.objects.get(pk=people.company.pk).requires_second_factor


@pytest.mark.parametrize("person", ["paul", "stan"])
def test_others_see_it_and_change_nothing(people, sign_in, person):
    client = sign_in(getattr(people, person))

    assert "<select" not in client.get(PAGE).content.decode()
    assert client.post(PAGE, {"time_zone": "Asia/Tokyo"}).status_code == 403


def test_nobody_sees_profiles_in_which_they_have_no_role(people, sign_in):
    make_profile(people.company, "Secret venture", primary=people.gina)

    assert "Secret venture" not in sign_in(people.stan).get(PAGE).content.decode()
