"""What is asked of organization profiles."""

from typing import TYPE_CHECKING, Self

from django.db import models

from accounts.roles import Role
from profiles import rules
from profiles.states import TAKES_ORDERS

if TYPE_CHECKING:
    from accounts.models import Administrator
    from profiles.models import OrganizationProfile


class ProfileQuerySet(models.QuerySet):
    """Organization profiles."""

    def visible_to(self, person: "Administrator") -> Self:
        """Those that the person may see: all of the account for a Global Administrator, else those with a role in them."""
        return self.filter(rules.seen_by(person)).distinct()

    def refusing_orders_of(self, person: "Administrator") -> Self:
        """Those in which the person has a role, and for which nobody can request certificates now."""
        return self.filter(accesses__administrator=person).exclude(status__in=TAKES_ORDERS).distinct()

    def orderable_by(self, person: "Administrator") -> Self:
        """Those that the person may request certificates for now."""
        return self.filter(accesses__administrator=person, status__in=TAKES_ORDERS).distinct()


def primary_addresses(profile: "OrganizationProfile") -> list[str]:
    """The mail addresses of the profile's Primary Administrators who can sign in."""
    primaries = profile.accesses.filter(role=Role.PRIMARY, administrator__is_active=True)
    return list(primaries.values_list("administrator__email", flat=True))
