"""What a confirmation proves when a certificate is issued: which names, by which method, how long, under which policy."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from certificates.blockers import blockers
from certificates.models import Order
from certificates.queries import base_domain
from certificates.states import Status as OrderStatus
from domains.actions.outcome import set_end
from domains.queries import uncovered
from domains.states import Method, Status
from profiles.states import Level
from sslportal.kit import clock, names
from tests.factories import make_domain, make_ev_profile, make_order, plan_and_sign

BELOW = ["www.example.com", "a.b.example.com", "*.example.com", "*.a.example.com"]
NOT_ITS = ["example.org", "notexample.com", "com.example.org", "example.com.example.org"]


def is_proved(profile, name, level=Level.OV):
    return uncovered(profile, [names.parse(name)], level) == []


@pytest.mark.parametrize("method", [Method.MAIL, Method.DNS_CONTACT, Method.WHOIS, Method.DNS, Method.MANUAL])
def test_these_methods_prove_the_name_and_every_name_below(people, method):
    make_domain(people.ov, method=method)

    assert [name for name in ["example.com", *BELOW, *NOT_ITS] if is_proved(people.ov, name)] == ["example.com", *BELOW]


@pytest.mark.parametrize("policy", ["private", "public-trust"])
def test_a_file_proves_its_own_name_no_subdomain_and_no_wildcard(people, policy, settings):
    settings.PORTAL_POLICY = policy
    make_domain(people.ov, method=Method.FILE)

    assert [name for name in ["example.com", *BELOW] if is_proved(people.ov, name)] == ["example.com"]


def test_a_domain_below_that_was_confirmed_itself_is_proved_beside_a_file(people):
    make_domain(people.ov, method=Method.FILE)
    make_domain(people.ov, "shop.example.com", method=Method.DNS)

    assert [name for name in ["www.example.com", "www.shop.example.com"] if is_proved(people.ov, name)] == [
        "www.shop.example.com"
    ]


def test_an_order_says_that_the_file_does_not_reach_its_name(people):
    make_domain(people.ov, method=Method.FILE)
    order = make_order(people.ov, people.paul, name="example.com", sans=["www.example.com", "*.example.com"])

    [blocker] = [one for one in blockers(order) if one.code.startswith("domain")]
    assert blocker.says == (
        "example.com was confirmed by a file, which proves just that name and not www.example.com, *.example.com. "
        "Confirm it anew by a DNS record or a mail."
    )


def test_nothing_is_signed_for_names_that_are_not_proved(ca, people):
    make_domain(people.ov, method=Method.FILE)
    order = make_order(people.ov, people.paul, name="www.example.com")

    assert plan_and_sign(order) is None

    order.refresh_from_db()
    assert order.status == OrderStatus.PENDING


def test_the_base_domain_is_added_only_where_it_is_proved(people):
    make_domain(people.ov, "www.example.com", method=Method.DNS)
    order = make_order(people.ov, people.paul, name="www.example.com")
    assert base_domain(order) is None

    make_domain(people.ov, method=Method.FILE)
    assert base_domain(Order.objects.get()) == "example.com"


@pytest.mark.parametrize(
    ("method", "day", "counts"),
    [
        (Method.WHOIS, "2025-07-14", True),
        (Method.WHOIS, "2025-07-15", False),  # SC-080: earlier evidence is dead too
        (Method.MAIL, "2028-03-14", True),
        (Method.MAIL, "2028-03-15", False),
        (Method.DNS_CONTACT, "2028-03-15", False),
        (Method.DNS, "2028-03-15", True),
        (Method.MANUAL, "2026-11-24", False),  # BR 3.2.2.4.11: the team's word is no method
    ],
)
def test_evidence_by_a_method_that_has_ended_no_longer_counts(people, settings, method, day, counts):
    settings.PORTAL_POLICY = "public-trust"
    with time_machine.travel(datetime.fromisoformat(f"{day}T12:00:00+00:00")):
        make_domain(people.ov, method=method, confirmed_at=clock.now() - timedelta(days=1))

        assert is_proved(people.ov, "www.example.com") is counts


@pytest.mark.parametrize(
    ("day", "age", "counts"),
    [
        ("2026-03-14", 397, True),
        ("2026-03-15", 200, False),
        ("2026-03-15", 199, True),
        ("2027-03-15", 100, False),
        ("2027-03-15", 99, True),
        ("2029-03-15", 10, False),
        ("2029-03-15", 9, True),
    ],
)
def test_evidence_is_as_old_as_the_rules_of_the_day_of_issuing_allow(people, settings, day, age, counts):
    settings.PORTAL_POLICY = "public-trust"
    now = datetime.fromisoformat(f"{day}T00:00:00+00:00")
    with time_machine.travel(now, tick=False):
        make_domain(people.ov, method=Method.DNS, confirmed_at=now - timedelta(days=age))

        assert is_proved(people.ov, "www.example.com") is counts


def test_the_end_is_known_ahead_where_the_rules_become_stricter(people, settings):
    settings.PORTAL_POLICY = "public-trust"
    domain = make_domain(people.ov, method=Method.DNS, confirmed_at=datetime(2026, 12, 1, tzinfo=UTC))

    set_end(domain)

    assert domain.expires_at == datetime(2027, 3, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "ov", "ev"),
    [
        (Status.READY, True, True),
        (Status.EXPIRING, True, True),
        (Status.RE_VETTING, True, True),
        (Status.UPGRADING, True, False),
        (Status.PENDING, False, False),
        (Status.EXPIRED, False, False),
        (Status.SUSPENDED, False, False),
        (Status.DECLINED, False, False),
    ],
)
def test_certificates_are_issued_for_these_statuses(people, status, ov, ev):
    profile = make_ev_profile(people.company, primary=people.paul)
    make_domain(profile, status=status, level=Level.OV if status == Status.UPGRADING else Level.EV, method=Method.DNS)

    assert (is_proved(profile, "example.com", Level.OV), is_proved(profile, "example.com", Level.EV)) == (ov, ev)


@pytest.mark.parametrize("suspended", ["example.com", "shop.example.com"])
def test_what_is_suspended_holds_up_every_name_below_whatever_else_proves_it(people, suspended):
    for name in ("example.com", "shop.example.com", "www.shop.example.com"):
        make_domain(people.ov, name, status=Status.SUSPENDED if name == suspended else Status.READY)
    order = make_order(people.ov, people.paul, name="www.shop.example.com")

    assert not is_proved(people.ov, "www.shop.example.com")
    assert is_proved(people.ov, "www.example.com") == (suspended != "example.com")
    assert [blocker.says for blocker in blockers(order)] == [f"{suspended} is suspended."]


def test_a_confirmation_counts_for_its_own_profile_only(people):
    make_domain(people.foreign_ov)

    assert not is_proved(people.ov, "example.com")
