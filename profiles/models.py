"""An organization profile and who has which role in it."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from accounts.roles import NAMES, Role
from profiles.queries import ProfileQuerySet
from profiles.states import BADGES, EVENTS, MOVES, Level, Status
from sslportal.kit import clock


def default_expiry_days() -> list[int]:
    return [90, 30, 7]


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

    ev_expires_at = models.DateTimeField(_("EV expires"), null=True, blank=True)
    requester = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.TextField(
        blank=True, help_text="Why it was declined or suspended, or its upgrade refused, for the customer."
    )

    # The EV part of a certificate's subject (EVG 7.1.4.2), known once the profile is vetted to EV
    business_category = models.CharField(max_length=40, blank=True)
    jurisdiction_country = models.CharField(max_length=2, blank=True)
    jurisdiction_state = models.CharField(max_length=128, blank=True)
    jurisdiction_locality = models.CharField(max_length=128, blank=True)
    registration_number = models.CharField(max_length=64, blank=True)

    standard_may_approve = models.BooleanField(
        _("Allow Standard Administrators to approve certificate requests"), default=False
    )
    standard_may_revoke = models.BooleanField(
        _("Allow Standard Administrators to revoke certificates or set certificates as unused"), default=False
    )
    in_request_portal = models.BooleanField(
        _("Make this profile available in the certificate request portal"), default=False
    )
    informs_primaries = models.BooleanField(
        _("Include the Primary Administrators on all informational notifications"), default=True
    )
    expiry_days = models.JSONField(_("Certificate Notifications"), default=default_expiry_days)
    certificate_recipients = models.JSONField(_("Further recipients of certificate notifications"), default=list)
    copies_approver = models.BooleanField(
        _("Copy certificate request approver on certificate notifications"), default=False
    )
    domain_recipients = models.JSONField(_("Domain Notifications"), default=list)
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
            models.UniqueConstraint("account", Lower("name"), name="one_profile_a_name"),
            models.CheckConstraint(condition=models.Q(status__in=Status.values), name="profile_status_known"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("profiles:edit", args=[self.pk])

    @property
    def organization_here(self) -> str:
        """The organization's name in the language in use now: in Japanese the Japanese one, where there is one."""
        return self.organization_ja if get_language() == "ja" and self.organization_ja else self.organization

    @property
    def first_end(self) -> datetime:
        """When the first of the vettings that hold ends: of an EV profile, mostly the EV vetting."""
        ends = [end for end in (self.expires_at, self.ev_expires_at if self.level == Level.EV else None) if end]
        return min(ends)

    def why_no_orders(self) -> str:
        """Why no certificates can be requested for it now, with the date or the vetting team's reason; empty where they can."""
        words = {"profile": self.name, "reason": self.reason, "day": _day(self.expires_at, self.account)}
        match self.status:
            case Status.PENDING:
                return gettext("“%(profile)s” is Pending: the vetting team has not approved it yet.") % words
            case Status.SUSPENDED:
                return gettext("“%(profile)s” is Suspended. The reason: %(reason)s") % words
            case Status.EXPIRED:
                return gettext("“%(profile)s” is Expired: its vetting ended on %(day)s.") % words
            case Status.DECLINED:
                return gettext("“%(profile)s” was Declined. The reason: %(reason)s") % words
        return ""

    @property
    def takes_ev_request(self) -> bool:
        """Whether an upgrade to EV may be asked for now (C9)."""
        return self.level == Level.OV and self.status == Status.READY


def _day(moment: datetime | None, account: Account) -> str:
    return date_format(moment.astimezone(account.zone), "DATE_FORMAT") if moment else "—"


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


class Contact(models.Model):
    """A person with whom the EV vetting speaks, and their place of business."""

    first_name = models.CharField(_("First Name"), max_length=60)
    last_name = models.CharField(_("Last Name"), max_length=60)
    job_title = models.CharField(_("Job Title"), max_length=100)
    email = models.EmailField(_("Email"), max_length=254)
    phone = models.CharField(_("Phone Number"), max_length=40)
    address1 = models.CharField(_("Address 1"), max_length=200)
    address2 = models.CharField(_("Address 2"), max_length=200, blank=True)
    locality = models.CharField(_("City/Locality"), max_length=128)
    state = models.CharField(_("State"), max_length=128)
    postal_code = models.CharField(_("Zip/Postal Code"), max_length=20)
    country = models.CharField(_("Country"), max_length=2)

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name} <{self.email}>"


class EvRequest(models.Model):
    """A request to upgrade a profile to EV: who approves requests, who signs, and what the signer answered (C9)."""

    class Status(models.TextChoices):
        SIGNING = "signing", _("Waiting for the contract signer")
        VETTING = "vetting", _("Waiting for the vetting team")
        APPROVED = "approved", _("Approved")
        DECLINED = "declined", _("Declined")
        CANCELED = "canceled", _("Canceled")

    OPEN = (Status.SIGNING, Status.VETTING)

    profile = models.ForeignKey(OrganizationProfile, on_delete=models.PROTECT, related_name="ev_requests")
    requester = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    approver = models.OneToOneField(Contact, on_delete=models.PROTECT, related_name="+")
    signer = models.OneToOneField(Contact, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=Status, default=Status.SIGNING)
    submission = models.UUIDField(unique=True, help_text="The draft that it was made of: one draft makes one request.")
    requested_at = models.DateTimeField(default=clock.now)
    answered_at = models.DateTimeField(null=True)
    answered_from = models.CharField(max_length=45, blank=True)
    terms_version = models.CharField(max_length=20, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["profile"], condition=models.Q(status__in=["signing", "vetting"]), name="one_open_ev_request"
            )
        ]

    def __str__(self) -> str:
        return f"EV for {self.profile}"


from profiles.notifications.models import Notice, NoticeOpening, NoticesRead, Unsubscribed  # noqa: E402, F401
from profiles.vetting.models import Check, Evidence, VettingCase  # noqa: E402, F401  # so that Django finds them
