"""Second factors: allauth's hooks, who must have one, and what a person has."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import Administrator
from accounts.user_agents import in_words
from sslportal.kit.sealing import seal, unseal

APP, PASSKEY, CODES = Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN, Authenticator.Type.RECOVERY_CODES
LONGEST_NAME = 60
V = TypeVar("V", bound=Callable[..., Any])


class Adapter(DefaultMFAAdapter):
    """allauth's hooks for second factors."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is wrong, or was used already. Enter the one that the app shows now."),
        "incorrect_passkey": _("This passkey was not recognized. Try again."),
        "cannot_delete_authenticator": _(
            "A second factor is required of you. Add another one before you remove this one."
        ),
        "cannot_generate_recovery_codes": _("Recovery codes are for people with a second factor. Set one up first."),
    }

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return may_remove(authenticator)

    def generate_authenticator_name(self, user: Administrator, type: Authenticator.Type) -> str:
        """The browser that the passkey is made with: people change the name to whatever they call the device."""
        return in_words(context.request.headers.get("User-Agent", ""))

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": urlsplit(settings.PORTAL_URL).hostname or "", "name": settings.PORTAL_BRAND}


def sets_up(view: V) -> V:
    """The page is open to people of whom a second factor is required and who have none yet."""
    view.sets_up_second_factor = True  # type: ignore[attr-defined]
    return view


def is_missing(person: Administrator) -> bool:
    """Whether a second factor is required of the person, who has none. Asked at every request."""
    return is_required(person) and not Authenticator.objects.filter(user=person.pk, type__in=(APP, PASSKEY)).exists()


def is_required(person: Administrator) -> bool:
    return _is_required_of_the_team(person) or bool(person.account and person.account.requires_second_factor)


def _is_required_of_the_team(person: Administrator) -> bool:
    return person.is_vetter and settings.PORTAL_VETTING_SECOND_FACTOR


def may_remove(factor: Authenticator) -> bool:
    """All but the last, where one is required."""
    others = Authenticator.objects.filter(user=factor.user_id, type__in=(APP, PASSKEY)).exclude(pk=factor.pk)
    return others.exists() or not is_required(factor.user)


@dataclass(frozen=True)
class Factors:
    """What a person has beside the password."""

    app: Authenticator | None
    passkeys: list[Authenticator]
    codes_left: int
    is_required: bool

    def __bool__(self) -> bool:
        return bool(self.app or self.passkeys)


def panel(person: Administrator) -> dict[str, Factors]:
    """The context of accounts/_second_factor.html."""
    rows = list(Authenticator.objects.filter(user=person).order_by("pk"))
    by_type = {row.type: row for row in rows}
    codes = by_type.get(CODES)
    factors = Factors(
        app=by_type.get(APP),
        passkeys=[row for row in rows if row.type == PASSKEY],
        codes_left=len(codes.wrap().get_unused_codes()) if codes else 0,
        is_required=is_required(person),
    )
    return {"factors": factors}
