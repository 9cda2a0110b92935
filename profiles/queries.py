"""What is asked of organization profiles."""

from typing import TYPE_CHECKING, Self

from django.db import models

from accounts.roles import Role
from profiles import rules
from profiles.states import TAKES_ORDERS

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import Account, Administrator
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
    accesses = profile.accesses.all()
    if "accesses" not in getattr(profile, "_prefetched_objects_cache", {}):
        accesses = accesses.select_related("administrator")
    people = [access.administrator for access in accesses if access.role == Role.PRIMARY]
    return [person.email for person in people if person.is_active]


def with_people(account: "Account") -> "QuerySet[OrganizationProfile]":
    """The account's profiles, with who has which role in them, for notices about many things of few profiles."""
    return account.profiles.select_related("account").prefetch_related("accesses__administrator")
