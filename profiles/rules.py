"""Who may do what with an organization profile, and with what belongs to it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import Q

from accounts import roles

if TYPE_CHECKING:
    from accounts.models import Administrator
    from profiles.models import OrganizationProfile

# Grants that a profile's policy adds to its Standard Administrators, by the profile's field
STANDARD_BY_POLICY = {"orders.approve": "standard_may_approve", "orders.revoke": "standard_may_revoke"}


def role_in(profile: "OrganizationProfile", person: "Administrator") -> str | None:
    """The person's role in the profile; None without one."""
    if profile.account_id != person.account_id:
        return None
    access = profile.accesses.filter(administrator=person).first()
    return access.role if access else None


def holds(person: "Administrator", grant: str, profile: "OrganizationProfile") -> bool:
    """Whether the person's role in the profile carries the grant, be it by the table or by the profile's policy."""
    role = role_in(profile, person)
    if role is None or not person.is_active:
        return False
    by_policy = role == roles.Role.STANDARD and grant in STANDARD_BY_POLICY
    return roles.grants(role, grant) or (by_policy and getattr(profile, STANDARD_BY_POLICY[grant]))


def may_view(person: "Administrator", profile: "OrganizationProfile") -> bool:
    """A Global Administrator sees every profile of the account, others those in which they have a role."""
    is_global_here = person.is_global and profile.account_id == person.account_id
    return is_global_here or role_in(profile, person) is not None


def seen_by(person: "Administrator") -> Q:
    """The same as may_view, for a query."""
    ours = Q(account_id=person.account_id) if person.account_id else Q(pk__in=[])
    return ours if person.is_global else ours & Q(accesses__administrator=person)


def may_edit(person: "Administrator", profile: "OrganizationProfile") -> bool:
    """Global Administrators and the profile's Primary Administrators edit what C8 allows, and upgrade to EV."""
    is_global_here = person.account_id == profile.account_id and person.may("profiles.add")
    return is_global_here or holds(person, "profiles.edit", profile)


def editable_among(person: "Administrator", profiles: Iterable["OrganizationProfile"]) -> set[int]:
    """Those of the profiles that the person may edit, by their numbers; the same as may_edit, in one query."""
    if person.may("profiles.add"):
        return {profile.pk for profile in profiles if profile.account_id == person.account_id}
    granting = [role for role in (roles.Role.PRIMARY, roles.Role.STANDARD) if roles.grants(role, "profiles.edit")]
    ours = person.accesses.filter(role__in=granting, profile__account=person.account_id)
    return set(ours.values_list("profile_id", flat=True)) & {profile.pk for profile in profiles}


def may_add(person: "Administrator") -> bool:
    return person.account_id is not None and person.may("profiles.add")


def may_vet(person: "Administrator") -> bool:
    return person.may("vetting.decide")
