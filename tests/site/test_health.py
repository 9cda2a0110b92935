"""What those who look after the portal ask it: whether it is up, whether it can answer, and what waits."""

import re
from datetime import timedelta

import pytest
import time_machine
import yaml
from django.conf import settings
from django.db import OperationalError, connection
from django.test import override_settings
from django.utils import timezone

from accounts.webhooks.models import Webhook
from certificates.actions import caa_checks
from certificates.models import CertificateAuthority, Issuance, OcspAnswer
from certificates.states import Status
from certificates.trust import lists
from certificates.trust.models import StatusChange
from sslportal import health, measures
from sslportal.kit import clock, tasks
from sslportal.kit.models import Heartbeat, OutgoingMail
from tests.factories import issue, make_delivery, make_domain, make_order, make_webhook, plan
from tests.site.test_pages import AWAY

TOKEN = "0123456789abcdef" * 4
QUEUES = ["ca", "default", "outside", "reports", "scans", "trust"]


@pytest.fixture
def all_workers(db):
    for queue in QUEUES:
        tasks.heartbeat(queue)


def test_healthz_asks_nobody(client):
    assert client.get("/healthz").content == b"ok\n"


# Can it answer?


def test_a_portal_that_lacks_nothing_says_so(client, all_workers, ca):
    assert client.get("/readyz").json() == {"ready": True, "redis": True, "workers": QUEUES, "missing": []}


def test_readyz_names_the_queues_without_a_worker_and_the_ca(client, db):
    tasks.heartbeat("default")

    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "redis": True,
        "workers": ["default"],
        "missing": [
            *(
                f"No worker of the queue “{queue}” was seen for two minutes."
                for queue in ("outside", "scans", "reports", "trust", "ca")
            ),
            "There is no CA: manage.py ca init",
        ],
    }


def test_a_worker_that_was_not_seen_lately_is_missing(client, all_workers, ca):
    with time_machine.travel(timezone.now() + timedelta(minutes=3)):
        answer = client.get("/readyz").json()

    assert answer["workers"] == []
    assert len(answer["missing"]) == len(QUEUES)


def test_redis_is_missed_but_pages_are_answered(client, all_workers, ca):
    with override_settings(CACHES=AWAY):
        answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["redis"] is False
    assert answer.json()["missing"] == ["Redis does not answer."]


def test_without_the_database_nothing_can_be_answered(client, db, nobody_answers):
    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "missing": ["The database does not answer."]}


@pytest.fixture
def nobody_answers():
    def refuse(execute, sql, params, many, context):
        raise OperationalError("the server is gone")

    with connection.execute_wrapper(refuse):
        yield


def test_a_database_from_before_an_upgrade_is_not_ready(client, db, monkeypatch):
    monkeypatch.setitem(health._seen, "is_migrated", False)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'reporting'")

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["missing"] == ["The database is older than the portal: manage.py migrate"]


# What waits


@pytest.fixture
def measured(client, db, settings):
    """What is measured now, by its name and labels as they stand there."""
    settings.METRICS_TOKEN = TOKEN

    def measured():
        text = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).content.decode()
        lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _space, value in lines}

    return measured


def test_without_a_token_there_are_no_metrics(client, db):
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize(
    "shown", ["", "Bearer ", "Bearer wrong", f"Bearer {TOKEN}x", TOKEN, f"Basic {TOKEN}", "Bearer ü"]
)
def test_another_token_shows_nothing(client, db, settings, shown):
    settings.METRICS_TOKEN = TOKEN

    answer = client.get("/metrics", headers={"Authorization": shown})

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert b"sslportal_" not in answer.content


def test_metrics_are_in_the_format_of_prometheus_and_kept_by_nobody(client, db, settings):
    settings.METRICS_TOKEN = TOKEN

    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})

    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    text = answer.content.decode()
    assert text.endswith("\n")
    sample = r'(sslportal_[a-z_]+)(\{[a-z]+="[^"\n]*"(,[a-z]+="[^"\n]*")*\})? (-?[0-9.]+|\+Inf)'
    named = re.findall(r"^# TYPE (sslportal_[a-z_]+) gauge$", text, re.M)
    samples = [line for line in text.splitlines() if not line.startswith("#")]
    assert sorted(named) == sorted(measures.MEASURES)
    assert all(re.fullmatch(sample, line) for line in samples)
    assert {re.match("[a-z_]+", line)[0] for line in samples} <= set(named)
    assert len(samples) == len({line.rpartition(" ")[0] for line in samples})


def test_no_label_breaks_its_line():
    lines = measures._lines("x", "A thing.", iter([measures.Sample(1.5, {"ca": 'a"b\\c\nd'})]))

    assert list(lines)[-1] == r'x{ca="a\"b\\c\nd"} 1.5'


def test_queues_that_nobody_reads_are_told(measured):
    Heartbeat.objects.create(queue="ca", at=clock.now() - timedelta(minutes=5))

    now = measured()

    assert 300 <= now['sslportal_heartbeat_age_seconds{queue="ca"}'] < 330
    assert now['sslportal_heartbeat_age_seconds{queue="scans"}'] == float("inf")


def test_messages_that_wait_in_redis_are_counted_while_it_is_there(measured):
    client = health.cache._cache.get_client("reports", write=True)
    client.rpush("reports", "one", "two")

    assert measured()['sslportal_queue_messages{queue="reports"}'] == 2
    with override_settings(CACHES=AWAY):
        assert not [name for name in measured() if name.startswith("sslportal_queue_messages")]


