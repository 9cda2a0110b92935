"""Reports as they were defined and scheduled, each time that one was run, and the files that came of it."""

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Account
from reporting import definition, rules, states
from reporting.definition import Definition
from reporting.queries import ReportQuerySet, RunQuerySet
from reporting.states import Format, Status
from sslportal.kit import clock, recurrence
from sslportal.kit.recurrence import Every

PERSON = settings.AUTH_USER_MODEL
MOST_NAME, MOST_DESCRIPTION, MOST_RECIPIENTS = 100, 1_000, 20


class Report(models.Model):
    """What is to be reported, and if it has a schedule, when and to whom. Its day and time are by the account's clock."""

    EVENTS = states.REPORT_EVENTS

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="reports")
    owner = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+", verbose_name=_("Owner"))
    name = models.CharField(_("Report Name"), max_length=MOST_NAME)
    description = models.CharField(_("Description"), max_length=MOST_DESCRIPTION, blank=True)
    definition = models.JSONField(help_text="Type, fields, rules and sorting (reporting/definition.py).")
    every = models.CharField(_("Schedule"), max_length=10, choices=Every, blank=True, help_text="Empty: disabled.")
    starts_on = models.DateField(_("Start Date"), null=True)
    time = models.TimeField(_("Start Time"), null=True)
    recipients = ArrayField(models.EmailField(), default=list, blank=True, verbose_name=_("Recipients"))
    due_at = models.DateTimeField(
        _("Next run"),
        null=True,
        help_text="The moment of the next run; empty without schedule, and while it is paused.",
    )
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)
    seen = models.BinaryField(null=True, help_text="The keys of the records that were mailed last (reporting/keys.py).")
    seen_at = models.DateTimeField(null=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [
            models.CheckConstraint(
                condition=Q(every="", due_at=None)
                | Q(every__in=Every.values, starts_on__isnull=False, time__isnull=False),
                name="report_schedule_whole",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="reports_due", condition=Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("reporting:report", args=[self.pk])

    @cached_property
    def defined(self) -> Definition:
        """Raises BadDefinition where what is kept can be no report any more."""
        return definition.from_json(self.definition)

    @property
    def has_owner(self) -> bool:
        return rules.has_owner(self)

    @property
    def is_paused(self) -> bool:
        return bool(self.every) and self.due_at is None

    @property
    def start(self) -> datetime | None:
        """What the account's clock shows at the first run."""
        return datetime.combine(self.starts_on, self.time) if self.starts_on and self.time else None

    def next_after(self, moment: datetime) -> datetime | None:
        """The first of the moments of its schedule that is later; none without a schedule."""
        if not (self.every and self.start):
            return None
        return recurrence.next_after(Every(self.every), self.start, self.account.zone, moment)


class Run(models.Model):
    """A report as it was made, or is to be made, at one time: by its schedule for the moment `due_at`, or for a person.

    What it is of stays with it: the definition and how it was narrowed. What it found is in its files only.
    """

    MOVES, EVENTS, BADGES = states.MOVES, states.RUN_EVENTS, states.BADGES

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="runs")
    reader = models.ForeignKey(
        PERSON, on_delete=models.PROTECT, related_name="+", help_text="By whose eyes it is made."
    )
    by = models.ForeignKey(
        PERSON, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("Asked for by")
    )
    due_at = models.DateTimeField(null=True, help_text="Which of the moments of the schedule it is for.")
    definition = models.JSONField()
    narrowed = models.JSONField(default=dict, help_text="How the person narrowed and sorted the results.")
    formats = ArrayField(models.CharField(max_length=4, choices=Format))
    mails = models.BooleanField(default=False, help_text="Whether it goes to the recipients of the report.")
    status = models.CharField(_("Status"), max_length=10, choices=Status, default=Status.WAITING)
    reason = models.TextField(blank=True, help_text="Why it failed.")
    tries = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0, help_text="Files that are made, while it runs.")
    total = models.PositiveIntegerField(_("Records"), null=True)
    added = models.PositiveIntegerField(null=True, help_text="Records that were not in it when it was mailed before.")
    gone = models.PositiveIntegerField(null=True, help_text="Records that were in it then and are no longer.")
    compared_with = models.DateTimeField(null=True, help_text="When that was.")
    profiles = ArrayField(
        models.BigIntegerField(), default=list, help_text="Those in which the reader had a role when it was made."
    )
    created_at = models.DateTimeField(_("Asked for"), default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)
    started_at = models.DateTimeField(_("Started"), null=True)
    finished_at = models.DateTimeField(pgettext_lazy("date", "Finished"), null=True)
    leased_until = models.DateTimeField(default=clock.now, help_text="Until then one worker has it in hand.")

    objects = RunQuerySet.as_manager()

    class Meta:
        verbose_name = _("report run")
        verbose_name_plural = _("report runs")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="run_status_known"),
            models.UniqueConstraint(fields=["report", "due_at"], name="one_run_a_moment"),
        ]
        indexes = [
            models.Index(fields=["report", "-id"], name="runs_of_report"),
            models.Index(fields=["leased_until"], name="runs_open", condition=Q(status__in=["waiting", "running"])),
        ]

    def __str__(self) -> str:
        return _("Run #%(number)d of “%(report)s”") % {"number": self.pk, "report": self.report.name}

    def get_absolute_url(self) -> str:
        return reverse("reporting:run", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.status in states.OPEN

    @property
    def percent(self) -> int:
        """How far it is: the records are read, then each file is made."""
        return 100 * self.done // (len(self.formats) + 1)

    @cached_property
    def defined(self) -> Definition:
        """Raises BadDefinition."""
        return definition.from_json(self.definition)


class RunFile(models.Model):
    """A file that came of a run."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="files")
    format = models.CharField(max_length=4, choices=Format)
    content = models.BinaryField()
    size = models.PositiveIntegerField(help_text="Bytes.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "format"], name="one_file_a_format")]

    def __str__(self) -> str:
        return f"{self.run_id}.{self.format}"
