"""A domain of an organization profile, the attempts to confirm that the organization controls it, and what was seen."""

from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from domains import rules
from domains.queries import AttemptQuerySet, DomainQuerySet
from domains.states import ATTEMPT_MOVES, BADGES, BY_MAIL, CHECKED, EVENTS, MOVES, OPEN, Method, Outcome, Status
from profiles.models import OrganizationProfile
from profiles.states import Level
from profiles.vetting import evidence
from sslportal.kit import clock, names, policy

PERSON = settings.AUTH_USER_MODEL


class Domain(models.Model):
    """A registrable domain or one below it, for one profile. What a confirmed one covers says its method (D14)."""

    MOVES, EVENTS, BADGES = MOVES, EVENTS, BADGES

    profile = models.ForeignKey(OrganizationProfile, on_delete=models.PROTECT, related_name="domains")
    name = models.CharField(_("Domain Name"), max_length=253, help_text="The A-label form, in lower case.")
    level = models.CharField(_("Type"), max_length=2, choices=Level, default=Level.OV)
    status = models.CharField(_("Status"), max_length=12, choices=Status, default=Status.PENDING)
    requester = models.ForeignKey(
        PERSON, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("Requester")
    )
    reason = models.TextField(
        _("Reason"), blank=True, help_text="Why it was declined or suspended, or its upgrade or re-vetting refused."
    )
    method = models.CharField(
        _("Confirmed by"), max_length=12, choices=Method, blank=True, help_text="What the confirmation rests on."
    )
    confirmed_at = models.DateTimeField(_("Confirmed"), null=True, blank=True)
    added_at = models.DateTimeField(pgettext_lazy("date", "Added"), default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(_("Expires"), null=True, blank=True)
    revet_at = models.DateTimeField(_("Re-Vetting"), null=True, blank=True)
    no_reminders = models.BooleanField(default=False, help_text="Nothing is said about its end until it is there.")
    look_again_at = models.DateTimeField(null=True, help_text="When its DNS record is looked for again, near the end.")

    objects = DomainQuerySet.as_manager()

    class Meta:
        verbose_name = _("domain")
        verbose_name_plural = _("domains")
        constraints = [
            models.UniqueConstraint(fields=["profile", "name"], name="one_domain_a_profile"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="domain_status_known"),
        ]
        indexes = [
            models.Index(fields=["expires_at"], name="domains_by_end"),
            models.Index(fields=["revet_at"], name="domains_by_revetting"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("domains:details", args=[self.pk])

    @property
    def account_id(self) -> int:
        return self.profile.account_id

    @property
    def display_name(self) -> str:
        return names.display(self.name)

    @property
    def is_idn(self) -> bool:
        return names.is_idn(self.name)

    @property
    def is_expired(self) -> bool:
        """Whether the confirmation is past its end, whatever the status says yet."""
        return self.expires_at is not None and self.expires_at <= clock.now()

    def proof(self, rules_now: policy.Rules) -> policy.Method | None:
        """The method that the confirmation rests on, where it still counts by the rules; None where it does not.

        Source: BR 4.2.1 (how old evidence may be when a certificate is issued).
        """
        lifetime = timedelta(days=rules_now.domain_evidence_days(self.level))
        if not self.method or (self.confirmed_at and self.confirmed_at + lifetime <= rules_now.moment):
            return None
        return rules_now.method(self.method)


class Attempt(models.Model):
    """One attempt to confirm control: how, asked by whom, and what came of it. It outlives a domain that is deleted."""

    MOVES = ATTEMPT_MOVES
    EVENTS: ClassVar[dict[str, Any]] = {}

    domain = models.ForeignKey(Domain, on_delete=models.SET_NULL, null=True, related_name="attempts")
    profile = models.ForeignKey(OrganizationProfile, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=253)
    level = models.CharField(max_length=2, choices=Level)
    method = models.CharField(max_length=12, choices=Method)
    address = models.EmailField(blank=True)
    value = models.CharField(
        max_length=60, blank=True, help_text="The random value of a record or file; that of a mail is kept nowhere."
    )
    status = models.CharField(max_length=10, choices=Outcome, default=Outcome.WAITING)
    proved_by = models.CharField(
        max_length=12, choices=Method, blank=True, help_text="Where the vetting team finished: what proved control."
    )
    proved_at = models.DateTimeField(null=True)
    requester = models.ForeignKey(PERSON, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(null=True, help_text="Until when a link, record or file counts.")
    next_check_at = models.DateTimeField(
        null=True, help_text="When a worker looks next; empty where nothing is looked for."
    )
    tries = models.PositiveSmallIntegerField(default=0, help_text="How often it was looked for in vain, in a row.")

    objects = AttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("confirmation of control")
        verbose_name_plural = _("confirmations of control")
        indexes = [
            models.Index(fields=["profile", "name", "-created_at"], name="attempts_for_name"),
            models.Index(fields=["next_check_at"], name="attempts_to_check", condition=Q(status="waiting")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["domain"], condition=Q(status__in=["waiting", "proved"]), name="one_open_attempt_a_domain"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.method})"

    @property
    def account_id(self) -> int:
        return self.profile.account_id

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def is_by_mail(self) -> bool:
        return self.method in BY_MAIL

    @property
    def is_checked(self) -> bool:
        """Whether a worker looks for it until it is there."""
        return self.method in CHECKED

    @property
    def needs_vetting(self) -> bool:
        """Whether the vetting team finishes, however control is proved (D8)."""
        return self.method == Method.MANUAL or rules.needs_person(self.level, is_idn=names.is_idn(self.name))


class Check(models.Model):
    """A look for a record or a file: what was asked, of whom, and what came back. Kept as evidence (BR 5.4.1)."""

    class Verdict(models.TextChoices):
        FOUND = "found", _("Found")
        MISSING = "missing", _("Not found")
        FAILED = "failed", _("No answer that counts")

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="checks")
    at = models.DateTimeField(default=clock.now)
    question = models.CharField(max_length=400)
    asked = models.CharField(max_length=100, blank=True, help_text="The resolver, or the web server's address.")
    verdict = models.CharField(max_length=10, choices=Verdict)
    code = models.CharField(max_length=30, help_text="Why not, for the sentence that people read.")
    found = models.JSONField(default=list, help_text="What was there instead, shortened.")
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("check")
        verbose_name_plural = _("checks")

    def __str__(self) -> str:
        return f"{self.question}: {self.code}"


class Evidence(models.Model):
    """What the vetting team wrote down when it finished a confirmation by hand, perhaps with a file."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="evidence")
    source = models.CharField(_("Source"), max_length=200)
    note = models.TextField(_("Note"), blank=True)
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    name = models.CharField(max_length=150, blank=True, help_text="As the file was called by who sent it; for show.")
    content_type = models.CharField(max_length=20, blank=True)
    size = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    stored = models.CharField(max_length=60, blank=True, help_text="Where it lies below EVIDENCE_ROOT.")

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "evidence"

    def __str__(self) -> str:
        return self.name or self.source

    @property
    def file_name(self) -> str:
        """A name of our own making: nothing of what was sent gets into a header or onto a disk."""
        return f"domain-evidence-{self.pk}.{evidence.EXTENSIONS[self.content_type]}"


class ContactLookup(models.Model):
    """The contact addresses that DNS and WHOIS name for a domain, looked up by a worker, for the pages that offer them."""

    name = models.CharField(max_length=253, unique=True)
    asked_at = models.DateTimeField(default=clock.now, help_text="When it was asked for.")
    answered_at = models.DateTimeField(null=True)
    addresses = models.JSONField(default=list, help_text="Pairs of a method's key and an address.")
    trouble = models.JSONField(default=list, help_text="What could not be asked, and why.")

    def __str__(self) -> str:
        return self.name
