"""Handing work to the workers: after the commit, and without failing the person when the broker is away."""

import logging
from functools import partial
from typing import Any

from django.core.cache import cache
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

ONE_MESSAGE = 60  # seconds for which a message that waits is taken for all


def after_commit(task: Any, *args: Any) -> None:
    """Queue the task once the transaction is committed. A message that is lost costs time only: a sweep finds the work."""
    transaction.on_commit(partial(_send, task, args))


def once_after_commit(task: Any, *args: Any) -> None:
    """The same, unless such a message waits already: that one will do, since the task calls `taken` before all else.

    That it waits is written down where it waits, in Redis, so that both are lost together. What a worker takes with it into
    death is found by a sweep, after a minute at most.
    """
    transaction.on_commit(partial(_send_once, task, args))


def is_waiting(task: Any, *args: Any) -> bool:
    """Whether a message of once_after_commit is on its way."""
    return cache.get(_mark(task, args)) is not None


def taken(task: Any, *args: Any) -> None:
    """A worker has the message: for what happens from now on there will be another one."""
    cache.delete(_mark(task, args))


def _mark(task: Any, args: tuple[Any, ...]) -> str:
    return ":".join(["waiting", task.name, *map(str, args)])


def _send_once(task: Any, args: tuple[Any, ...]) -> None:
    if cache.add(_mark(task, args), True, ONE_MESSAGE) and not _send(task, args):
        taken(task, *args)


def _send(task: Any, args: tuple[Any, ...]) -> bool:
    """Whether the broker took it."""
    try:
        task.delay(*args)
    except (OperationalError, RedisError, OSError) as error:
        log.warning("%s%s was not queued (%s); the sweep will find it", task.name, args, error)
        return False
    return True
