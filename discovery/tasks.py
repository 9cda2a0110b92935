"""The workers' part in discovery. All of it may run twice."""

from celery import shared_task

from sslportal.kit import queue


@shared_task
def run_scans() -> None:
    """Go on with one of the scans that the portal runs itself, for a while, so that other work comes in between."""
    from discovery import running

    queue.taken(run_scans)
    if running.run_some():
        queue.once_after_commit(run_scans)


@shared_task
def run_schedules() -> None:
    """Set up the scans whose moment has come."""
    from discovery.actions import schedules

    schedules.run_due()


@shared_task
def sweep_scans() -> None:
    """Give up scans of which nothing was heard for a week, and forget what nothing refers to."""
    from discovery import life

    life.sweep()
