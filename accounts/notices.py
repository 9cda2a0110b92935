"""The mails about signing in and about being an administrator."""

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from sslportal.kit import audit, clock, mail
from sslportal.kit.mail import Letter

if TYPE_CHECKING:
    from accounts.models import Activation, Administrator


def please_set_up(activation: "Activation", token: str, lifetime: timedelta) -> None:
    """To whoever shall set the account up: the link to the wizard."""
    with override(activation.language):
        letter = Letter(
            subject=_("Set up your %(brand)s account") % _brand(),
            paragraphs=[
                _("An account at %(brand)s is ready for %(company)s. Set it up to obtain and manage certificates.")
                % {**_brand(), "company": activation.account.name},
                _("You will be asked for your contact information, a password, and the data of your organization."),
            ],
            action=(_("Set up the account"), _absolute("setup", token)),
            after=[
                _("The link works until the set-up is complete, for %(days)d days. You can stop and go on later.")
                % {"days": lifetime.days}
            ],
        )
    _post(letter, activation.email, activation.language)


def please_confirm_address(activation: "Activation", token: str, lifetime: timedelta) -> None:
    """To the address that shall be the user ID: the link that proves that it is read."""
    with override(activation.language):
        letter = Letter(
            subject=_("Confirm your %(brand)s user ID") % _brand(),
            paragraphs=[
                _("Somebody who sets up the account of %(company)s wants to sign in with this address.")
                % {"company": activation.account.name},
                _("To go on with the set-up under this address, use the button. If it was not you, do nothing."),
            ],
            action=(_("Go on with the set-up"), _absolute("setup", token)),
            after=[_("The link works for %(days)d days.") % {"days": lifetime.days}],
        )
    _post(letter, activation.other_email, activation.language)


def address_is_taken(activation: "Activation") -> None:
    """To an address that shall be the user ID of a new account, but is somebody's already."""
    with override(activation.language):
        letter = Letter(
            subject=_("This address has a %(brand)s user ID already") % _brand(),
            paragraphs=[
                _(
                    "Somebody who sets up the account of %(company)s wants to sign in with this address. It is the user "
                    "ID of an administrator already, and nobody can have two."
                )
                % {"company": activation.account.name},
                _("If it was you, go back to the set-up and enter another address. If it was not you, do nothing."),
            ],
        )
    _post(letter, activation.other_email, activation.language)


def is_set_up(person: "Administrator") -> None:
    """To an administrator whose set-up is complete."""
    with override(person.language):
        letter = Letter(
            subject=_("Welcome to %(brand)s") % _brand(),
            paragraphs=[_("Your set-up is complete. Sign in with this address and your password.")],
            action=(_("Sign In"), settings.PORTAL_URL + reverse("account_login")),
        )
    _post(letter, person.email, person.language)


def invited(person: "Administrator", token: str, lifetime: timedelta, by: Any) -> None:
    """To somebody who shall become an administrator, or one of the vetting team: the link to the set-up."""
    with override(person.language):
        letter = Letter(
            subject=_("You are invited to %(brand)s") % _brand(),
            paragraphs=[
                _who_invites(person, by),
                _("Check your contact information, choose a password, and accept the terms of service."),
            ],
            action=(_("Accept the invitation"), _absolute("invitation", token)),
            after=[_("The link works once, within %(days)d days.") % {"days": max(1, lifetime.days)}],
        )
    _post(letter, person.email, person.language)


def _who_invites(person: "Administrator", by: Any) -> str:
    if person.account is None:
        return _("You are invited to the vetting team of %(brand)s.") % _brand()
    if by is None:
        return _("You are invited to manage the certificates of %(company)s.") % {"company": person.account}
    who = f"{by.get_full_name()} <{by.email}>"
    return _("%(who)s invites you to manage the certificates of %(company)s.") % {"who": who, "company": person.account}


def removed(person: "Administrator") -> None:
    """To somebody who is no longer an administrator."""
    with override(person.language):
        letter = Letter(
            subject=_("You are no longer an administrator of %(company)s")
            % {"company": person.account or settings.PORTAL_BRAND},
            paragraphs=[
                _(
                    "A Global Administrator has ended your access to %(brand)s. You get no more mail about its certificates."
                )
                % _brand()
            ],
        )
    _post(letter, person.email, person.language)


