"""The mails to one person: about becoming an administrator, and about one's own sign-in."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from sslportal.kit import audit, clock, mail
from sslportal.kit.catalogue import Kind, Priority, To, notice

if TYPE_CHECKING:
    from accounts.models import Account, Activation, Administrator

Facts = Callable[[], list[tuple[str, str]]]

SIGN_IN = gettext_lazy("Sign In")
SET_PASSWORD = gettext_lazy("Reset the password")
NOT_YOU = gettext_lazy(
    "If it was not you, reset the password at once, end the other sessions and look at the second factors under My "
    "Preferences, and tell a Global Administrator of your account."
)

SET_UP = notice(
    "account-set-up",
    Priority.INFORMATIONAL,
    when="The operator activates an account, or sends the set-up link again.",
    to=[To.ADDRESS],
    is_listed=False,
    subject=gettext_lazy("Set up your %(brand)s account"),
    lines=[
        gettext_lazy("An account at %(brand)s is ready for %(company)s. Set it up to obtain and manage certificates."),
        gettext_lazy("You will be asked for your contact information, a password, and the data of your organization."),
    ],
    action=gettext_lazy("Set up the account"),
    after=[
        gettext_lazy("The link works until the set-up is complete, for %(days)d days. You can stop and go on later.")
    ],
)
CONFIRM_ADDRESS = notice(
    "account-confirm-address",
    Priority.INFORMATIONAL,
    when="Whoever sets an account up chooses another address as user ID.",
    to=[To.ADDRESS],
    is_listed=False,
    subject=gettext_lazy("Confirm your %(brand)s user ID"),
    lines=[
        gettext_lazy("Somebody who sets up the account of %(company)s wants to sign in with this address."),
        gettext_lazy("To go on with the set-up under this address, use the button. If it was not you, do nothing."),
    ],
    action=gettext_lazy("Go on with the set-up"),
    after=[gettext_lazy("The link works for %(days)d days.")],
)
ADDRESS_TAKEN = notice(
    "account-address-taken",
    Priority.INFORMATIONAL,
    when="The address that is chosen as user ID is an administrator's already.",
    to=[To.ADDRESS],
    is_listed=False,
    subject=gettext_lazy("This address has a %(brand)s user ID already"),
    lines=[
        gettext_lazy(
            "Somebody who sets up the account of %(company)s wants to sign in with this address. It is the user "
            "ID of an administrator already, and nobody can have two."
        ),
        gettext_lazy("If it was you, go back to the set-up and enter another address. If it was not you, do nothing."),
    ],
)
WELCOME = notice(
    "person-welcome",
    Priority.INFORMATIONAL,
    when="Somebody has completed the set-up.",
    to=[To.PERSON],
    is_listed=False,
    subject=gettext_lazy("Welcome to %(brand)s"),
    lines=[gettext_lazy("Your set-up is complete. Sign in with this address and your password.")],
    action=SIGN_IN,
)
INVITATION = notice(
    "person-invitation",
    Priority.INFORMATIONAL,
    when="Somebody is invited to be an administrator or one of the vetting team, or the invitation is sent again.",
    to=[To.PERSON],
    is_listed=False,
    subject=gettext_lazy("You are invited to %(brand)s"),
    lines=[
        "%(invitation)s",
        gettext_lazy("Check your contact information, choose a password, and accept the terms of service."),
    ],
    action=gettext_lazy("Accept the invitation"),
    after=[gettext_lazy("The link works once, within %(days)d days.")],
)
ACCESS_ENDED = notice(
    "person-access-ended",
    Priority.CRITICAL,
    when="An administrator is deleted.",
    to=[To.PERSON],
    is_listed=False,
    subject=gettext_lazy("You are no longer an administrator of %(company)s"),
    lines=[
        gettext_lazy(
            "A Global Administrator has ended your access to %(brand)s. You get no more mail about its certificates."
        )
    ],
)
DISMISSED = notice(
    "person-dismissed",
    Priority.CRITICAL,
    when="The operator takes somebody out of the vetting team.",
    to=[To.PERSON],
    is_listed=False,
    subject=gettext_lazy("You are no longer on the vetting team of %(brand)s"),
    lines=[gettext_lazy("The operator of %(brand)s has ended your access.")],
)
RESET = notice(
    "person-password-reset",
    Priority.INFORMATIONAL,
    when="Somebody asks for a new password.",
    to=[To.PERSON],
    is_listed=False,
    subject=gettext_lazy("Reset your %(brand)s password"),
    lines=[gettext_lazy("Somebody, probably you, asked for a new password for this address.")],
    action=gettext_lazy("Choose a new password"),
    after=[
        gettext_lazy("The link works once, within %(hours)d hours. If it was not you, do nothing: your password stays.")
    ],
)
PASSWORD_SET = notice(
    "person-password-changed",
    Priority.CRITICAL,
    when="A password was changed or reset.",
    to=[To.PERSON],
    is_listed=False,
    subject=gettext_lazy("Your %(brand)s password was changed"),
    lines=[
        gettext_lazy("The password of this user ID was changed. All other sessions were ended."),
        gettext_lazy("If it was not you, reset the password at once, and tell a Global Administrator of your account."),
    ],
    action=SET_PASSWORD,
)
LOCKED = notice(
    "person-locked",
    Priority.CRITICAL,
    when="A user ID is locked after too many wrong passwords or codes.",
    to=[To.PERSON],
    is_listed=False,
    subject=gettext_lazy("Your %(brand)s user ID is locked"),
    lines=[
        gettext_lazy("A wrong password or code was entered %(count)d times, so this user ID is locked."),
        gettext_lazy("To unlock it, reset your password, or ask a Global Administrator of your account."),
        gettext_lazy("If it was not you, somebody is trying to guess your password. It was not found."),
    ],
    action=SET_PASSWORD,
)
FACTOR_ADDED = notice(
    "person-factor-added",
    Priority.CRITICAL,
    when="A second factor was added.",
    to=[To.PERSON],
    is_listed=False,
    subject=gettext_lazy("A second factor was added to your %(brand)s user ID"),
    lines=[gettext_lazy("From now on, signing in asks for a second factor after the password."), NOT_YOU],
    action=SET_PASSWORD,
)
FACTOR_REMOVED = notice(
    "person-factor-removed",
    Priority.CRITICAL,
    when="Somebody removed one of their own second factors.",
    to=[To.PERSON],
    is_listed=False,
    subject=gettext_lazy("A second factor of your %(brand)s user ID was removed"),
    lines=[gettext_lazy("It can no longer be used for signing in."), NOT_YOU],
    action=SET_PASSWORD,
)
CODES_MADE = notice(
    "person-codes-made",
    Priority.CRITICAL,
    when="New recovery codes were made.",
    to=[To.PERSON],
    is_listed=False,
    subject=gettext_lazy("New recovery codes for your %(brand)s user ID"),
    lines=[gettext_lazy("New recovery codes were made. Those from before no longer work."), NOT_YOU],
    action=SET_PASSWORD,
)
FACTORS_REMOVED = notice(
    "person-factors-removed",
    Priority.CRITICAL,
    when="A Global Administrator removed every second factor of somebody who lost them.",
    to=[To.PERSON],
    is_listed=False,
    subject=gettext_lazy("Your %(brand)s user ID has no second factor any more"),
    lines=[
        gettext_lazy("%(who)s removed every second factor of this user ID. All sessions were ended."),
        gettext_lazy("Sign in with your password, and set up a new one under My Preferences."),
        gettext_lazy("If you did not ask for this, tell them at once."),
    ],
    action=SIGN_IN,
)


def please_set_up(activation: "Activation", token: str, lifetime: timedelta) -> None:
    """To whoever shall set the account up: the link to the wizard."""
    words: dict[str, Any] = {"company": activation.account.name, "days": lifetime.days}
    _mail(SET_UP, activation.email, activation.language, url=_link("accounts:setup", token), **words)


def please_confirm_address(activation: "Activation", token: str, lifetime: timedelta) -> None:
    """To the address that shall be the user ID: the link that proves that it is read."""
    words: dict[str, Any] = {"company": activation.account.name, "days": lifetime.days}
    _mail(CONFIRM_ADDRESS, activation.other_email, activation.language, url=_link("accounts:setup", token), **words)


def address_is_taken(activation: "Activation") -> None:
    """To an address that shall be the user ID of a new account, but is somebody's already."""
    _mail(ADDRESS_TAKEN, activation.other_email, activation.language, company=activation.account.name)


