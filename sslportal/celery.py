"""The Celery app: queue `default` for most work, queue `ca` for the one process that holds the CA's keys."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sslportal.settings")

app = Celery("sslportal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
