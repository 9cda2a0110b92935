"""Health checks of orders, and the URLs that each looks at."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account
from certificates.models import Order
from discovery.health.entries import Place
from discovery.health.findings import Aspect, Finding
from discovery.health.judging import Judgement
from discovery.health.states import (
    BADGES,
    EVENTS,
    MOVES,
    UNDER_WAY,
    VERDICT_BADGES,
    WITH_RESULT,
    Status,
    Verdict,
)
from discovery.programs import ByProgram
from discovery.scanner.health import PROBES
from sslportal.kit import clock, names
from sslportal.kit.moves import Badge

if TYPE_CHECKING:
    from accounts.models import Administrator


class HealthCheckQuerySet(models.QuerySet):
    """Health checks."""

    def visible_to(self, person: "Administrator") -> Self:
        return self.filter(order__in=Order.objects.visible_to(person))

    def to_run(self) -> Self:
        """Those that a worker should have in hand, and none has; what waits longest first."""
        return self.filter(status=Status.RUNNING, leased_until__lte=clock.now()).order_by("leased_until")

    def handed_before(self, moment: datetime) -> Self:
        """Those that wait for a program that was downloaded before the moment."""
        return self.filter(status=Status.HANDED, updated_at__lt=moment)


class HealthCheck(ByProgram):
    """A look at the URLs where an order's certificate should be. Of each order the last one that came to its end is kept."""

    MOVES, EVENTS, BADGES = MOVES, EVENTS, BADGES

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="health_checks")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(gettext_lazy("Status"), max_length=10, choices=Status, default=Status.RUNNING)
    tries = models.PositiveSmallIntegerField(default=0, help_text="How often a worker has begun with it.")
    leased_until = models.DateTimeField(default=clock.now, help_text="Until then one worker has it in hand.")
    good = models.PositiveSmallIntegerField(default=0, help_text="URLs that are good; set when it is finished.")
    total = models.PositiveSmallIntegerField(help_text="URLs.")
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)

    objects = HealthCheckQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("health check")
        verbose_name_plural = gettext_lazy("health checks")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="health_check_status_known"),
            models.UniqueConstraint(
                fields=["order"], condition=Q(status=Status.RUNNING.value), name="one_running_health_check_an_order"
            ),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(status__in=sorted(status.value for status in WITH_RESULT)),
                name="one_health_check_result_an_order",
            ),
        ]
        indexes = [
            models.Index(
                fields=["leased_until"], name="health_checks_to_run", condition=Q(status=Status.RUNNING.value)
            ),
            models.Index(fields=["updated_at"], name="health_checks_handed", condition=Q(status=Status.HANDED.value)),
        ]

    def __str__(self) -> str:
        return _("Health check of %(order)s") % {"order": self.order}

    def get_absolute_url(self) -> str:
        return reverse("health:page", args=[self.order_id])

    @property
    def is_running(self) -> bool:
        return self.status == Status.RUNNING

    @property
    def is_handed(self) -> bool:
        return self.status == Status.HANDED

    @property
    def is_under_way(self) -> bool:
        return self.status in UNDER_WAY

    @property
    def has_result(self) -> bool:
        return self.status in WITH_RESULT

    @property
    def verdict_badge(self) -> Badge:
        return VERDICT_BADGES[Verdict.GOOD if self.good == self.total else Verdict.WARNING]

    @property
    def says(self) -> str:
        """What came of it, in a line."""
        return _("%(good)d of %(total)d URLs good") % {"good": self.good, "total": self.total}


class CheckedUrl(models.Model):
    """One of a health check's URLs: how far it is looked at, and what was found; kept as codes, told in every language."""

    BADGES = VERDICT_BADGES

    health_check = models.ForeignKey(HealthCheck, on_delete=models.CASCADE, related_name="urls")
    position = models.PositiveSmallIntegerField()
    host = models.CharField(max_length=253)
    port = models.PositiveIntegerField()
    address = models.CharField(max_length=45, blank=True, help_text="The one that was connected to.")
    done = models.PositiveSmallIntegerField(default=0, help_text="Connections so far, of PROBES.")
    verdict = models.CharField(max_length=12, choices=Verdict, blank=True, help_text="Empty until it is looked at.")
    findings = models.JSONField(default=list, help_text="Codes of discovery/health/findings.py, and what they tell of.")
    fine = models.JSONField(default=list, help_text="The aspects that are in order.")
    is_handed = models.BooleanField(default=False, help_text="Whether the program is to look at it.")
    is_by_program = models.BooleanField(default=False, help_text="Whether the program has looked at it.")

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["health_check", "position"], name="url_at_position"),
            models.CheckConstraint(condition=Q(verdict__in=["", *Verdict.values]), name="url_verdict_known"),
        ]

    def __str__(self) -> str:
        return str(self.place)

    @property
    def place(self) -> Place:
        return Place(self.host, self.port)

    @property
    def words(self) -> str:
        """As people read it, beside its A-label form where they differ."""
        readable = names.to_unicode(self.host)
        return str(self) if readable == self.host else f"{self} ({readable})"

    @cached_property
    def found(self) -> list[Finding]:
        return [Finding(code, about) for code, about in self.findings]

    @property
    def in_order(self) -> list[Aspect]:
        return [Aspect(one) for one in self.fine]

    @property
    def is_unreachable(self) -> bool:
        return self.verdict == Verdict.UNREACHABLE

    def take(self, judgement: Judgement, address: str = "") -> None:
        """Write down what is to be said of it. Not saved."""
        self.verdict, self.address, self.done = judgement.verdict, address, PROBES
        self.findings = [[finding.code, dict(finding.about)] for finding in judgement.findings]
        self.fine = list(judgement.fine)
