"""The life of a health check: one at a time, workers that die, canceling, the result that is kept."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from discovery.health import actions, tasks, working
from discovery.health.models import HealthCheck
from discovery.health.states import Status
from discovery.scanner.health import PROBES, Health
from discovery.scanner.results import SILENT, Result
from sslportal.kit import clock
from sslportal.kit.models import HistoryEntry
from sslportal.kit.moves import MovedOn, Refused
from tests.discovery.health_checks import NAME, chain_of, codes, path, plays, run, start, verdicts
from tests.factories import make_issued


def test_the_result_before_stays_until_the_next_one_is_there(order):
    first = run(order, ("10.0.0.1", 443))
    second = start(order, ("10.0.0.2", 443))

    assert HealthCheck.objects.filter(pk=first.pk).exists()
    working.run(second.pk)

    assert [check.pk for check in HealthCheck.objects.all()] == [second.pk]


def test_a_canceled_one_leaves_the_result_before(order):
    first = run(order, ("10.0.0.1", 443))
    second = start(order, ("10.0.0.2", 443))
    actions.cancel(second, by=order.requester)

    working.run(second.pk)
    actions.finish(second)

    assert [(check.pk, check.status) for check in HealthCheck.objects.order_by("pk")] == [
        (first.pk, Status.FINISHED),
        (second.pk, Status.CANCELED),
    ]


def test_of_an_order_one_runs_at_a_time(order):
    start(order, (NAME, 443))

    with pytest.raises(Refused):
        start(order, (NAME, 443))


def test_an_account_runs_some_at_a_time(order, people, sign_in):
    for _ in range(actions.MOST_RUNNING):
        start(make_issued(people.ov, people.paul), (NAME, 443))

    answer = sign_in(people.paul).post(path(order), {"urls": "mail.example.com"})

    assert answer.status_code == 422
    assert "mail.example.com</textarea>" in answer.content.decode()
    assert "5 health checks of your account are running" in answer.content.decode()


def test_what_is_over_cannot_be_canceled(order):
    check = run(order, ("10.0.0.1", 443))

    with pytest.raises(MovedOn):
        actions.cancel(check, by=order.requester)


def test_its_history_is_that_of_the_account(order):
    run(order, ("10.0.0.1", 443))

    rows = HistoryEntry.objects.filter(subject_type="healthcheck").values_list("verb", "actor_id", "account_id")
    assert sorted(rows) == [
        ("finish", None, order.account_id),
        ("start", order.requester_id, order.account_id),
    ]


def test_two_workers_do_not_look_at_the_same(order, serve, names_lead_here):
    server = serve(plays(*chain_of(order)))
    check = start(order, (NAME, server.port))
    actions.claim(check.pk)

    working.run(check.pk)

    assert server.connections == 0


def test_a_check_whose_worker_died_is_taken_up_where_it_was(
    order, serve, names_lead_here, django_capture_on_commit_callbacks
):
    server = serve(plays(*chain_of(order)))
    check = start(order, ("10.0.0.1", 443), (NAME, server.port))
    first, _second = check.urls.all()
    actions.claim(check.pk)
    actions.take(check, first, Health(Result(first.host, first.port, SILENT)))

    with clock.at(clock.now() + actions.LEASE + timedelta(seconds=1)), django_capture_on_commit_callbacks(execute=True):
        tasks.sweep_health_checks()

    assert codes(check) == [["silent"], ["no-staple"]]
    check.refresh_from_db()
    assert check.status == Status.FINISHED


def test_a_check_that_kills_its_workers_comes_to_an_end(order, serve, names_lead_here):
    server = serve(plays(*chain_of(order)))
    check = start(order, (NAME, server.port))
    HealthCheck.objects.update(tries=working.MOST_TRIES)

    working.run(check.pk)

    assert codes(check) == [["gave-up"]]
    assert server.connections == 0


@pytest.mark.django_db(transaction=True)
def test_a_worker_stops_soon_after_a_cancel(order, serve, names_lead_here, monkeypatch):
    known, came = plays(*chain_of(order)), []

    def play(connection_):
        came.append(connection_)
        if len(came) == 3:
            HealthCheck.objects.update(status=Status.CANCELED)
            connection.close()
        threading.Event().wait(0.05)
        known(connection_)

    monkeypatch.setattr(working, "BEAT", 0.01)

    check = start(order, (NAME, serve(play).port))  # the worker begins with the commit

    assert verdicts(check) == [""]
    assert len(came) < PROBES
