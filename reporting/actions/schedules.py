"""What is due by the schedules of reports."""

import logging

from django.db import transaction

from reporting import notices
from reporting.actions import reports, runs
from reporting.models import Report
from sslportal.kit import clock

log = logging.getLogger(__name__)


def run_due() -> None:
    """Ask for the reports whose moment has come. Safe to run twice, and at once."""
    for report in Report.objects.due():
        try:
            run(report)
        except Exception:  # one that cannot be run must not keep the others
            log.exception("Report %s could not be run", report.pk)


@transaction.atomic
def run(report: Report) -> None:
    """Ask for the run of the moment that has come. However many moments were missed, it is one run.

    A report whose owner has left is paused, and its Global Administrators are told: by their eyes it would show more than
    its recipients have got so far, and that is for a person to decide.
    """
    waiting = Report.objects.due().filter(pk=report.pk).select_for_update(no_key=True, of=("self",))
    due = waiting.select_related("account", "owner").first()
    if due is None:  # somebody was faster
        return
    if not due.has_owner:
        reports.pause(due, by=None)
        notices.paused(due)
        return
    runs.make(due, runs.ALL_FORMATS, due.owner, due_at=due.due_at, mails=True)
    due.due_at = due.next_after(clock.now())
    due.save(update_fields=["due_at"])
