"""Scans, the certificates that they found and where, what they did not find, and what has changed from one to the next."""

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Account
from certificates.models import Certificate
from discovery import states
from discovery.health.models import CheckedUrl as CheckedUrl  # its module belongs to this app
from discovery.health.models import HealthCheck as HealthCheck  # and so does this
from discovery.programs import ByProgram
from discovery.queries import SOON, FindingQuerySet, FoundQuerySet, ScanQuerySet, ScheduleQuerySet
from discovery.scanner.problems import MOST_PAIRS
from discovery.states import Changed, Place, Revocation, Save, Speed, Status, Verdict, Warned
from sslportal.kit import clock, recurrence
from sslportal.kit.recurrence import Every

PERSON = settings.AUTH_USER_MODEL


class Wanted(models.Model):
    """What is to be scanned, as it was typed, and what becomes of the results."""

    include = models.TextField(_("Include Addresses"))
    exclude = models.TextField(_("Exclude Addresses"), blank=True)
    ports = models.TextField(_("Scan Additional Ports"), blank=True)
    speed = models.CharField(_("Scan Speed"), max_length=10, choices=Speed, default=Speed.NORMAL)
    save_as = models.CharField(_("Save Results"), max_length=10, choices=Save, default=Save.REPLACE)

    class Meta:
        abstract = True