def is_set_up(person: "Administrator") -> None:
    """To an administrator whose set-up is complete."""
    _tell(WELCOME, person, url=_link("account_login"))


def invited(person: "Administrator", token: str, lifetime: timedelta, by: Any) -> None:
    """To somebody who shall become an administrator, or one of the vetting team: the link to the set-up."""
    words = {"invitation": lazy(_who_invites, str)(person, by), "days": max(1, lifetime.days)}
    _tell(INVITATION, person, url=_link("accounts:invitation", token), **words)


def _who_invites(person: "Administrator", by: Any) -> str:
    if person.account is None:
        return _("You are invited to the vetting team of %(brand)s.") % {"brand": settings.PORTAL_BRAND}
    if by is None:
        return _("You are invited to manage the certificates of %(company)s.") % {"company": person.account}
    words = {"who": named(by), "company": person.account}
    return _("%(who)s invites you to manage the certificates of %(company)s.") % words


def removed(person: "Administrator") -> None:
    """To somebody who is no longer an administrator."""
    _tell(ACCESS_ENDED, person, company=person.account)


def dismissed(person: "Administrator") -> None:
    """To somebody who is no longer on the vetting team."""
    _tell(DISMISSED, person)


def please_reset(person: "Administrator", token: str, lifetime: timedelta) -> None:
    """To somebody who forgot the password: the link to a new one."""
    hours = lifetime.total_seconds() // 3600
    _tell(RESET, person, url=_link("accounts:reset", token), facts=partial(circumstances, person.account), hours=hours)


