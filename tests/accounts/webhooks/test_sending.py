"""Deliveries go out signed, at least once, one after the other, and nobody's silence stops the others."""

import hashlib
import hmac
import os
import subprocess
import sys
import threading
import time
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.db import connection

from accounts.webhooks import actions, results, sending, tasks
from accounts.webhooks.models import TEST, Delivery, Webhook
from sslportal.kit import clock
from sslportal.kit.models import HistoryEntry, OutgoingMail
from tests.accounts.webhooks.conftest import NAME
from tests.factories import SECRET, make_account, make_delivery, make_webhook
from tests.web_server import Page


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def fails(receiver, status=500):
    receiver.pages["/events"] = Page(b"no", status=status)


def works(receiver):
    receiver.pages["/events"] = Page(status=204)


def try_until(delivery, moment):
    """Let the worker come whenever the delivery is due; returns how long after its event each try was."""
    tried = []
    while fresh(delivery).status == "waiting":
        row, webhook = fresh(delivery), fresh(delivery.webhook)
        due = max(row.next_try_at, webhook.paused_until)
        if due > moment or not webhook.is_on:
            break
        with time_machine.travel(due + timedelta(milliseconds=1), tick=False):
            sending.send_some()
        tried.append(round((due - delivery.created_at).total_seconds() / 60))
    return tried


# What is sent


def verified(request, secret):
    """As a receiver does it: the moment that was signed, or None."""
    parts = [part.split("=", 1) for part in request.headers["x-portal-signature"].split(",")]
    moment = dict(parts)["t"]
    ours = hmac.new(secret.encode(), moment.encode() + b"." + request.body, hashlib.sha256).hexdigest()
    return int(moment) if ["v1", ours] in parts else None


def test_the_signature_is_of_the_moment_and_the_body(webhook, receiver):
    delivery, moment = make_delivery(webhook, body='{"name": "例え.jp"}'), clock.now() + timedelta(minutes=2)

    with time_machine.travel(moment, tick=False):
        sending.send_some()

    (request,) = receiver.requests
    assert request.body.decode() == delivery.body
    assert verified(request, SECRET) == int(moment.timestamp())
    assert verified(request, "another") is None
    assert verified(request._replace(body=request.body + b" "), SECRET) is None
    assert request.headers["x-portal-event"] == "certificate.issued"
    assert request.headers["x-portal-delivery"] == str(delivery.uid)
    assert request.headers["content-type"] == "application/json"


def test_what_the_documentation_tells_receivers_to_do_is_right(webhook, receiver, settings):
    document = (settings.BASE_DIR / "docs" / "webhooks.md").read_text()
    example = document.partition("```python\n")[2].partition("```")[0]
    told = {}
    exec(compile(example, "docs/webhooks.md", "exec"), told)  # noqa: S102
    make_delivery(webhook)

    sending.send_some()

    (request,) = receiver.requests
    header, moment = request.headers["x-portal-signature"], time.time()
    assert told["is_from_portal"](header, request.body, SECRET) is True
    assert told["is_from_portal"](header, request.body, "another") is False
    assert told["is_from_portal"](header, request.body + b" ", SECRET) is False
    assert told["is_from_portal"]("", request.body, SECRET) is False
    assert told["is_from_portal"]("t=é,v1=é,v1", request.body, SECRET) is False
    with time_machine.travel(moment + 600):
        assert told["is_from_portal"](header, request.body, SECRET) is False


def test_the_former_secret_signs_for_a_day(webhook, receiver, people):
    new = actions.make_secret(webhook, by=people.gina)
    signed = []
    for hours in (23, 25):
        make_delivery(webhook)
        with time_machine.travel(clock.now() + timedelta(hours=hours), tick=False):
            sending.send_some()
        signed.append([verified(receiver.requests[-1], secret) is not None for secret in (new, SECRET)])

    assert signed == [[True, True], [True, False]]