class Schedule(Wanted):
    """A scan that the portal runs again and again, from a day on and at a time of day, both by the account's clock."""

    EVENTS = states.SCHEDULE_EVENTS

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="scan_schedules")
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+", verbose_name=_("Set up by"))
    every = models.CharField(_("Repeat"), max_length=10, choices=Every)
    starts_on = models.DateField(_("Start Date"))
    time = models.TimeField(_("Start Time"))
    due_at = models.DateTimeField(null=True, help_text="The moment of the next one; empty once it is ended.")
    created_at = models.DateTimeField(default=clock.now)

    objects = ScheduleQuerySet.as_manager()

    class Meta:
        verbose_name = _("scan schedule")
        verbose_name_plural = _("scan schedules")
        indexes = [models.Index(fields=["due_at"], name="schedules_due", condition=Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return _("Scan schedule #%(number)d") % {"number": self.pk}

    def get_absolute_url(self) -> str:
        return reverse("discovery:schedules")

    def next_after(self, moment: datetime) -> datetime:
        """The first of its moments that is later."""
        start = datetime.combine(self.starts_on, self.time)
        return recurrence.next_after(Every(self.every), start, self.account.zone, moment)


class Scan(ByProgram, Wanted):
    """One scan. `position` is how far it is among the pairs of address and port that are its `total`."""

    MOVES, EVENTS, BADGES = states.MOVES, states.EVENTS, states.BADGES

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="scans")
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+", verbose_name=_("Set up by"))
    schedule = models.ForeignKey(Schedule, on_delete=models.SET_NULL, null=True, related_name="scans")
    due_at = models.DateTimeField(null=True, help_text="Which of the moments of its schedule it is for.")
    place = models.CharField(_("Runs on"), max_length=10, choices=Place, default=Place.COMPUTER)
    status = models.CharField(_("Status"), max_length=10, choices=Status, default=Status.WAITING)
    reason = models.TextField(blank=True, help_text="Why it failed.")
    total = models.PositiveIntegerField(_("Addresses and ports"))
    position = models.PositiveIntegerField(default=0)
    run_by = models.ForeignKey(
        PERSON, on_delete=models.PROTECT, null=True, related_name="+", help_text="Who downloaded its program last."
    )
    created_at = models.DateTimeField(_("Set up"), default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)
    started_at = models.DateTimeField(_("Started"), null=True)
    finished_at = models.DateTimeField(pgettext_lazy("date", "Finished"), null=True)
    last_word_at = models.DateTimeField(default=clock.now, help_text="When something was heard of it last.")
    leased_until = models.DateTimeField(default=clock.now, help_text="Until then one worker has it in hand.")
    outcomes = models.JSONField(default=dict, help_text="How many pairs ended how; set when it is finished.")
    certificates = models.PositiveIntegerField(_("Certificates"), default=0, help_text="Set when it is finished.")
    changes = models.PositiveIntegerField(_("Changes"), null=True, help_text="Empty where there was nothing before.")

    objects = ScanQuerySet.as_manager()

    class Meta:
        verbose_name = _("scan")
        verbose_name_plural = _("scans")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="scan_status_known"),
            models.CheckConstraint(condition=Q(total__lte=MOST_PAIRS), name="scan_within_limit"),
            models.UniqueConstraint(fields=["schedule", "due_at"], name="one_scan_a_moment"),
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="scans_of_account"),
            models.Index(
                fields=["leased_until"], name="scans_open", condition=Q(status__in=["waiting", "running", "stopped"])
            ),
        ]

    def __str__(self) -> str:
        return _("Scan #%(number)d") % {"number": self.pk}

    def get_absolute_url(self) -> str:
        return reverse("discovery:scan", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.status in states.OPEN

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to be connected to; the status of what was found may still be asked for."""
        return self.position >= self.total

    @property
    def percent(self) -> int:
        return 100 * self.position // self.total if self.total else 100


class FoundCertificate(models.Model):
    """A certificate that servers of an account showed, and what could be read of it. Also those that issued others."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="found_certificates")
    sha256 = models.CharField(_("SHA-256 fingerprint"), max_length=64)
    der = models.BinaryField()
    common_name = models.CharField(_("Common Name"), max_length=253, blank=True)
    organization = models.CharField(_("Organization"), max_length=500, blank=True)
    names = ArrayField(models.CharField(max_length=253), default=list)
    subject = models.CharField(pgettext_lazy("certificate", "Subject"), max_length=500, blank=True)
    issuer = models.CharField(max_length=500, blank=True)
    issuer_name = models.CharField(_("Issuer"), max_length=500, blank=True)
    serial = models.CharField(_("Serial Number"), max_length=80, blank=True)
    not_before = models.DateTimeField(pgettext_lazy("date", "Issued"), null=True)
    not_after = models.DateTimeField(_("Expires"), null=True)
    key_type = models.CharField(_("Key Type"), max_length=20, blank=True)
    key_bits = models.PositiveIntegerField(_("Key Length"), default=0)
    key_problem = models.CharField(max_length=40, blank=True)
    hash = models.CharField(_("Hash"), max_length=20, blank=True)
    is_ev = models.BooleanField(_("Validation"), default=False)
    is_self_signed = models.BooleanField(default=False)
    crl_urls = ArrayField(models.CharField(max_length=500), default=list)
    ocsp_urls = ArrayField(models.CharField(max_length=500), default=list)
    warnings = ArrayField(models.CharField(max_length=20), default=list, help_text="Those that it has wherever it is.")
    unread = ArrayField(models.CharField(max_length=40), default=list, help_text="What of it could not be read.")
    issuer_certificate = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")
    issued = models.ForeignKey(
        Certificate, on_delete=models.PROTECT, null=True, related_name="found", help_text="Where this portal issued it."
    )
    revocation = models.CharField(_("Revocation"), max_length=10, choices=Revocation, default=Revocation.UNKNOWN)
    revoked_at = models.DateTimeField(null=True)
    revocation_problem = models.CharField(max_length=200, blank=True, help_text="Why its status is not known.")
    checked_at = models.DateTimeField(null=True, help_text="When its status was asked for last.")

    objects = FoundQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        constraints = [models.UniqueConstraint(fields=["account", "sha256"], name="found_once")]

    def __str__(self) -> str:
        return self.common_name or self.subject or self.sha256[:16]


class Finding(models.Model):
    """A certificate at an address and port. Of the scans, the current ones are what the results list."""

    BADGES = states.VERDICT_BADGES

    status: str  # where it was asked for `with_status`

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    scan = models.ForeignKey(Scan, on_delete=models.PROTECT, related_name="findings", db_index=False)
    host = models.CharField(_("Addresses"), max_length=253, help_text="As it was asked for: a name or an address.")
    address = models.CharField(_("IP address"), max_length=45, blank=True)
    port = models.PositiveIntegerField(_("Port"))
    certificate = models.ForeignKey(FoundCertificate, on_delete=models.PROTECT, related_name="findings")
    chain = ArrayField(models.CharField(max_length=64), default=list, help_text="As it was shown, by SHA-256.")
    version = models.PositiveIntegerField(default=0)
    suite = models.PositiveIntegerField(default=0)
    warnings = ArrayField(models.CharField(max_length=20, choices=Warned), verbose_name=_("Warnings"), default=list)
    not_after = models.DateTimeField(_("Expires"), null=True)
    seen_at = models.DateTimeField(_("Last Scan"))
    is_current = models.BooleanField(default=False)

    objects = FindingQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate found")
        verbose_name_plural = _("certificates found")
        constraints = [models.UniqueConstraint(fields=["scan", "host", "port", "certificate"], name="finding_once")]
        indexes = [
            models.Index(fields=["account", "host", "port"], name="findings_current", condition=Q(is_current=True)),
            models.Index(fields=["account", "not_after"], name="findings_by_end", condition=Q(is_current=True)),
            GinIndex(fields=["warnings"], name="findings_by_warning"),
        ]

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def get_absolute_url(self) -> str:
        return reverse("discovery:finding", args=[self.pk])

    @property
    def warned(self) -> list[str]:
        """What it is warned of today."""
        now, begins = clock.now(), self.certificate.not_before
        has = {
            Warned.EXPIRING: self.not_after is not None and now <= self.not_after < now + SOON,
            Warned.NOT_YET_VALID: begins is not None and begins > now,
        }
        return [*self.warnings, *(warning.value for warning, is_so in has.items() if is_so)]

    def get_status_display(self) -> str:
        return str(Verdict(self.status).label)


class Miss(models.Model):
    """An address and port where a scan found no certificate, and why. Kept until the next scan is finished."""

    scan = models.ForeignKey(Scan, on_delete=models.CASCADE, related_name="misses", db_index=False)
    host = models.CharField(pgettext_lazy("network", "Address"), max_length=253)
    port = models.PositiveIntegerField(_("Port"))
    outcome = models.CharField(_("What happened"), max_length=20)
    detail = models.CharField(max_length=80, blank=True)

    objects = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scan", "host", "port"], name="miss_once")]

    def __str__(self) -> str:
        return f"{self.host}:{self.port} {self.outcome}"


class Change(models.Model):
    """What a scan found otherwise than it was before at the same address and port."""

    BADGES = states.CHANGE_BADGES

    scan = models.ForeignKey(Scan, on_delete=models.CASCADE, related_name="changed")
    kind = models.CharField(_("Change"), max_length=10, choices=Changed)
    host = models.CharField(pgettext_lazy("network", "Address"), max_length=253)
    port = models.PositiveIntegerField(_("Port"))
    before = models.ForeignKey(FoundCertificate, on_delete=models.PROTECT, null=True, related_name="+")
    after = models.ForeignKey(FoundCertificate, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")

    def __str__(self) -> str:
        return f"{self.host}:{self.port} {self.kind}"


class Question(models.Model):
    """What is asked of a CA for a scan: by whoever runs the scan, so that the portal calls no address of a stranger's choice.

    One for each OCSP request, and one for each revocation list, which answers for many certificates. Gone with the end of
    the scan.
    """

    scan = models.ForeignKey(Scan, on_delete=models.CASCADE, related_name="questions", db_index=False)
    kind = models.CharField(max_length=5, choices=[("ocsp", "OCSP"), ("crl", "CRL")])
    url = models.CharField(max_length=500)
    body = models.BinaryField(help_text="Of a POST; empty for a GET.")
    key = models.CharField(max_length=64, help_text="SHA-256 of URL and body: asked once.")
    certificates = models.ManyToManyField(FoundCertificate, related_name="+")
    asked_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answer = models.BinaryField(null=True)
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scan", "key"], name="question_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.url}"
