"""The verbs of organization profiles: the only code that changes their state."""

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.roles import Role
from profiles import notices, rules
from profiles.models import Access, OrganizationProfile
from profiles.states import Status
from profiles.vetting.actions import open_case
from sslportal.kit import audit, edits
from sslportal.kit.moves import Refused, lock, require
from sslportal.kit.words import english

if TYPE_CHECKING:
    from accounts.models import Account, Administrator


class OnlyPrimary(Refused):
    """A profile would be left without a Primary Administrator."""


class NotWhilePending(Refused):
    """Access to a profile is not edited while the profile is Pending (C5)."""


@transaction.atomic
def add_profile(
    account: "Account",
    *,
    organization: dict[str, Any],
    by: "Administrator",
    settings: dict[str, Any] | None = None,
    access: dict[int, str] | None = None,
) -> OrganizationProfile:
    """Add a profile, Pending, for the vetting team; whoever asks for it becomes its Primary Administrator (B1).

    `organization` and `settings` hold the fields of the forms of these names, `access` roles by the number of the
    administrator. Raises PermissionDenied for somebody who may not add profiles to the account.
    """
    lock(account)
    by = by.as_now()
    require(rules.may_add(by) and by.account_id == account.pk)
    _require_free(account, organization["name"])
    profile = OrganizationProfile.objects.create(
        account=account, status=Status.PENDING, requester=by, **organization, **(settings or {})
    )
    roles = {**(access or {}), by.pk: Access.Role.PRIMARY.value}
    for person in account.administrators.visible_to(by).filter(pk__in=roles):
        Access.objects.create(profile=profile, administrator=person, role=roles[person.pk])
    audit.record(profile, "add", by=by, after=profile.status)
    open_case(profile, profile.level)
    notices.added(profile, by)
    return profile


class NameTaken(Refused):
    """Another profile of the account has the name."""


def _require_free(account: "Account", name: str, but: OrganizationProfile | None = None) -> None:
    others = account.profiles.exclude(pk=but.pk) if but else account.profiles.all()
    if others.filter(name__iexact=name).exists():
        raise NameTaken(_("You have a profile of this name already: choose another name."))


@transaction.atomic
def edit_profile(
    profile: OrganizationProfile,
    *,
    settings: dict[str, Any],
    access: dict[int, str | None],
    by: "Administrator",
) -> None:
    """Change the friendly name, policies, notifications, and the roles of those who are named in `access`.

    Raises OnlyPrimary where nobody who can sign in would be a Primary Administrator, NotWhilePending for access to a
    profile that is Pending, PermissionDenied for somebody who may not edit the profile.
    """
    lock(profile.account)
    by = by.as_now()
    require(rules.may_edit(by, profile))
    profile = lock(profile)
    _require_free(profile.account, settings["name"], but=profile)
    changes = edits.write(profile, settings)
    if changes:
        audit.record(profile, "edit", by=by, changes=changes)
    _give(profile, access, by)


def _give(profile: OrganizationProfile, changes: dict[int, str | None], by: "Administrator") -> None:
    """Give these roles in the profile, by the number of the administrator; None takes the role away."""
    has = {access.administrator_id: access for access in profile.accesses.select_related("administrator")}
    wanted = {**{pk: access.role for pk, access in has.items()}, **changes}
    people = list(profile.account.administrators.visible_to(by).order_by("email"))
    changed = [one for one in people if (has[one.pk].role if one.pk in has else None) != wanted.get(one.pk)]
    if not changed:
        return
    _refuse_while_pending(profile)
    if not any(one.is_active and wanted.get(one.pk) == Role.PRIMARY for one in people):
        raise OnlyPrimary(_("A profile needs at least one Primary Administrator who can sign in."))
    for person in changed:
        _set_role(profile, person, has.get(person.pk), wanted.get(person.pk), by)


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
    _refuse_while_pending(profile)
    if access and access.role == Role.PRIMARY:
        _require_another_primary(profile, person)
    _set_role(profile, person, access, role, by)


def _refuse_while_pending(profile: OrganizationProfile) -> None:
    if profile.status == Status.PENDING:
        raise NotWhilePending(
            _("The administrators of “%(profile)s” cannot be changed while the profile is Pending.")
            % {"profile": profile}
        )


def _set_role(
    profile: OrganizationProfile, person: "Administrator", access: Access | None, role: str | None, by: "Administrator"
) -> None:
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
        _set_role(access.profile, person, access, None, by)