def test_every_try_sends_the_same(webhook, receiver):
    delivery = make_delivery(webhook)
    fails(receiver)

    try_until(delivery, clock.now() + timedelta(hours=1))

    assert len(receiver.requests) == 4
    assert len({(request.body, request.headers["x-portal-delivery"]) for request in receiver.requests}) == 1


def test_a_secret_that_cannot_be_read_stops_nobody_else(webhook, receiver, url):
    make_delivery(webhook)
    broken = make_webhook(make_account("Broken"), url)
    Webhook.objects.filter(pk=broken.pk).update(sealed_secret="of another SECRET_KEY")
    unsent = make_delivery(broken)

    sending.send_some()

    assert len(receiver.requests) == 1
    assert (fresh(unsent).status, fresh(unsent).problem) == ("waiting", "failed")


# What comes of it


def test_what_was_answered_is_kept(webhook, receiver):
    receiver.pages["/events"] = Page(b"tha\x00nk \xff you" + b"!" * 5000, status=201)
    delivery = make_delivery(webhook)

    sending.send_some()

    row = fresh(delivery)
    assert (row.status, row.http_status, row.problem, row.tries) == ("delivered", 201, "", 1)
    assert row.answer.startswith("tha\ufffdnk \ufffd you!!!")
    assert len(row.answer) == results.MOST_ANSWER


def test_what_failed_is_tried_again_for_three_days(webhook, receiver):
    delivery = make_delivery(webhook)
    fails(receiver)

    tried = try_until(delivery, clock.now() + timedelta(days=30))

    assert tried[:7] == [0, 1, 6, 36, 156, 516, 876]
    assert 72 * 60 <= tried[-1] < 79 * 60
    assert fresh(delivery).status == "failed"


def test_what_failed_arrives_when_the_server_is_back(webhook, receiver):
    delivery = make_delivery(webhook)
    fails(receiver)
    try_until(delivery, clock.now() + timedelta(minutes=10))
    works(receiver)

    try_until(delivery, clock.now() + timedelta(hours=1))

    assert (fresh(delivery).status, fresh(delivery).tries) == ("delivered", 4)
    assert (fresh(webhook).failures, fresh(webhook).is_on) == (0, True)


def test_after_three_days_without_success_the_webhook_is_switched_off(webhook, receiver, people):
    first, second = make_delivery(webhook), make_delivery(webhook)
    fails(receiver)

    try_until(first, clock.now() + timedelta(days=30))

    webhook = fresh(webhook)
    assert (webhook.is_on, webhook.off_because) == (False, "failing")
    assert list(OutgoingMail.objects.values_list("to", flat=True)) == ["gina@example.com"]
    assert HistoryEntry.objects.get(verb="give_up").subject == NAME
    assert {fresh(first).status, fresh(second).status} == {"failed", "waiting"}


def test_one_event_that_fails_holds_up_no_other_and_switches_nothing_off(webhook, receiver, monkeypatch):
    receiver.pages["/bad"] = Page(status=500)
    bad, good = make_delivery(webhook), make_delivery(webhook)
    monkeypatch.setattr(sending.push, "push", sending_bad_to(bad, sending.push.push))

    with time_machine.travel(clock.now() + timedelta(seconds=1), tick=False):
        sending.send_some()
    with time_machine.travel(clock.now() + timedelta(seconds=62), tick=False):
        sending.send_some()
        make_delivery(webhook)
        sending.send_some()
    try_until(bad, clock.now() + timedelta(days=30))

    assert (fresh(bad).status, fresh(good).status, fresh(webhook).is_on) == ("failed", "delivered", True)


def sending_bad_to(bad, really):
    """The receiver of one delivery stumbles over it."""

    async def push(url, body, headers, *, tls):
        is_bad = headers["X-Portal-Delivery"] == str(bad.uid)
        return await really(url.replace("/events", "/bad") if is_bad else url, body, headers, tls=tls)

    return push