def password_was_set(person: "Administrator") -> None:
    """To somebody whose password was changed or reset: it may have been somebody else."""
    _warn(PASSWORD_SET, person)


def locked(person: "Administrator") -> None:
    """To somebody whose user ID is locked after too many wrong passwords."""
    _warn(LOCKED, person, count=settings.AXES_FAILURE_LIMIT)


def factor_was_added(person: "Administrator", factor: Any) -> None:
    """To somebody who signs in with a further factor from now on, unless it was somebody else who added it."""
    _warn(FACTOR_ADDED, person, facts=lambda: [(_("Added"), _kind(factor))])


def factor_was_removed(person: "Administrator", factor: Any) -> None:
    _warn(FACTOR_REMOVED, person, facts=lambda: [(_("Removed"), _kind(factor))])


def codes_were_made(person: "Administrator") -> None:
    _warn(CODES_MADE, person)


def factors_were_removed(person: "Administrator", by: "Administrator") -> None:
    """To somebody whose lost factors a Global Administrator took away."""
    words = {"who": lazy(named, str)(by)}
    _tell(FACTORS_REMOVED, person, url=_link("account_login"), facts=partial(circumstances, person.account), **words)


def _kind(factor: Any) -> str:
    return (
        _("Passkey “%(name)s”") % {"name": factor.wrap().name} if factor.type == "webauthn" else _("Authenticator app")
    )


def named(person: "Administrator") -> str:
    """The person as mails name people, in the language in use now."""
    return f"{person.get_full_name()} <{person.email}>"


def circumstances(account: "Account | None") -> list[tuple[str, str]]:
    """When it happened, in the zone of the account, and from which address."""
    zone = account.zone if account else timezone.get_default_timezone()
    moment = clock.now().astimezone(zone)
    return [
        (_("When"), f"{date_format(moment, 'DATETIME_FORMAT')} ({zone})"),
        (_("From"), audit.origin() or _("unknown")),
    ]


def _link(name: str, *args: str) -> str:
    return settings.PORTAL_URL + reverse(name, args=args)


def _warn(kind: Kind, person: "Administrator", *, facts: Facts = list, **words: object) -> None:
    """Tell the person of something that may have been somebody else's deed, and the way out."""

    def told() -> list[tuple[str, str]]:
        return [*facts(), *circumstances(person.account)]

    _tell(kind, person, url=_link("accounts:ask-reset"), facts=told, **words)


def _tell(kind: Kind, person: "Administrator", **more: Any) -> None:
    _mail(kind, person.email, person.language, **more)


def _mail(kind: Kind, to: str, language: str, *, url: str = "", facts: Facts = list, **words: object) -> None:
    """Each of these mails answers one deed, which happens once: no two are the same mail."""
    with override(language):
        letter = kind.letter({"brand": settings.PORTAL_BRAND, **words}, facts=facts(), url=url)
    mail.post(letter, to=[to], key=f"{kind.key}:{uuid.uuid4()}", language=language)
