"""The project: settings, addresses, workers, and the kit that every app stands on."""

from sslportal.celery import app as celery_app

__all__ = ["celery_app"]