def test_a_server_that_wants_nothing_more_is_left_alone_at_once(webhook, receiver, people):
    first, second = make_delivery(webhook), make_delivery(webhook)
    fails(receiver, 410)

    while sending.send_some():
        pass

    webhook = fresh(webhook)
    assert (webhook.is_on, webhook.off_because, len(receiver.requests)) == (False, "gone", 1)
    assert (fresh(first).status, fresh(second).status) == ("failed", "waiting")
    assert OutgoingMail.objects.get().to == "gina@example.com"
    assert HistoryEntry.objects.filter(verb="gone").count() == 1


def test_what_waited_while_it_was_off_is_sent_when_it_is_on_again(webhook, receiver, people, url):
    delivery = make_delivery(webhook)
    actions.configure(people.company, url=url, is_on=False, by=people.gina)
    sending.send_some()
    before = len(receiver.requests)

    actions.configure(people.company, url=url, is_on=True, by=people.gina)
    sending.send_some()

    assert (before, fresh(delivery).status) == (0, "delivered")


# What people ask for


def test_a_test_is_sent_also_while_it_is_off_and_only_once(webhook, receiver, people, url):
    actions.configure(people.company, url=url, is_on=False, by=people.gina)
    fails(receiver)

    delivery = actions.send_test(fresh(webhook), by=people.gina)
    sending.send_some()

    assert (fresh(delivery).event, fresh(delivery).status, fresh(delivery).http_status) == (TEST, "failed", 500)
    assert fresh(webhook).failures == 0


def test_what_people_send_again_waits_for_no_pause(webhook, receiver, people):
    delivery, other = make_delivery(webhook), make_delivery(webhook)
    fails(receiver)
    sending.send_some()
    works(receiver)

    sending.send_some()
    waited = len(receiver.requests)
    actions.send_again(other, by=people.gina)
    sending.send_some()

    assert (waited, fresh(other).status) == (1, "delivered")
    assert receiver.requests[1].headers["x-portal-delivery"] == str(other.uid)
    assert fresh(delivery).status == "waiting"


def test_what_is_old_and_sent_again_is_tried_once_and_switches_nothing_off(webhook, receiver, people):
    old = make_delivery(webhook, status="failed", created_at=clock.now() - timedelta(days=10))
    fails(receiver)

    actions.send_again(old, by=people.gina)
    sending.send_some()

    assert (fresh(old).status, fresh(webhook).is_on) == ("failed", True)


# One and many


def test_events_arrive_in_their_order(webhook, receiver):
    sent = [str(make_delivery(webhook).uid) for _number in range(sending.LANE + 5)]

    while sending.send_some():
        pass

    assert [request.headers["x-portal-delivery"] for request in receiver.requests] == sent


def test_a_silent_server_stops_nobody_else(webhook, receiver, monkeypatch):
    monkeypatch.setattr(sending.push, "WHOLE_SECONDS", 3)
    receiver.pages["/silent"] = Page(drips=15)
    silent = [
        make_webhook(make_account(f"Silent {number}"), receiver.url("/silent", "https", NAME)) for number in range(8)
    ]
    for one in silent:
        for _number in range(3):
            make_delivery(one)
    good = make_delivery(webhook)

    while sending.send_some():
        pass

    assert fresh(good).status == "delivered"
    assert len(receiver.requests) == 9  # one try each, then a pause
    assert set(Delivery.objects.exclude(pk=good.pk).values_list("problem", flat=True)) == {"timeout", ""}


def test_whoever_has_waited_longest_is_served_first(people, url, receiver, monkeypatch):
    monkeypatch.setattr(sending, "LANES", 1)
    monkeypatch.setattr(sending, "LANE", 1)
    webhooks = [make_webhook(account, url) for account in (people.company, people.foreign)]
    owner = {str(make_delivery(one).uid): one.pk for _round in range(2) for one in webhooks}

    while sending.send_some():
        pass

    first, second = (one.pk for one in webhooks)
    turns = [owner[request.headers["x-portal-delivery"]] for request in receiver.requests]
    assert turns == [first, second, first, second]


