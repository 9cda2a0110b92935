"""Managing the administrators of an account, and one's own data."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import account_notices, locking, notices
from accounts.actions.invitations import INVITATION, as_manager
from accounts.actions.passwords import RESET
from accounts.models import Account, Administrator
from accounts.roles import NAMES, Role
from accounts.states import SHOWN
from profiles.actions import end_access, set_access
from sslportal.kit import audit, edits, tokens
from sslportal.kit.models import Draft
from sslportal.kit.moves import Refused, lock, move
from sslportal.kit.words import english


class LastGlobal(Refused):
    """The account would be left without a Global Administrator."""


@transaction.atomic
def edit(
    person: Administrator, *, contact: dict[str, str], is_global: bool, access: dict[int, str], by: Administrator
) -> None:
    """Change contact information, role and access. Raises LastGlobal, or OnlyPrimary (profiles.actions)."""
    by = as_manager(by, person.account)
    person = lock(person)
    if person.status not in SHOWN:
        raise Refused(_("%(person)s has been deleted meanwhile.") % {"person": person})
    if person.is_global and not is_global:
        _require_another_global(person)
    role_before = role_word(person)
    changes = edits.write(person, contact)
    person.is_global = is_global
    person.save(update_fields=["is_global"])
    if role_word(person) != role_before:
        changes[gettext_noop("Administrator Role")] = [role_before, role_word(person)]
    set_access(person, access, by=by)
    if changes:
        audit.record(person, "edit", by=by, changes=changes)
    if role_word(person) != role_before:
        account_notices.role_changed(person, by)


def role_word(person: Administrator) -> str:
    """The person's role in the account, as the history keeps it."""
    return english(NAMES[Role.GLOBAL]) if person.is_global else gettext_noop("Certificate Administrator")


@transaction.atomic
def update_own_contact(person: Administrator, contact: dict[str, str]) -> None:
    """Change one's own contact information (B7)."""
    changes = edits.write(person, contact)
    if changes:
        audit.record(person, "edit", by=person, changes=changes)


@transaction.atomic
def remove(person: Administrator, *, by: Administrator) -> None:
    """Delete an administrator. The row stays for the history, the address is free again.

    Raises Refused for oneself, LastGlobal, or OnlyPrimary (profiles.actions).
    """
    by = as_manager(by, person.account)
    person = lock(person)
    if person.pk == by.pk:
        raise Refused(_("You cannot delete yourself. Ask another Global Administrator."))
    if person.is_global:
        _require_another_global(person)
    end_access(person, by=by)
    move(person, "remove", by=by)
    _forget(person)
    notices.removed(person)
    account_notices.removed(person, by)


@transaction.atomic
def dismiss_vetter(person: Administrator, *, by: Any) -> None:
    """Take a member of the vetting team out. The operator's deed: no page leads here."""
    person = lock(person)
    if not person.is_vetter:
        raise Refused(_("%(person)s is not a member of the vetting team.") % {"person": person})
    move(person, "remove", by=by)
    _forget(person)
    notices.dismissed(person)


def _require_another_global(person: Administrator) -> None:
    others = Administrator.objects.active_globals().filter(account=person.account_id).exclude(pk=person.pk)
    if not others.exists():
        raise LastGlobal(
            _("%(person)s is the only Global Administrator of the account. Make somebody else one first.")
            % {"person": person.get_full_name()}
        )


def _forget(person: Administrator) -> None:
    """Nothing of the person leads in any more: password, factors, links, drafts. Sessions of removed people are none."""
    person.set_unusable_password()
    person.save(update_fields=["password"])
    Authenticator.objects.filter(user=person).delete()
    Draft.objects.filter(owner=person).delete()
    for purpose in (INVITATION, RESET):
        tokens.withdraw(purpose, person.pk)


@transaction.atomic
def unlock(person: Administrator, *, by: Administrator) -> None:
    """Let somebody in again who is locked after too many wrong passwords."""
    as_manager(by, person.account)
    locking.forget_tries(person.email)
    audit.record(person, "unlock", by=by)


@transaction.atomic
def update_account(account: Account, *, by: Administrator, **values: Any) -> None:
    """Change the account's time zone, or whether it requires a second factor."""
    as_manager(by, account)
    account = lock(account)
    was_required = account.requires_second_factor
    changes = edits.write(account, values)
    if changes:
        audit.record(account, "edit", by=by, changes=changes)
    if account.requires_second_factor != was_required:
        account_notices.second_factor_changed(account, by)
