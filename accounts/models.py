"""A customer account and the people who sign in: its administrators, and the operator's vetting team."""

import zoneinfo
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from accounts import roles
from accounts.roles import Role
from sslportal.kit import clock


class Account(models.Model):
    """A customer."""

    name = models.CharField(_("Company"), max_length=200)
    time_zone = models.CharField(_("Time Zone"), max_length=60, default="UTC")
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)


class AdministratorManager(BaseUserManager["Administrator"]):
    """Finds people by their address, whatever its case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Administrator":
        person = self.model(email=email.strip().lower(), **fields)
        person.set_password(password)
        person.full_clean(exclude=["password"])
        person.save()
        return person

    def get_by_natural_key(self, email: str | None) -> "Administrator":
        return self.get(email__iexact=email)


class Administrator(AbstractBaseUser):
    """A person who signs in. Without an account it is one of the vetting team, or nobody."""

    email = models.EmailField(_("Email"), max_length=254, unique=True)
    first_name = models.CharField(_("First Name"), max_length=60)
    last_name = models.CharField(_("Last Name"), max_length=60)
    job_title = models.CharField(_("Job Title"), max_length=100, blank=True)
    phone = models.CharField(_("Phone Number"), max_length=40, blank=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="administrators")
    is_global = models.BooleanField(_("Global Administrator"), default=False)
    is_vetter = models.BooleanField(_("Vetting Team"), default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now)

    USERNAME_FIELD = "email"
    objects = AdministratorManager()

    class Meta:
        verbose_name = _("administrator")
        verbose_name_plural = _("administrators")
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="address_in_lower_case"),
            models.CheckConstraint(
                condition=models.Q(account=None) | models.Q(is_vetter=False), name="vetters_have_no_account"
            ),
        ]

    def __str__(self) -> str:
        return self.email

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
