"""Events become deliveries: once each, in the transaction of the event, and only where somebody wants them."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import transaction

from accounts.webhooks.announcing import Event, announce_all, event_name
from accounts.webhooks.models import Delivery
from tests.factories import make_webhook

AT = datetime(2026, 6, 1, 12, 30, tzinfo=UTC)


def tell(account, key="order:1:issued", **more):
    data = {"order": 1, "name": "www.example.com"}
    announce_all([Event(account.pk, "certificate.issued", data, key, AT, **more)])


def events(account, count):
    return (Event(account.pk, "certificate.expiring", {"order": number}, f"{number}", AT) for number in range(count))


def test_the_body_says_what_happened(people, settings):
    settings.PORTAL_URL = "https://portal.example.com"
    make_webhook(people.company)

    tell(people.company, path="/certificates/1/")

    delivery = Delivery.objects.get()
    assert list(json.loads(delivery.body).items()) == [
        ("id", str(delivery.uid)),
        ("event", "certificate.issued"),
        ("occurred_at", "2026-06-01T12:30:00Z"),
        ("account", people.company.pk),
        ("url", "https://portal.example.com/certificates/1/"),
        ("data", {"order": 1, "name": "www.example.com"}),
    ]
    assert (delivery.event, delivery.status, delivery.tries) == ("certificate.issued", "waiting", 0)


def test_moments_and_days_are_told_in_the_same_way_wherever_they_come_from(people):
    make_webhook(people.company)
    tokyo = AT.astimezone(timezone(timedelta(hours=9)))

    announce_all([Event(people.company.pk, "domain.expiring", {"name": "例え.jp", "on": AT.date()}, "1", tokyo)])

    body = Delivery.objects.get().body
    assert json.loads(body)["occurred_at"] == "2026-06-01T12:30:00Z"
    assert '"data": {"name": "例え.jp", "on": "2026-06-01"}' in body


def test_an_event_is_announced_once(people):
    make_webhook(people.company)
    make_webhook(people.foreign)

    for account in (people.company, people.company, people.foreign):
        tell(account)

    assert sorted(Delivery.objects.values_list("webhook__account", "key")) == sorted(
        (account.pk, "order:1:issued") for account in (people.company, people.foreign)
    )


def test_nobody_is_told_without_a_webhook_that_is_on(people, django_assert_num_queries):
    make_webhook(people.foreign, is_on=False)

    with django_assert_num_queries(2):
        tell(people.company)
        tell(people.foreign)

    assert not Delivery.objects.exists()


def test_many_events_cost_a_few_queries(people, django_assert_num_queries):
    make_webhook(people.company)

    with django_assert_num_queries(6):  # of three parts, two each
        announce_all([*events(people.company, 2500), *events(people.foreign, 5)])

    assert Delivery.objects.count() == 2500


@pytest.mark.django_db(transaction=True)
def test_an_event_that_did_not_happen_is_not_announced(webhook, people, receiver):
    with pytest.raises(RuntimeError), transaction.atomic():
        tell(people.company)
        raise RuntimeError

    assert not Delivery.objects.exists()
    assert receiver.requests == []


@pytest.mark.django_db(transaction=True)
def test_an_event_is_sent_after_the_commit(webhook, people, receiver):
    with transaction.atomic():
        tell(people.company)
        before = len(receiver.requests)

    assert (before, len(receiver.requests)) == (0, 1)
    assert Delivery.objects.get().status == "delivered"


def test_the_name_of_an_event_comes_from_its_notice():
    names = [event_name(notice) for notice in ("certificate-issued", "domain-expiring", "profile-ev-upgraded")]

    assert names == ["certificate.issued", "domain.expiring", "profile.ev-upgraded"]
