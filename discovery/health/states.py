"""The states of a health check and the moves between them, and what is said of each URL in the end."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sslportal.kit.moves import Badge, move_from, moves


class Status(models.TextChoices):
    RUNNING = "running", pgettext_lazy("health check", "Running")  # a worker looks at the URLs
    FINISHED = "finished", pgettext_lazy("health check", "Finished")
    HANDED = "handed", _("Waits for the program")  # which looks at what the portal does not reach
    CANCELED = "canceled", pgettext_lazy("health check", "Canceled")


MOVES = moves(
    move_from("finish", {Status.RUNNING}, Status.FINISHED, _("Health check finished")),
    move_from("cancel", {Status.RUNNING}, Status.CANCELED, _("Health check canceled")),
    move_from("hand_over", {Status.FINISHED}, Status.HANDED, _("Left to the program")),
    move_from("take_back", {Status.HANDED}, Status.FINISHED, _("The program is no longer waited for")),
    move_from("complete", {Status.HANDED}, Status.FINISHED, _("Health check finished by the program")),
)

EVENTS = {
    "start": _("Health check started"),
    "download": _("Program downloaded"),
}

WITH_RESULT = frozenset({Status.FINISHED, Status.HANDED})
UNDER_WAY = frozenset({Status.RUNNING, Status.HANDED})  # more results may come

BADGES = {
    Status.RUNNING: Badge("working", "arrow-path"),
    Status.FINISHED: Badge("good", "check-circle"),
    Status.HANDED: Badge("waiting", "clock"),
    Status.CANCELED: Badge("ended", "minus-circle"),
}


class Verdict(models.TextChoices):
    """What is said of a URL, the best first."""

    GOOD = "good", pgettext_lazy("URL", "Good")
    WARNING = "warning", pgettext_lazy("URL", "Warning")
    PROBLEM = "problem", pgettext_lazy("URL", "Problem")
    UNREACHABLE = "unreachable", pgettext_lazy("URL", "Not reachable")


VERDICT_BADGES = {
    Verdict.GOOD: Badge("good", "check-circle"),
    Verdict.WARNING: Badge("warning", "exclamation-triangle"),
    Verdict.PROBLEM: Badge("bad", "x-circle"),
    Verdict.UNREACHABLE: Badge("ended", "no-symbol"),
}
