"""An organization profile and who has which role in it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from accounts.roles import NAMES, Role
from profiles.queries import ProfileQuerySet
from profiles.states import BADGES, EVENTS, MOVES, Level, Status
from sslportal.kit import clock


class OrganizationProfile(models.Model):
    """One organization of an account, vetted to OV or EV; certificates carry its vetted data."""

    BADGES, MOVES, EVENTS = BADGES, MOVES, EVENTS

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="profiles")
    name = models.CharField(_("Profile Name"), max_length=100)
    organization = models.CharField(_("Organization Name"), max_length=64)
    organization_ja = models.CharField(_("Japanese Organization Name"), max_length=64, blank=True)
    address1 = models.CharField(_("Address 1"), max_length=200)
    address2 = models.CharField(_("Address 2"), max_length=200, blank=True)
    locality = models.CharField(_("City/Locality"), max_length=128)
    state = models.CharField(_("State"), max_length=128)
    postal_code = models.CharField(_("Zip/Postal Code"), max_length=20)
    country = models.CharField(_("Country"), max_length=2)
    phone = models.CharField(_("Phone Number"), max_length=40)
    fax = models.CharField(_("Fax Number"), max_length=40, blank=True)

    level = models.CharField(_("Type"), max_length=2, choices=Level, default=Level.OV)
    status = models.CharField(_("Status"), max_length=12, choices=Status, default=Status.PENDING)
    expires_at = models.DateTimeField(_("Expires"), null=True, blank=True)
    revet_at = models.DateTimeField(_("Re-Vetting"), null=True, blank=True)

    # The EV part of a certificate's subject (EVG 7.1.4.2), known once the profile is vetted to EV
    business_category = models.CharField(max_length=40, blank=True)
    jurisdiction_country = models.CharField(max_length=2, blank=True)
    jurisdiction_state = models.CharField(max_length=128, blank=True)
    jurisdiction_locality = models.CharField(max_length=128, blank=True)
    registration_number = models.CharField(max_length=64, blank=True)

    standard_may_approve = models.BooleanField(
        _("Allow Standard Administrators to approve certificate requests"), default=False
    )
    language = models.CharField(
        _("Language to use for notifications"), max_length=2, choices=settings.LANGUAGES, default="en"
    )
    created_at = models.DateTimeField(_("Created"), default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    objects = ProfileQuerySet.as_manager()

    class Meta:
        verbose_name = _("organization profile")
        verbose_name_plural = _("organization profiles")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["account", "name"], name="one_profile_a_name"),
            models.CheckConstraint(condition=models.Q(status__in=Status.values), name="profile_status_known"),
        ]

    def __str__(self) -> str:
        return self.name


class Access(models.Model):
    """A person's role in a profile."""

    class Role(models.TextChoices):
        PRIMARY = Role.PRIMARY.value, NAMES[Role.PRIMARY]
        STANDARD = Role.STANDARD.value, NAMES[Role.STANDARD]

    profile = models.ForeignKey(OrganizationProfile, on_delete=models.CASCADE, related_name="accesses")
    administrator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="accesses")
    role = models.CharField(max_length=10, choices=Role)

    class Meta:
        verbose_name_plural = "accesses"
        constraints = [models.UniqueConstraint(fields=["profile", "administrator"], name="one_role_a_profile")]

    def __str__(self) -> str:
        return f"{self.administrator} in {self.profile}: {self.role}"