def please_reset(person: "Administrator", token: str, lifetime: timedelta) -> None:
    """To somebody who forgot the password: the link to a new one."""
    with override(person.language):
        letter = Letter(
            subject=_("Reset your %(brand)s password") % _brand(),
            paragraphs=[_("Somebody, probably you, asked for a new password for this address.")],
            facts=_circumstances(person),
            action=(_("Choose a new password"), _absolute("reset", token)),
            after=[
                _("The link works once, within %(hours)d hours. If it was not you, do nothing: your password stays.")
                % {"hours": lifetime.total_seconds() // 3600}
            ],
        )
    _post(letter, person.email, person.language)


def password_was_set(person: "Administrator") -> None:
    """To somebody whose password was changed or reset: it may have been somebody else."""
    with override(person.language):
        letter = Letter(
            subject=_("Your %(brand)s password was changed") % _brand(),
            paragraphs=[
                _("The password of this user ID was changed. All other sessions were ended."),
                _("If it was not you, reset the password at once, and tell a Global Administrator of your account."),
            ],
            facts=_circumstances(person),
            action=(_("Reset the password"), settings.PORTAL_URL + reverse("accounts:ask-reset")),
        )
    _post(letter, person.email, person.language)


def locked(person: "Administrator") -> None:
    """To somebody whose user ID is locked after too many wrong passwords."""
    with override(person.language):
        letter = Letter(
            subject=_("Your %(brand)s user ID is locked") % _brand(),
            paragraphs=[
                _("A wrong password or code was entered %(count)d times, so this user ID is locked.")
                % {"count": settings.AXES_FAILURE_LIMIT},
                _("To unlock it, reset your password, or ask a Global Administrator of your account."),
                _("If it was not you, somebody is trying to guess your password. It was not found."),
            ],
            facts=_circumstances(person),
            action=(_("Reset the password"), settings.PORTAL_URL + reverse("accounts:ask-reset")),
        )
    _post(letter, person.email, person.language)


def factor_was_added(person: "Administrator", factor: Any) -> None:
    """To somebody who signs in with a further factor from now on, unless it was somebody else who added it."""
    with override(person.language):
        letter = Letter(
            subject=_("A second factor was added to your %(brand)s user ID") % _brand(),
            paragraphs=[_("From now on, signing in asks for a second factor after the password."), _not_you()],
            facts=[(_("Added"), _kind(factor)), *_circumstances(person)],
            action=(_("Reset the password"), settings.PORTAL_URL + reverse("accounts:ask-reset")),
        )
    _post(letter, person.email, person.language)


def factor_was_removed(person: "Administrator", factor: Any) -> None:
    with override(person.language):
        letter = Letter(
            subject=_("A second factor of your %(brand)s user ID was removed") % _brand(),
            paragraphs=[_("It can no longer be used for signing in."), _not_you()],
            facts=[(_("Removed"), _kind(factor)), *_circumstances(person)],
            action=(_("Reset the password"), settings.PORTAL_URL + reverse("accounts:ask-reset")),
        )
    _post(letter, person.email, person.language)


def codes_were_made(person: "Administrator") -> None:
    with override(person.language):
        letter = Letter(
            subject=_("New recovery codes for your %(brand)s user ID") % _brand(),
            paragraphs=[_("New recovery codes were made. Those from before no longer work."), _not_you()],
            facts=_circumstances(person),
            action=(_("Reset the password"), settings.PORTAL_URL + reverse("accounts:ask-reset")),
        )
    _post(letter, person.email, person.language)


def factors_were_removed(person: "Administrator", by: "Administrator") -> None:
    """To somebody whose lost factors a Global Administrator took away."""
    with override(person.language):
        letter = Letter(
            subject=_("Your %(brand)s user ID has no second factor any more") % _brand(),
            paragraphs=[
                _("%(who)s removed every second factor of this user ID. All sessions were ended.")
                % {"who": f"{by.get_full_name()} <{by.email}>"},
                _("Sign in with your password, and set up a new one under My Preferences."),
                _("If you did not ask for this, tell them at once."),
            ],
            facts=_circumstances(person),
            action=(_("Sign In"), settings.PORTAL_URL + reverse("account_login")),
        )
    _post(letter, person.email, person.language)


def _kind(factor: Any) -> str:
    return (
        _("Passkey “%(name)s”") % {"name": factor.wrap().name} if factor.type == "webauthn" else _("Authenticator app")
    )


def _not_you() -> str:
    return _(
        "If it was not you, reset the password at once, end the other sessions and look at the second factors under My "
        "Preferences, and tell a Global Administrator of your account."
    )


def _circumstances(person: "Administrator") -> list[tuple[str, str]]:
    """When it happened, in the zone of the account, and from which address."""
    zone = person.account.zone if person.account else timezone.get_default_timezone()
    moment = clock.now().astimezone(zone)
    return [
        (_("When"), f"{date_format(moment, 'DATETIME_FORMAT')} ({zone})"),
        (_("From"), audit.origin() or _("unknown")),
    ]


def _brand() -> dict[str, str]:
    return {"brand": settings.PORTAL_BRAND}


def _absolute(name: str, token: str) -> str:
    return settings.PORTAL_URL + reverse(f"accounts:{name}", args=[token])


def _post(letter: Letter, to: str, language: str) -> None:
    """Each of these mails answers one deed, which happens once: no two are the same mail."""
    mail.post(letter, to=[to], key=f"account:{uuid.uuid4()}", language=language)
