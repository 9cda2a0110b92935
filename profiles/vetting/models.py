"""A case of the vetting team, what was checked for it, and the evidence."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from profiles.states import Level
from profiles.vetting import evidence
from profiles.vetting.queries import CaseQuerySet, CheckQuerySet
from profiles.vetting.states import MOVES, Status
from sslportal.kit import clock

PERSON = settings.AUTH_USER_MODEL


class VettingCase(models.Model):
    """One vetting of a profile to a level, from its opening to the decision. A profile has at most one open case."""

    MOVES = MOVES

    profile = models.ForeignKey("profiles.OrganizationProfile", on_delete=models.PROTECT, related_name="cases")
    level = models.CharField(_("Type"), max_length=2, choices=Level)
    is_revetting = models.BooleanField(default=False)
    status = models.CharField(_("Status"), max_length=10, choices=Status, default=Status.OPEN)
    taken_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    first_approver = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    first_approved_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("vetting case")
        verbose_name_plural = _("vetting cases")
        constraints = [
            models.UniqueConstraint(fields=["profile"], condition=Q(status="open"), name="one_open_case_a_profile"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="vetting_case_status_known"),
            models.CheckConstraint(
                condition=Q(first_approver=None, first_approved_at=None)
                | Q(first_approver__isnull=False, first_approved_at__isnull=False),
                name="first_approval_has_its_moment",
            ),
        ]

    def __str__(self) -> str:
        return str(self.profile)


class Check(models.Model):
    """What a vetter found out about one item of the checklist. The newest of a key counts, older ones are history."""

    WORDS: ClassVar[dict[str, Any]] = {
        "business_category": _("Business category"),
        "jurisdiction_country": _("Country of registration"),
        "jurisdiction_state": _("State of registration"),
        "jurisdiction_locality": _("City of registration"),
        "registration_number": _("Registration number"),
    }

    case = models.ForeignKey(VettingCase, on_delete=models.PROTECT, related_name="checks")
    key = models.CharField(max_length=20)
    source = models.CharField(_("Source"), max_length=200)
    checked_on = models.DateField(_("Date checked"))
    note = models.TextField(_("Note"), blank=True)
    data: models.JSONField = models.JSONField(default=dict, help_text="What was found: fields of the profile.")
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = CheckQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.key} of {self.case}"

    @property
    def found(self) -> list[tuple[str, str]]:
        """The fields of the profile that were found out, with their words; none that is empty."""
        return [(str(word), self.data[name]) for name, word in self.WORDS.items() if self.data.get(name)]


class Evidence(models.Model):
    """What proves a check: a file in the store of evidence, or the address of a public record."""

    check_of = models.ForeignKey(Check, on_delete=models.PROTECT, related_name="evidence")
    link = models.URLField(max_length=500, blank=True)
    name = models.CharField(
        max_length=150, blank=True, help_text="As the file was called by who sent it; for show only."
    )
    content_type = models.CharField(max_length=20, blank=True, choices=[(one, one) for one in evidence.EXTENSIONS])
    size = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    stored = models.CharField(max_length=60, blank=True, help_text="Where it lies below EVIDENCE_ROOT.")

    class Meta:
        verbose_name_plural = "evidence"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(link="") & ~Q(stored="")) | (~Q(link="") & Q(stored="")), name="evidence_is_file_or_link"
            ),
        ]

    def __str__(self) -> str:
        return self.link or self.name

    @property
    def file_name(self) -> str:
        """A name of our own making: nothing of what was sent gets into a header or onto a disk."""
        return f"evidence-{self.pk}.{evidence.EXTENSIONS[self.content_type]}"
