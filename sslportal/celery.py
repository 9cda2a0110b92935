"""The Celery app: queues `default`, `trust` and `ca` for the process with the CA's keys, `outside` for what strangers say."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from celery import Celery
from celery.fixups.django import DjangoFixup, DjangoWorkerFixup
from celery.signals import beat_init, before_task_publish, heartbeat_sent, task_postrun, task_prerun, worker_init
from django.core.exceptions import ImproperlyConfigured
from django.db import close_old_connections
from django.utils.functional import cached_property

from sslportal import environment, isolation
from sslportal.kit import tracing

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sslportal.settings")


class Worker(DjangoWorkerFixup):
    """Keeps its connection to the database from task to task, as long as Django would from request to request.

    Celery's own makes a new one for each task, which takes longer than most tasks do.
    """

    def close_database(self, **kwargs: Any) -> None:
        close_old_connections()


class Django(DjangoFixup):
    """What makes a worker a part of the portal."""

    @cached_property
    def worker_fixup(self) -> Worker:
        return Worker(self.app)


app = Celery("sslportal", fixups=[lambda app: Django(app).install()])
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

before_task_publish.connect(tracing.send_along)
task_prerun.connect(tracing.begin_task)
task_postrun.connect(tracing.end_task)


@worker_init.connect
def refuse_unfit_worker(sender: Any, **kwargs: Any) -> None:
    """End a worker that has the CA's keys and should not, or should and has not."""
    _insist(isolation.require_fit_worker, sender.app.amqp.queues.consume_from)


@beat_init.connect
def refuse_beat_with_keys(**kwargs: Any) -> None:
    """End a beat that has the CA's keys."""
    _insist(isolation.require_no_keys, "Beat")
    before_task_publish.connect(say_alive)


@heartbeat_sent.connect
def say_alive(**kwargs: Any) -> None:
    """A worker speaks to the broker, or beat sends what is due: whoever looks after processes sees it by a file's age."""
    if path := environment.text("PORTAL_ALIVE_FILE"):
        Path(path).touch()


def _insist(check: Callable[[Any], None], about: Any) -> None:
    """What a signal's receiver raises, Celery writes into the log and goes on; only this ends the process."""
    try:
        check(about)
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from None
