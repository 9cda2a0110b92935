"""Handing work to the workers: after the commit, and without failing the person when the broker is away."""

import logging
from functools import partial
from typing import Any

from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


def after_commit(task: Any, *args: Any) -> None:
    """Queue the task once the transaction is committed. A message that is lost costs time only: a sweep finds the work."""
    transaction.on_commit(partial(_send, task, args))


def _send(task: Any, args: tuple[Any, ...]) -> None:
    try:
        task.delay(*args)
    except (OperationalError, RedisError, OSError) as error:
        log.warning("%s%s was not queued (%s); the sweep will find it", task.name, args, error)
