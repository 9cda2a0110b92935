"""What is asked of reports and of their runs."""

from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.db import models
from django.db.models import Exists, Max, OuterRef, Q
from django.db.models.fields.json import KT

from reporting import rules
from reporting.states import OPEN, Status
from sslportal.kit import clock

if TYPE_CHECKING:
    from accounts.models import Administrator


class ReportQuerySet(models.QuerySet):
    """Reports."""

    def visible_to(self, person: "Administrator") -> Self:
        return self.filter(rules.seen_by(person))

    def due(self) -> Self:
        """Those of which a moment has come, the longest ago first. One whose run before is not made yet waits for that."""
        runs = apps.get_model("reporting", "Run").objects
        under_way = runs.filter(report=OuterRef("pk"), due_at__isnull=False).open()
        return self.filter(~Exists(under_way), due_at__lte=clock.now()).order_by("due_at", "pk")

    def for_list(self) -> Self:
        """Each with `type`, and with `last_run_at`, the moment at which it was made last."""
        last_run_at = Max("runs__finished_at", filter=Q(runs__status=Status.FINISHED))
        return self.annotate(type=KT("definition__type"), last_run_at=last_run_at)


class RunQuerySet(models.QuerySet):
    """Runs of reports."""

    def visible_to(self, person: "Administrator") -> Self:
        return self.filter(rules.seen_by(person, "report__"))

    def open(self) -> Self:
        return self.filter(status__in=OPEN)

    def free(self) -> Self:
        """Those that a worker is to make now, and none has in hand: the longest asked for first, of each account in turn."""
        return self.open().filter(leased_until__lte=clock.now()).order_by("leased_until", "pk")
