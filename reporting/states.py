"""The states of a run and the moves between them; what happens to a report; the files and the steps of making them."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sslportal.kit.moves import Badge, move_from, moves


class Status(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("report", "Waiting")
    RUNNING = "running", pgettext_lazy("report", "Running")
    FINISHED = "finished", pgettext_lazy("report", "Finished")
    FAILED = "failed", pgettext_lazy("report", "Failed")


OPEN = frozenset({Status.WAITING, Status.RUNNING})

BADGES = {
    Status.WAITING: Badge("waiting", "clock"),
    Status.RUNNING: Badge("working", "arrow-path"),
    Status.FINISHED: Badge("good", "check-circle"),
    Status.FAILED: Badge("bad", "x-circle"),
}

MOVES = moves(
    move_from("start", {Status.WAITING}, Status.RUNNING, _("Report started")),
    move_from("finish", {Status.RUNNING}, Status.FINISHED, _("Report made")),
    move_from("fail", OPEN, Status.FAILED, _("Report failed"), needs_reason=True),
)

RUN_EVENTS = {
    "ask": _("Report asked for"),
    "mail": _("Report asked for, to be mailed"),
    "download": _("Report downloaded"),
}

REPORT_EVENTS = {
    "add": _("Report added"),
    "edit": _("Report edited"),
    "take_over": _("Report taken over"),
    "pause": _("Schedule of the report paused"),
    "resume": _("Schedule of the report resumed"),
    "delete": _("Report deleted"),
}


class Format(models.TextChoices):
    """The kinds of files."""

    CSV = "csv", _("CSV")
    XLSX = "xlsx", _("Excel")
    PDF = "pdf", _("PDF")
