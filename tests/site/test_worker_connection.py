"""Workers keep their connection to the database from task to task, and find out when it is of no use any more."""

import time
from types import SimpleNamespace

import psycopg
import pytest
from django.db import connection

from sslportal.celery import Worker, app

pytestmark = pytest.mark.django_db(transaction=True)

TASK = SimpleNamespace(request=SimpleNamespace(is_eager=False))


@pytest.fixture
def worker():
    return Worker(app)


def backend():
    """The process of PostgreSQL that answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def run_task(worker):
    """The backend that a task speaks to, with what Celery does before and after it."""
    worker.on_task_prerun(TASK)
    spoken_to = backend()
    worker.on_task_postrun(TASK)
    return spoken_to


def test_the_next_task_has_the_same_connection(worker):
    assert run_task(worker) == run_task(worker)


def test_an_old_connection_is_not_used_again(worker):
    first = run_task(worker)

    connection.close_at = time.monotonic() - 1

    assert run_task(worker) != first


def test_a_connection_that_the_server_has_ended_is_replaced(worker):
    first = run_task(worker)

    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [first])

    assert run_task(worker) != first


def test_workers_of_the_portal_are_such():
    assert isinstance(app._fixups[0].worker_fixup, Worker)
