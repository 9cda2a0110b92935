"""The log: as lines and as JSON, with what each line is about, and without secrets."""

import io
import json
import logging
import re
import sys

import pytest
from celery.app.task import Context
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import URLResolver, get_resolver
from structlog.contextvars import get_contextvars

from certificates import batches
from certificates.states import Status
from sslportal.kit import audit, logs, tracing
from sslportal.kit.moves import move
from tests.factories import make_order
from tests.site.test_access import views

TOKEN = "Zt0QbHkQ-secret_part"


@pytest.fixture
def written():
    """What is written as JSON during the test, line by line."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.Json())
    root = logging.getLogger()
    root.addHandler(handler)
    level = root.level
    root.setLevel("INFO")
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.setLevel(level)
    root.removeHandler(handler)


def record(message="Hello %s", *args, **fields):
    made = logging.LogRecord("sslportal.test", logging.WARNING, "file.py", 1, message, args, None)
    vars(made).update(fields)
    return made


# Lines and JSON


def test_a_line_in_json_says_when_how_bad_who_and_what():
    said = json.loads(logs.Json().format(record("Hello %s", "Ann")))

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", said.pop("timestamp"))
    assert said == {"level": "warning", "logger": "sslportal.test", "event": "Hello Ann"}


def test_a_line_for_people_tells_what_it_is_about():
    with tracing.about(order_id=17, request_id="0123456789"):
        said = logs.Line().format(record("Hello %s", "Ann"))

    assert said.endswith("WARNING sslportal.test [request_id=0123456789 order_id=17]: Hello Ann")
    assert logs.Line().format(record("Hello %s", "Ann")).endswith("WARNING sslportal.test: Hello Ann")


def test_only_facts_that_were_looked_through_are_added():
    said = json.loads(logs.Json().format(record("Hello", order_id=17, data={"args": "secret"}, password="secret")))

    assert said["order_id"] == 17
    assert "secret" not in json.dumps(said)


@pytest.mark.parametrize("form", [logs.Line, logs.Json])
def test_a_traceback_is_one_record_without_the_values_of_variables(form):
    passphrase = "the passphrase of the CA"
    try:
        int("not a number" if passphrase else "")
    except ValueError:
        said = form().format(record("It failed", exc_info=sys.exc_info()))

    assert "ValueError: invalid literal" in said
    assert passphrase not in said
    assert form is logs.Line or "\n" not in said


# Secrets


def token_paths(resolver=None):
    return [path for path, _entry in views(resolver) if "<str:token>" in path]


def test_there_are_addresses_with_tokens():
    assert any(isinstance(entry, URLResolver) for entry in get_resolver().url_patterns)
    assert len(token_paths()) >= 6


@pytest.mark.parametrize("path", token_paths())
@pytest.mark.parametrize("form", [logs.Line, logs.Json])
def test_no_token_of_an_address_is_in_the_log(form, path):
    address = path.replace("<str:token>", TOKEN).replace("<slug:slug>", "o4Ft-P_x")

    for text in (f"Not Found: {address}", f'GET "https://portal.example.com{address}" failed', f"{address}\nmore"):
        assert TOKEN not in form().format(record(text))


@pytest.mark.parametrize("form", [logs.Line, logs.Json])
def test_no_token_is_in_a_traceback(form):
    try:
        raise ValueError(f"https://portal.example.com/confirm/{TOKEN}/")
    except ValueError:
        said = form().format(record("It failed", exc_info=sys.exc_info()))

    assert TOKEN not in said
    assert "/confirm/…/" in said


# Requests


def test_each_answer_carries_the_number_of_its_request(client, db):
    first, second = (client.get("/healthz")["X-Request-ID"] for _twice in range(2))

    assert re.fullmatch("[0-9a-f]{32}", first)
    assert first != second


def test_a_number_from_outside_counts_only_behind_a_proxy(client, settings):
    given = {"X-Request-ID": "0123456789abcdef"}

    assert client.get("/healthz", headers=given)["X-Request-ID"] != "0123456789abcdef"
    settings.PORTAL_PROXIES = 1
    assert client.get("/healthz", headers=given)["X-Request-ID"] == "0123456789abcdef"


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "0123456789 injected=1", '01234567"}'])
def test_a_number_that_is_none_is_not_taken(client, settings, given):
    settings.PORTAL_PROXIES = 1

    assert re.fullmatch("[0-9a-f]{32}", client.get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"])


def test_what_django_says_after_the_request_is_over_has_its_number(client, db, written):
    answer = client.get("/nonsense/")

    said = [line for line in written() if line["logger"] == "django.request"]
    assert [(line["event"], line["status_code"], line["request_id"]) for line in said] == [
        ("Not Found: /nonsense/", 404, answer["X-Request-ID"])
    ]
    assert get_contextvars() == {}


def test_a_request_that_fails_leaves_nothing_behind():
    def fail(request):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        tracing.RequestId(fail)(RequestFactory().get("/"))

    assert get_contextvars() == {}


def test_lines_about_a_page_of_an_order_name_the_order(sign_in, people, written):
    order = make_order(people.ov, people.stan)

    sign_in(people.stranger).get(f"/certificates/{order.pk}/")

    said = [line for line in written() if line["logger"] == "django.request"]
    assert [(line["status_code"], line["order_id"]) for line in said] == [(404, order.pk)]


# What happened


def test_a_move_is_told_once_it_is_committed(people, written, django_capture_on_commit_callbacks):
    order = make_order(people.ov, people.stan, status=Status.APPROVE)
    with django_capture_on_commit_callbacks(execute=True):
        move(order, "approve", by=people.paul)
        assert [line for line in written() if line["logger"] == "sslportal.history"] == []

    (line,) = (line for line in written() if line["logger"] == "sslportal.history")
    del line["timestamp"]
    assert line == {
        "level": "info",
        "logger": "sslportal.history",
        "event": f"order {order.pk}: approve, approve to pending",
        "subject_type": "order",
        "subject_id": order.pk,
        "order_id": order.pk,
        "account_id": order.account_id,
        "actor_id": people.paul.pk,
        "verb": "approve",
        "before": "approve",
        "after": "pending",
    }


def test_names_and_reasons_stay_in_the_history(people, written, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        audit.record(people.stan, "rename", by="ann@example.com", reason="She asked for it")

    said = json.dumps(written())
    assert "rename" in said
    assert people.stan.email not in said
    assert "ann@example.com" not in said
    assert "She asked" not in said


def test_one_of_a_batch_that_fails_is_named():
    seen = []

    def act(pks):
        seen.append((pks, get_contextvars().get("order_id")))
        raise ValueError

    batches.all_or_each(act, [1, 2], otherwise=lambda pk, error: seen.append((pk, get_contextvars()["order_id"])))

    assert seen == [([1, 2], None), ([1], 1), (1, 1), ([2], 2), (2, 2)]
    assert get_contextvars() == {}


# Workers


class Task:
    name = "certificates.tasks.check_caa"

    def __init__(self, **headers):
        self.request = Context(headers)


def test_a_message_to_a_worker_carries_the_number_of_its_request():
    headers = {}

    def answer(request):
        tracing.send_along(headers)
        return HttpResponse()

    number = tracing.RequestId(answer)(RequestFactory().get("/"))["X-Request-ID"]

    assert headers == {"request_id": number}


def test_a_message_that_came_of_no_request_carries_none():
    headers = {}

    tracing.send_along(headers)

    assert headers == {}


def test_the_lines_of_a_task_name_it_and_the_request_it_came_of():
    task = Task(request_id="0123456789abcdef", is_eager=False)

    tracing.begin_task(task, "the-id")
    during = get_contextvars()
    tracing.end_task(task)

    assert during == {"task": task.name, "task_id": "the-id", "request_id": "0123456789abcdef"}
    assert get_contextvars() == {}


def test_a_task_inside_a_request_is_about_the_request():
    task = Task(is_eager=True)

    with tracing.about(request_id="0123456789abcdef"):
        tracing.begin_task(task, "the-id")
        tracing.end_task(task)
        assert get_contextvars() == {"request_id": "0123456789abcdef"}
