"""The verbs of organization profiles: the only code that changes their state."""

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.roles import Role
from profiles.models import Access, OrganizationProfile
from profiles.states import Status
from sslportal.kit import audit
from sslportal.kit.moves import Refused
from sslportal.kit.words import english

if TYPE_CHECKING:
    from accounts.models import Account, Administrator


class OnlyPrimary(Refused):
    """A profile would be left without a Primary Administrator."""


class NotWhilePending(Refused):
    """Access to a profile is not edited while the profile is Pending (C5)."""


@transaction.atomic
def add_profile(account: "Account", *, organization: dict[str, Any], by: "Administrator") -> OrganizationProfile:
    """Add a profile, Pending, for the vetting team; whoever asks for it becomes its Primary Administrator (B1).

    `organization` holds the fields of profiles.forms.OrganizationForm.
    """
    profile = OrganizationProfile.objects.create(account=account, status=Status.PENDING, **organization)
    Access.objects.create(profile=profile, administrator=by, role=Access.Role.PRIMARY)
    audit.record(profile, "add", by=by, after=profile.status)
    return profile


@transaction.atomic
def set_access(person: "Administrator", wanted: dict[int, str], *, by: "Administrator") -> None:
    """Give the person exactly these roles, by the number of the profile; other profiles are taken away.

    The account must be locked. Raises OnlyPrimary and NotWhilePending, each naming the profile.
    """
    has = {access.profile_id: access for access in person.accesses.select_related("profile")}
    for profile in person.account.profiles.order_by("name") if person.account else ():
        role, access = wanted.get(profile.pk), has.get(profile.pk)
        if (access.role if access else None) != role:
            _change(profile, person, access, role, by)


def _change(
    profile: OrganizationProfile, person: "Administrator", access: Access | None, role: str | None, by: "Administrator"
) -> None:
    if profile.status == Status.PENDING:
        raise NotWhilePending(
            _("The administrators of “%(profile)s” cannot be changed while the profile is Pending.")
            % {"profile": profile}
        )
    if access and access.role == Role.PRIMARY:
        _require_another_primary(profile, person)
    before = english(access.get_role_display()) if access else ""
    if role is None:
        profile.accesses.filter(administrator=person).delete()
    else:
        access, _is_new = Access.objects.update_or_create(
            profile=profile, administrator=person, defaults={"role": Access.Role(role)}
        )
    after = english(access.get_role_display()) if access and role else ""
    audit.record(profile, "access", by=by, changes={str(person): [before, after]})


def _require_another_primary(profile: OrganizationProfile, person: "Administrator") -> None:
    others = profile.accesses.filter(role=Role.PRIMARY, administrator__is_active=True).exclude(administrator=person)
    if not others.exists():
        raise OnlyPrimary(
            _(
                "%(person)s is the only Primary Administrator of “%(profile)s”. Make somebody else a Primary "
                "Administrator of it first."
            )
            % {"person": person.get_full_name(), "profile": profile}
        )


@transaction.atomic
def end_access(person: "Administrator", *, by: "Administrator") -> None:
    """Take every role away from somebody who is being deleted. Raises OnlyPrimary."""
    for access in person.accesses.select_related("profile"):
        if access.role == Role.PRIMARY:
            _require_another_primary(access.profile, person)
        before = english(access.get_role_display())
        access.delete()
        audit.record(access.profile, "access", by=by, changes={str(person): [before, ""]})