def test_orders_are_counted_by_status_with_the_age_of_those_that_wait(measured, people):
    with clock.at(clock.now() - timedelta(hours=2)):
        make_order(people.ov, people.stan, status=Status.APPROVE, updated_at=clock.now())
    make_order(people.ov, people.stan, status=Status.APPROVE)
    make_order(people.ov, people.stan, status=Status.REJECTED)

    now = measured()

    assert now['sslportal_orders{status="approve"}'] == 2
    assert now['sslportal_orders{status="rejected"}'] == 1
    assert now['sslportal_orders{status="revoked"}'] == 0
    assert 7200 <= now['sslportal_orders_oldest_seconds{status="approve"}'] < 7230
    assert now['sslportal_orders_oldest_seconds{status="pending"}'] == 0


def test_a_certificate_that_is_not_signed_in_time_is_overdue(measured, people, ca):
    make_domain(people.ov)
    order = make_order(people.ov, people.stan)
    caa_checks.check(order)
    plan(order)
    Issuance.objects.update(due_at=clock.now() - timedelta(minutes=10))

    now = measured()

    assert now['sslportal_work_waiting{work="issue"}'] == 1
    assert 600 <= now['sslportal_work_overdue_seconds{work="issue"}'] < 630


def test_a_revocation_that_is_not_published_is_overdue(measured, people, ca):
    make_domain(people.ov)
    order = make_order(people.ov, people.stan)
    issue(order)
    order.refresh_from_db()
    StatusChange.objects.create(
        certificate=order.certificate,
        authority=order.certificate.authority,
        service="crl",
        at=clock.now() - timedelta(minutes=1),
    )

    assert 60 <= measured()['sslportal_work_overdue_seconds{work="publish"}'] < 90


def test_events_for_a_webhook_that_is_off_or_paused_are_nobody_s_work(measured, people):
    webhook = make_webhook(people.gina.account, is_on=True)
    make_delivery(webhook)

    assert measured()['sslportal_work_waiting{work="webhooks"}'] == 1
    Webhook.objects.update(paused_until=clock.now() + timedelta(hours=1))
    assert measured()['sslportal_work_waiting{work="webhooks"}'] == 0


def test_mail_is_told_that_waits_failed_or_may_have_been_sent(measured):
    make_mail("waiting", created_at=clock.now() - timedelta(minutes=30))
    make_mail("failed")
    make_mail("handing", handed_at=clock.now() - timedelta(hours=1))
    make_mail("handing", handed_at=clock.now())  # at this very moment
    make_mail("sent")

    now = measured()

    assert [now[f'sslportal_mail{{state="{state}"}}'] for state in ("waiting", "failed", "uncertain")] == [1, 1, 1]
    assert 1800 <= now["sslportal_mail_oldest_seconds"] < 1830
    assert now["sslportal_mail_server_away"] == 0


def make_mail(status, **fields):
    number = OutgoingMail.objects.count()
    OutgoingMail.objects.create(
        key=str(number),
        to="ann@example.com",
        subject="x",
        language="en",
        message_id=str(number),
        status=status,
        **fields,
    )


def test_the_ends_of_cas_lists_and_responders_are_told(measured, people, ca):
    make_domain(people.ov)
    issue(make_order(people.ov, people.stan))
    lists.make_list(CertificateAuthority.objects.get(name="issuing-1"), 0)
    OcspAnswer.objects.update(this_update=timezone.now() - timedelta(days=3))

    now = measured()

    issuing = ca.made[-1].certificate
    assert now['sslportal_ca_end_timestamp_seconds{ca="issuing-1",role="issuing",current="yes"}'] == (
        issuing.not_valid_after_utc.timestamp()
    )
    four_days = 4 * 24 * 3600
    assert now['sslportal_crl_end_timestamp_seconds{ca="issuing-1"}'] == pytest.approx(
        clock.now().timestamp() + four_days, abs=60
    )
    assert 3 * 24 * 3600 <= now['sslportal_ocsp_oldest_answer_seconds{ca="issuing-1"}'] < 3 * 24 * 3600 + 30
    assert now['sslportal_ocsp_responder_end_timestamp_seconds{ca="issuing-1"}'] == (
        ca.responder.not_valid_after_utc.timestamp()
    )


def test_metrics_ask_the_same_of_the_database_however_much_there_is(
    measured, people, django_assert_num_queries, django_assert_max_num_queries
):
    make_order(people.ov, people.stan)
    with django_assert_max_num_queries(60) as one:
        measured()
    for _more in range(5):
        make_order(people.ov, people.stan)

    with django_assert_num_queries(len(one)):
        measured()


def test_alerts_go_by_what_is_measured():
    text = (settings.BASE_DIR / "deploy" / "prometheus" / "alerts.yml").read_text()
    rules = yaml.safe_load(text)["groups"][0]["rules"]

    named = {name for rule in rules for name in re.findall(r"sslportal_\w+", rule["expr"])}
    works = {
        word for rule in rules for said in re.findall(r'work=~?"([^"]+)"', rule["expr"]) for word in said.split("|")
    }
    told = set(re.findall(r"^\| (\w+) \|", (settings.BASE_DIR / "docs" / "operations.md").read_text(), re.M))
    assert named <= set(measures.MEASURES)
    assert set(measures.MEASURES) - named == {"sslportal_queue_messages", "sslportal_work_waiting", "sslportal_orders"}
    assert works == set(measures._work())
    assert {rule["alert"] for rule in rules} <= told
