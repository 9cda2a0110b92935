"""Becoming an administrator: the invitation, and accepting it."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import account_notices, notices, rules
from accounts.models import Administrator
from accounts.states import Status
from accounts.terms import VERSION
from profiles.actions import set_access
from sslportal.kit import audit, clock, tokens
from sslportal.kit.models import Link
from sslportal.kit.moves import Refused, lock, move, require

if TYPE_CHECKING:
    from accounts.models import Account

INVITATION = "invitation"
LIFETIME = timedelta(days=7)


class AddressTaken(Refused):
    """Somebody has the address already."""


def as_manager(by: Administrator, account: "Account | None") -> Administrator:
    """Lock the account, and look whether the person, as they are now, manages it. Raises PermissionDenied."""
    if account:
        lock(account)
    by = by.as_now()
    require(rules.may_manage(by, account))
    return by


@transaction.atomic
def invite(
    account: "Account", *, contact: dict[str, str], is_global: bool, access: dict[int, str], by: Administrator
) -> Administrator:
    """Add an administrator, Pending, with roles by the number of the profile, and mail the invitation.

    Raises AddressTaken, with a sentence that tells about the own account only.
    """
    by = as_manager(by, account)
    there = Administrator.objects.at_address(contact["email"])
    if there and there.account_id == account.pk:
        raise AddressTaken(_already_here(there))
    person = _create(account, contact, is_global=is_global, language=by.language)
    audit.record(person, "create", by=by, after=person.status)
    set_access(person, access, by=by)
    send_invitation(person, by=by)
    account_notices.invited(person, by)
    return person


def _already_here(person: Administrator) -> str:
    if person.status == Status.PENDING:
        return _("This address is invited already. You can send the invitation again on the person's page.")
    return _("This address is an administrator of your account already.")


def _create(account: "Account | None", contact: dict[str, str], *, is_global: bool, language: str) -> Administrator:
    role = {"account": account, "is_global": is_global, "is_vetter": account is None}
    person = Administrator(language=language, **role, **contact)
    person.set_unusable_password()
    add(person)
    return person


def add(person: Administrator) -> None:
    """Store somebody new. Raises AddressTaken where the address is somebody's, be it since a moment ago."""
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError as error:
        raise AddressTaken(_("This address cannot be used. Use another address of the same person.")) from error


@transaction.atomic
def invite_vetter(contact: dict[str, str], *, language: str, by: Any) -> Administrator:
    """Add a member of the vetting team, Pending, and mail the invitation. The operator's deed: no page leads here."""
    if Administrator.objects.at_address(contact["email"]):
        raise AddressTaken(_("%(email)s is somebody's address already.") % contact)
    person = _create(None, contact, is_global=False, language=language)
    audit.record(person, "create", by=by, after=person.status)
    send_invitation(person, by=by)
    return person


def invite_again(person: Administrator, *, by: Administrator) -> None:
    """Mail the invitation once more; the link of the earlier mail ends. Raises Refused for an Active person."""
    with transaction.atomic():
        as_manager(by, person.account)
        send_invitation(person, by=by)


@transaction.atomic
def send_invitation(person: Administrator, *, by: Any) -> None:
    """Mail the link by which the person becomes Active."""
    person = lock(person)
    if person.status != Status.PENDING:
        raise Refused(_("%(person)s has completed the set-up already.") % {"person": person})
    tokens.withdraw(INVITATION, person.pk)
    notices.invited(person, tokens.issue(INVITATION, person.pk, LIFETIME), LIFETIME, by)
    audit.record(person, "invite", by=by)


def remind(person: Administrator) -> None:
    """Mail another link to somebody invited who asks for a new password: as long as the invitation stands, no longer.

    Nobody has proved to be the person: no earlier link ends, and within five minutes one mail is enough.
    """
    until = tokens.open_until(INVITATION, person.pk)
    if until and not tokens.issued_since(INVITATION, person.pk, clock.now() - timedelta(minutes=5)):
        left = until - clock.now()
        notices.invited(person, tokens.issue(INVITATION, person.pk, left), left, None)


@transaction.atomic
def accept_invitation(link: Link, *, contact: dict[str, str], password: str, language: str) -> Administrator:
    """The invited person has checked the contact information, chosen a password and accepted the terms. Raises LinkRefused."""
    person = lock(Administrator(pk=link.subject_id))
    tokens.use(link)
    tokens.withdraw(INVITATION, person.pk)
    move(person, "set_up", by=person)
    for name, value in contact.items():
        setattr(person, name, value)
    person.set_password(password)
    person.language = language
    person.terms_version, person.terms_accepted_at = VERSION, clock.now()
    person.save()
    notices.is_set_up(person)
    account_notices.is_set_up(person)
    return person