def test_what_another_receiver_said_is_not_held_against_the_new_one(webhook, receiver, people, monkeypatch):
    delivery = make_delivery(webhook)
    fails(receiver, 410)
    really = results.record

    def record(webhook, got):
        actions.configure(people.company, url=receiver.url("/new", "https", NAME), is_on=True, by=people.gina)
        really(webhook, got)

    monkeypatch.setattr(results, "record", record)

    sending.send_some()

    assert (fresh(delivery).status, fresh(webhook).is_on) == ("failed", True)


def test_what_is_forgotten_while_it_is_sent_stops_nothing(webhook, receiver, monkeypatch):
    delivery = make_delivery(webhook)
    kept = make_delivery(webhook)
    really = results.record

    def record(webhook, got):
        Delivery.objects.filter(pk=delivery.pk).delete()
        really(webhook, got)

    monkeypatch.setattr(results, "record", record)

    sending.send_some()

    assert fresh(kept).status == "delivered"


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_nothing_twice(webhook, receiver, people):
    sent = [str(make_delivery(webhook).uid) for _number in range(40)]
    together = threading.Barrier(2)

    def work():
        together.wait()
        try:
            while sending.send_some():
                pass
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _worker in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(request.headers["x-portal-delivery"] for request in receiver.requests) == sorted(sent)


WORKER = """
import django
django.setup()
from accounts.webhooks import sending
sending.send_some()
"""


@pytest.mark.django_db(transaction=True)
def test_what_a_killed_worker_had_in_hand_is_sent_by_another(webhook, receiver, settings, authority):
    delivery = make_delivery(webhook)
    receiver.pages["/events"] = Page(drips=30)  # takes the request, and is silent
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "sslportal.settings",
        "DATABASE_URL": database.geturl(),
        "PORTAL_DNS_SERVERS": settings.DNS_SERVERS[0],
        "PORTAL_DNS_VALIDATION": "off",
        "PORTAL_EGRESS_NETWORKS": settings.EGRESS_NETWORKS[0],
        "SSL_CERT_FILE": str(authority.file),
    }
    with subprocess.Popen([sys.executable, "-c", WORKER], env=env) as worker:
        until = time.monotonic() + 60
        while not receiver.requests and time.monotonic() < until:
            time.sleep(0.05)
        worker.kill()
    works(receiver)

    assert sending.send_some() is False  # it may still be at work
    with time_machine.travel(clock.now() + sending.LEASE, tick=False):
        assert sending.send_some() is True

    assert fresh(delivery).status == "delivered"
    assert len({request.headers["x-portal-delivery"] for request in receiver.requests}) == 1
    assert len(receiver.requests) == 2


# Around


def test_the_worker_goes_on_until_nothing_waits(webhook, receiver, monkeypatch):
    monkeypatch.setattr(sending, "A_WHILE", 0)  # each batch is a task of its own
    for _number in range(2 * sending.LANE + 1):
        make_delivery(webhook)

    tasks.send_deliveries()

    assert len(receiver.requests) == 2 * sending.LANE + 1


def test_the_log_goes_back_a_month(webhook):
    kept = make_delivery(webhook, created_at=clock.now() - timedelta(days=29))
    make_delivery(webhook, created_at=clock.now() - timedelta(days=31), status="failed")

    tasks.forget_old_deliveries()

    assert list(Delivery.objects.all()) == [kept]


def test_a_former_secret_is_forgotten(webhook, people):
    actions.make_secret(webhook, by=people.gina)
    tasks.forget_old_deliveries()
    kept = fresh(webhook).sealed_former_secret

    with time_machine.travel(clock.now() + timedelta(hours=25), tick=False):
        tasks.forget_old_deliveries()

    assert kept
    assert fresh(webhook).sealed_former_secret == ""
