"""A domain of an organization profile, and the attempts to confirm that the organization controls it."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Account
from domains.queries import DomainQuerySet
from domains.states import ATTEMPT_MOVES, BADGES, EVENTS, MOVES, Method, Outcome, Status
from profiles.models import OrganizationProfile
from profiles.states import Level
from sslportal.kit import clock, names


class Domain(models.Model):
    """A registrable domain or one below it, for one profile. A confirmed one covers itself and every name below (D14)."""

    MOVES, EVENTS, BADGES = MOVES, EVENTS, BADGES

    profile = models.ForeignKey(OrganizationProfile, on_delete=models.PROTECT, related_name="domains")
    name = models.CharField(_("Domain Name"), max_length=253, help_text="The A-label form, in lower case.")
    level = models.CharField(_("Type"), max_length=2, choices=Level, default=Level.OV)
    status = models.CharField(_("Status"), max_length=12, choices=Status, default=Status.PENDING)
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("Requester")
    )
    decline_reason = models.TextField(_("Reason for declining"), blank=True)
    added_at = models.DateTimeField(pgettext_lazy("date", "Added"), default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(_("Expires"), null=True, blank=True)
    revet_at = models.DateTimeField(_("Re-Vetting"), null=True, blank=True)

    objects = DomainQuerySet.as_manager()

    class Meta:
        verbose_name = _("domain")
        verbose_name_plural = _("domains")
        constraints = [
            models.UniqueConstraint(fields=["profile", "name"], name="one_domain_a_profile"),
            models.CheckConstraint(condition=models.Q(status__in=Status.values), name="domain_status_known"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("domains:details", args=[self.pk])

    @classmethod
    def count_unique(cls, account: Account) -> int:
        """How many names count against the account's subscriptions: each once, however many profiles have it (D16)."""
        ours = cls.objects.counted().filter(profile__account=account)
        return ours.aggregate(count=models.Count("name", distinct=True))["count"]

    @property
    def account_id(self) -> int:
        return self.profile.account_id

    @property
    def display_name(self) -> str:
        return names.display(self.name)


class Attempt(models.Model):
    """One attempt to confirm control: how, asked by whom, and what came of it. It outlives a domain that is deleted."""

    MOVES = ATTEMPT_MOVES
    EVENTS: ClassVar[dict[str, Any]] = {}

    domain = models.ForeignKey(Domain, on_delete=models.SET_NULL, null=True, related_name="attempts")
    profile = models.ForeignKey(OrganizationProfile, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=253)
    level = models.CharField(max_length=2, choices=Level)
    method = models.CharField(max_length=10, choices=Method)
    address = models.EmailField(blank=True)
    status = models.CharField(max_length=10, choices=Outcome, default=Outcome.WAITING)
    requester = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("confirmation of control")
        verbose_name_plural = _("confirmations of control")
        indexes = [models.Index(fields=["profile", "name", "-created_at"], name="attempts_for_name")]

    def __str__(self) -> str:
        return f"{self.name} ({self.method})"

    @property
    def account_id(self) -> int:
        return self.profile.account_id
