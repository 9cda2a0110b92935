"""Handing work to the workers: after the commit, and without failing the person when the broker is away."""

import logging
from functools import partial
from typing import Any, cast

from django.core.cache import cache as default_cache
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from sslportal.kit.cache import ForgivingRedisCache

log = logging.getLogger(__name__)
cache = cast(ForgivingRedisCache, default_cache)

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


def together_after_commit(task: Any, *pks: int) -> None:
    """Have the rows worked on together with all others that wait by then, by a task that calls `take`: one message for all.

    Which ones is written down in Redis too. What is lost there, or taken by a worker into death, is found by a sweep.
    """
    transaction.on_commit(partial(_send_together, task, pks))


def take(task: Any, most: int) -> list[int]:
    """A worker has the message of together_after_commit: what it is to work on. There is another message for what is left."""
    taken(task)
    pks = cache.pop(_tray(task), most)
    if len(pks) == most:
        _send_once(task, ())
    return list(dict.fromkeys(pks))


def taken(task: Any, *args: Any) -> None:
    """A worker has the message: for what happens from now on there will be another one."""
    cache.delete(_mark(task, args))


def _mark(task: Any, args: tuple[Any, ...]) -> str:
    return ":".join(["waiting", task.name, *map(str, args)])


def _tray(task: Any) -> str:
    return f"together:{task.name}"


def _send_together(task: Any, pks: tuple[int, ...]) -> None:
    if pks and cache.push(_tray(task), pks):
        _send_once(task, ())


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
