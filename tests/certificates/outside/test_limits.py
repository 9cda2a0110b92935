"""How much may come from outside: every limit holds, by what it says, and without Redis."""

import threading
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from certificates.models import Order, Outsider, Visit
from certificates.outside import limits
from certificates.states import Status
from sslportal.kit import clock
from sslportal.kit.models import Draft, OutgoingMail
from tests.certificates.outside.visiting import OLGA, text_of, url_of
from tests.certificates.outside.visiting import Outsider as Person
from tests.factories import make_outside_order, make_outsider, make_portal

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def most(limit_list, field):
    return min(limit.most for limit in limit_list if limit.field == field)


def person(portal, email=OLGA, network="192.0.2.1"):
    return Person(Client(REMOTE_ADDR=network), portal, email)


def test_a_mailbox_enters_so_often_an_hour_whatever_stands_behind_the_plus(portal):
    allowed = most(limits.ENTERING, "mailbox")
    for number in range(allowed):
        page = person(portal, f"olga+{number}@outside.example", f"192.0.{number}.1").enter()
        assert url_of(page).endswith("/new/")

    page = person(portal, "olga+more@outside.example", "198.51.100.1").enter()

    assert page.status_code == 429
    assert "help@example.com" in text_of(page)
    assert Visit.objects.count() == allowed
    with clock.at(clock.now() + HOUR):
        assert person(portal).enter().status_code == 200


def test_a_network_enters_so_often_an_hour(portal):
    for number in range(most(limits.ENTERING, "network")):
        person(portal, f"a{number}@d{number}.example", f"192.0.2.{number}").enter()

    assert person(portal, "b@other.example", "192.0.2.200").enter().status_code == 429
    assert person(portal, "b@other.example", "192.0.3.200").enter().status_code == 200


def test_a_mail_domain_enters_so_often_an_hour(portal, monkeypatch):
    monkeypatch.setattr(limits, "ENTERING", (limits.Limit("mail_domain", 2, HOUR),))
    for number in range(2):
        person(portal, f"a{number}@outside.example").enter()

    assert person(portal, "b@outside.example").enter().status_code == 429
    assert person(portal, "b@sub.outside.example").enter().status_code == 200


def test_a_portal_is_entered_so_often_an_hour_and_harms_no_other(people, portal, monkeypatch):
    monkeypatch.setattr(limits, "ENTERING", (limits.Limit("", 2, HOUR),))
    for number in range(2):
        person(portal, f"a@d{number}.example").enter()

    assert person(portal, "b@other.example").enter().status_code == 429
    assert person(make_portal(people.foreign), "b@other.example").enter().status_code == 200


def test_a_single_source_does_not_use_up_what_is_for_all():
    for rules in (limits.ENTERING, limits.REQUESTING):
        assert most(rules, "network") < most(rules, "mail_domain") < most(rules, "")


def test_limits_hold_while_redis_is_away(portal, settings):
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}

    answers = [person(portal).enter().status_code for _number in range(most(limits.ENTERING, "mailbox") + 1)]

    assert cache.get("anything") is None
    assert answers == [200] * most(limits.ENTERING, "mailbox") + [429]


@pytest.mark.parametrize(
    ("origin", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2ff:3::4", "2001:db8:1:200::/56"),
        ("", "unknown"),
        ("not an address", "unknown"),
    ],
)
def test_the_network_of_an_address(origin, network):
    assert limits.network_of(origin) == network


@pytest.mark.parametrize(
    ("email", "mailbox"),
    [("olga+a+b@outside.example", "olga@outside.example"), ("+@outside.example", "+@outside.example")],
)
def test_the_mailbox_of_an_address(email, mailbox):
    assert limits.source_of(email).mailbox == mailbox


@pytest.mark.django_db(transaction=True)
def test_a_flood_is_bounded_though_all_comes_at_once(people, portal):
    """Forty at the same moment: no more get in than the limit says, and no more mail goes out."""
    portal.filters_domains, portal.mail_domains = True, ["outside.example"]
    portal.save()
    answers = []

    def flood():
        for _number in range(5):
            answers.append(person(portal).enter().status_code)
        connection.close()

    threads = [threading.Thread(target=flood) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    allowed = most(limits.ENTERING, "mailbox")
    assert sorted(answers) == [200] * allowed + [429] * (40 - allowed)
    assert Visit.objects.count() == OutgoingMail.objects.filter(to=OLGA).count() == allowed


def asked(people, count, **fields):
    for _number in range(count):
        make_outside_order(people.ov, outsider=make_outsider(people.company, **fields), status=Status.CANCELED)


@pytest.mark.parametrize("field", ["mailbox", "network", "mail_domain", ""])
def test_requests_are_limited_by_the_day_and_nothing_typed_is_lost(people, olga, field, monkeypatch):
    monkeypatch.setattr(limits, "REQUESTING", tuple(one for one in limits.REQUESTING if one.field == field))
    same = {"mailbox": OLGA, "network": "127.0.0.0/24", "mail_domain": "outside.example"}
    others = {"mailbox": "x@y.example", "network": "198.51.100.0/24", "mail_domain": "y.example"}
    asked(people, most(limits.REQUESTING, field), **{**others, **({field: same[field]} if field else {})})
    olga.enter()
    summary = url_of(olga.send(url_of(olga.first_page(people.ov)), common_name="www.example.com", sans=[], add_sans=""))

    page = olga.send(summary, go="finish")

    assert not Order.objects.filter(status=Status.APPROVE).exists()
    assert "too many requests" in text_of(page)
    assert page.context["wanted"].common_name == "www.example.com"
    Outsider.objects.update(created_at=clock.now() - DAY)
    olga.send(summary, go="finish")
    assert Order.objects.filter(status=Status.APPROVE).count() == 1


@pytest.mark.parametrize("whose", [{"mailbox": OLGA}, {}])
def test_what_waits_for_approval_is_limited_however_old_it_is(people, olga, whose, monkeypatch):
    monkeypatch.setattr(limits, "WAITING_OF_MAILBOX" if whose else "WAITING", 3)
    for _number in range(3):
        make_outside_order(people.ov, outsider=make_outsider(people.company, **{"mailbox": "x@y.example", **whose}))
    Outsider.objects.update(created_at=clock.now() - 100 * DAY)
    olga.enter()

    olga.request(people.ov)

    assert Order.objects.count() == 3


def test_one_visit_sends_so_many_pages_and_no_more(people, portal, olga):
    olga.enter()
    Visit.objects.update(steps=limits.MOST_STEPS - 1)

    assert olga.first_page(people.ov).status_code == 200
    for path in ("new/", "new/read-csr/", f"new/{Draft.objects.get().pk}/request/"):
        assert olga.send(path, csr="x").status_code == 429


def test_a_draft_is_bounded(people, olga):
    olga.enter()

    olga.first_page(people.ov, csr="A" * 2_000_000, comments="B" * 100_000)

    assert len(str(Draft.objects.get().data)) < 110_000
