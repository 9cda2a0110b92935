"""The Celery app: queues `default`, `ca` for the process with the CA's keys, `outside` for what strangers answer."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sslportal.settings")

app = Celery("sslportal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
