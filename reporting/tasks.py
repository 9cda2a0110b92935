"""The workers' part in reporting. All of it may run twice."""

from celery import shared_task

from sslportal.kit import queue


@shared_task
def make_reports() -> None:
    """Make one of the reports that are asked for, and have the next one made."""
    from reporting import running

    queue.taken(make_reports)
    if running.make_one():
        queue.once_after_commit(make_reports)


@shared_task
def run_schedules() -> None:
    """Ask for the reports whose moment has come."""
    from reporting.actions import schedules

    schedules.run_due()


@shared_task
def forget_old_runs() -> None:
    """Drop runs, and their files, after 90 days."""
    from reporting.actions import runs

    runs.forget_old()
