"""Who may do what with a domain."""

from typing import TYPE_CHECKING

from django.db.models import Q

from profiles import rules as profile_rules

if TYPE_CHECKING:
    from accounts.models import Administrator
    from domains.models import Domain
    from profiles.models import OrganizationProfile


def may_view(person: "Administrator", domain: "Domain") -> bool:
    """People with a role in the domain's profile."""
    return profile_rules.role_in(domain.profile, person) is not None


def seen_by(person: "Administrator") -> Q:
    """The same as may_view, for a query."""
    return Q(profile__accesses__administrator=person.pk, profile__account=person.account_id)


def may_add(person: "Administrator", profile: "OrganizationProfile") -> bool:
    return profile_rules.holds(person, "domains.manage", profile)


def may_vet(person: "Administrator") -> bool:
    return person.may("vetting.decide")


def needs_person(level: str, *, is_idn: bool) -> bool:
    """EV domains and internationalized names are confirmed by the vetting team (D8)."""
    return level == "EV" or is_idn
