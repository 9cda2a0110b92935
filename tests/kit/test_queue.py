"""Messages to the workers: after the commit, and one for all as long as it waits."""

import pytest
from django.core.cache import cache
from django.db import transaction

from sslportal.kit import queue


class Task:
    """Takes messages as a task of Celery's does, and keeps them; a broker that is away takes none."""

    def __init__(self, name, *, is_away=False):
        self.name, self.is_away, self.messages = name, is_away, []

    def delay(self, *args):
        if self.is_away:
            raise ConnectionRefusedError
        self.messages.append(args)


@pytest.fixture
def commit(django_capture_on_commit_callbacks):
    """Queue something in a transaction that is committed."""

    def commit(queued, *args):
        with django_capture_on_commit_callbacks(execute=True):
            queued(*args)

    return commit


pytestmark = pytest.mark.django_db


def test_a_message_that_waits_is_one_for_all(commit):
    task = Task("sign")

    for order in (5, 5, 6):
        commit(queue.once_after_commit, task, order)

    assert task.messages == [(5,), (6,)]


def test_once_a_worker_has_it_another_message_is_sent(commit):
    task = Task("sign")
    commit(queue.once_after_commit, task, 5)

    queue.taken(task, 5)
    commit(queue.once_after_commit, task, 5)

    assert task.messages == [(5,), (5,)]


def test_messages_to_different_tasks_are_different(commit):
    sign, look = Task("sign"), Task("look")

    commit(queue.once_after_commit, sign, 5)
    commit(queue.once_after_commit, look, 5)

    assert (sign.messages, look.messages) == ([(5,)], [(5,)])


def test_what_the_broker_did_not_take_does_not_wait(commit):
    task = Task("sign")

    commit(queue.once_after_commit, Task("sign", is_away=True), 5)
    commit(queue.once_after_commit, task, 5)

    assert task.messages == [(5,)]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_or_waits_where_the_transaction_is_taken_back():
    task = Task("sign")

    with transaction.atomic():
        queue.once_after_commit(task)
        queue.together_after_commit(task, 5)
        transaction.set_rollback(True)

    assert task.messages == []
    assert queue.take(task, 10) == []
    queue.once_after_commit(task)
    assert task.messages == [()]


def test_a_message_is_sent_each_time_where_nothing_else_is_said(commit):
    task = Task("look")

    commit(queue.after_commit, task, 5)
    commit(queue.after_commit, task, 5)

    assert task.messages == [(5,), (5,)]


def test_what_is_worked_on_together_has_one_message(commit):
    task = Task("look")

    commit(queue.together_after_commit, task, 5, 6)
    commit(queue.together_after_commit, task, 7)

    assert task.messages == [()]
    assert queue.take(task, 10) == [5, 6, 7]
    assert queue.take(task, 10) == []


def test_what_is_put_there_twice_is_taken_once(commit):
    task = Task("look")

    commit(queue.together_after_commit, task, 5, 6, 5)

    assert queue.take(task, 10) == [5, 6]


def test_for_what_is_left_there_is_another_message(commit):
    task = Task("look")
    commit(queue.together_after_commit, task, 5, 6, 7)

    assert queue.take(task, 2) == [5, 6]
    assert task.messages == [(), ()]
    assert queue.take(task, 2) == [7]
    assert task.messages == [(), ()]


def test_with_nothing_to_work_on_there_is_no_message(commit):
    task = Task("look")

    commit(queue.together_after_commit, task)

    assert task.messages == []


def test_each_task_has_rows_of_its_own(commit):
    look, sign = Task("look"), Task("sign")

    commit(queue.together_after_commit, look, 5)
    commit(queue.together_after_commit, sign, 6)

    assert (queue.take(look, 10), queue.take(sign, 10)) == ([5], [6])


def test_what_is_lost_with_redis_is_no_error(commit):
    task = Task("look")
    commit(queue.together_after_commit, task, 5)

    cache.clear()

    assert queue.take(task, 10) == []
