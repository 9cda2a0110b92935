"""The workers' part in accounts."""

from datetime import timedelta

from celery import shared_task

from accounts.webhooks import tasks as webhooks  # noqa: F401  # Celery finds them by this module
from sslportal.kit import clock


@shared_task
def forget_old_tries() -> None:
    """Wrong passwords of a quarter ago, for whatever address: the row of tries must not grow without end."""
    from axes.models import AccessAttempt

    AccessAttempt.objects.filter(attempt_time__lt=clock.now() - timedelta(days=90)).delete()
