"""Customer accounts, what they subscribed to, and who signs in: administrators, and the operator's vetting team."""

import zoneinfo
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from accounts import roles, states
from accounts.queries import AdministratorQuerySet, SubscriptionQuerySet
from accounts.roles import Role
from accounts.states import Status
from sslportal.kit import clock
from sslportal.kit.models import Draft


class Account(models.Model):
    """A customer."""

    MOVES: dict[str, Any] = {}
    EVENTS = states.ACCOUNT_EVENTS

    name = models.CharField(_("Company"), max_length=200)
    time_zone = models.CharField(_("Time Zone"), max_length=60, default="UTC")
    requires_second_factor = models.BooleanField(_("Require a second factor of every administrator"), default=False)
    created_at = models.DateTimeField(_("Customer since"), default=clock.now)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

    def __str__(self) -> str:
        return self.name

    @property
    def account_id(self) -> int:
        """Whose history tells of it: its own."""
        return self.pk

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)


class Subscription(models.Model):
    """What a customer bought: how many unique domains, from when to when."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="subscriptions")
    product = models.CharField(_("Product"), max_length=100)
    domains = models.PositiveIntegerField(_("Unique domains"))
    starts_on = models.DateField(_("Starts"))
    ends_on = models.DateField(_("Ends"))
    created_at = models.DateTimeField(default=clock.now)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ["starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=models.F("starts_on")), name="subscription_ends_after_start"
            )
        ]

    def __str__(self) -> str:
        return f"{self.product} ({self.domains})"


class AdministratorManager(BaseUserManager["Administrator"].from_queryset(AdministratorQuerySet)):  # type: ignore[misc]
    """Finds people by their address, whatever its case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Administrator":
        person = self.model(email=email.strip().lower(), **{"status": Status.ACTIVE, **fields})
        person.set_password(password)
        person.full_clean(exclude=["password"])
        person.save()
        return person

    def get_by_natural_key(self, email: str | None) -> "Administrator":
        return self.get(email__iexact=email, is_active=True)


class Administrator(AbstractBaseUser):
    """A person who signs in. Without an account it is one of the vetting team, or nobody."""

    BADGES, MOVES, EVENTS = states.BADGES, states.MOVES, states.EVENTS

    email = models.EmailField(_("Email"), max_length=254)
    first_name = models.CharField(_("First Name"), max_length=60)
    last_name = models.CharField(_("Last Name"), max_length=60)
    job_title = models.CharField(_("Job Title"), max_length=100, blank=True)
    phone = models.CharField(_("Phone Number"), max_length=40, blank=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="administrators")
    is_global = models.BooleanField(_("Global Administrator"), default=False)
    is_vetter = models.BooleanField(_("Vetting Team"), default=False)
    status = models.CharField(_("Status"), max_length=10, choices=Status, default=Status.PENDING)
    is_active = models.GeneratedField(
        expression=Q(status=Status.ACTIVE.value),  # type: ignore[arg-type]  # the stubs know expressions only
        output_field=models.BooleanField(),
        db_persist=True,
    )
    language = models.CharField(
        _("Language"), max_length=2, choices=settings.LANGUAGES, default="en", help_text="Of mail."
    )
    page_language = models.CharField(
        _("Language of the pages"),
        max_length=2,
        choices=settings.LANGUAGES,
        blank=True,
        help_text="Else the browser's.",
    )
    shows_introduction = models.BooleanField(default=True)
    terms_version = models.CharField(max_length=20, blank=True)
    terms_accepted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    USERNAME_FIELD = "email"
    objects = AdministratorManager()

    class Meta:
        verbose_name = _("administrator")
        verbose_name_plural = _("administrators")
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="address_in_lower_case"),
            models.CheckConstraint(condition=Q(account=None) | Q(is_vetter=False), name="vetters_have_no_account"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="administrator_status_known"),
            models.UniqueConstraint(
                fields=["email"], condition=~Q(status=Status.REMOVED.value), name="one_person_an_address"
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def own_account(self) -> Account:
        """The account of somebody who has one: asked only of administrators, never of the vetting team."""
        assert self.account  # noqa: S101
        return self.account

    def as_now(self) -> "Administrator":
        """The same person with the roles and the status of this moment, which may have changed since the request began."""
        return Administrator.objects.get(pk=self.pk)

    def get_absolute_url(self) -> str:
        return reverse("accounts:administrator", args=[self.pk])

    def get_full_name(self) -> str:
        """First name first, or last, as the language in use now has it."""
        return pgettext("full name", "%(first)s %(last)s") % {"first": self.first_name, "last": self.last_name}

    @property
    def is_staff(self) -> bool:
        """What Django admin asks before it lets anyone in."""
        return self.is_active and self.is_vetter

    @cached_property
    def roles(self) -> frozenset[str]:
        """Every role that the person has, in any profile."""
        own = {
            Role.VETTER: self.is_vetter,
            Role.MEMBER: self.account_id is not None,
            Role.GLOBAL: self.is_global,
        }
        in_profiles: Iterable[str] = self.accesses.values_list("role", flat=True) if self.account_id else ()
        return frozenset(role for role, has in own.items() if has) | frozenset(in_profiles)

    def may(self, grant: str) -> bool:
        """Whether any role of the person carries the grant; what it may be used on, the apps' rules say."""
        return self.is_active and any(roles.grants(role, grant) for role in self.roles)

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Django's own permissions are used nowhere; the vetting desk asks `may`."""
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return self.may("vetting.decide")


class Activation(models.Model):
    """An account that the operator has activated: who shall set it up, and what was typed for that so far."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE)
    draft = models.OneToOneField(Draft, on_delete=models.SET_NULL, null=True)
    email = models.EmailField(max_length=254)
    other_email = models.EmailField(
        max_length=254, blank=True, help_text="The user ID that the person asked for instead."
    )
    language = models.CharField(max_length=2, choices=settings.LANGUAGES, default="en")
    created_at = models.DateTimeField(default=clock.now)
    completed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.account} by {self.email}"


from accounts.sso.models import SignOnProvider as SignOnProvider  # noqa: E402  # its module belongs to this app
from accounts.webhooks.models import Webhook as Webhook  # noqa: E402  # and so does this
