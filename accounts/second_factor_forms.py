"""What is asked of people with a second factor: codes, passkeys, and names for passkeys."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account.forms import ReauthenticateForm as PasswordForm
from allauth.core import context
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import locking
from accounts.models import Administrator
from accounts.second_factor import APP, LONGEST_NAME
from sslportal.kit.fields import Line
from sslportal.kit.moves import lock


def code_box(help_text: Any) -> forms.CharField:
    """Six digits of an app, or eight of a recovery code; spaces between them do no harm."""
    attrs = {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True, "class": "mono"}
    return forms.CharField(label=_("Code"), help_text=help_text, max_length=20, widget=forms.TextInput(attrs=attrs))


def name_box(*, required: bool) -> Line:
    help_text = _("What you call the device that it is on.")
    return Line(label=_("Name"), max_length=LONGEST_NAME, help_text=help_text, required=required)


def refuse_if_locked(email: str) -> None:
    """Whoever is locked gets no further with the right code either; django-axes answers with the page that says so."""
    if locking.is_locked(email):
        context.request.axes_locked_out = True
        raise forms.ValidationError(_("Too many wrong passwords or codes."))


@contextmanager
def in_words_of_passkeys() -> Iterator[None]:
    """allauth says of a passkey, too, that its code is wrong."""
    try:
        yield
    except forms.ValidationError as error:
        if error.code != "incorrect_code":
            raise
        raise get_adapter().validation_error("incorrect_passkey") from error


class CountedCode(forms.Form):
    """A code of the app or a recovery code, one try after the other. Wrong ones count as wrong passwords do.

    allauth remembers used codes and counts tries in the cache, which may vanish; here both are in PostgreSQL.
    """

    user: Administrator
    authenticator: Authenticator
    _emit_authentication_failed: Callable[[Authenticator], None]

    def clean_code(self) -> str:
        refusal = None
        with transaction.atomic():  # left without an exception: what was counted stays counted
            lock(Administrator(pk=self.user.pk))  # a request's user is lazy
            try:
                refuse_if_locked(self.user.email)
                code = super().clean_code()  # type: ignore[misc]  # allauth's form is next in line
                self._use_up(self.authenticator, code)
            except forms.ValidationError as error:
                refusal = error
        if refusal:
            raise refusal
        return code

    def _use_up(self, factor: Authenticator, code: str) -> None:
        """A code of the app is good once, and none before it afterwards (RFC 6238, 5.2)."""
        if factor.type != APP:
            return
        period = _period_of(factor, code)
        if period <= factor.data.get("last_period", 0):
            self._emit_authentication_failed(factor)
            raise get_adapter().validation_error("incorrect_code")
        factor.data["last_period"] = period
        factor.save(update_fields=["data"])


def _period_of(factor: Authenticator, code: str) -> int:
    """Which of the periods around now the code is of; 0 where the clock has just passed it by."""
    secret = decrypt(factor.data["secret"])
    periods = yield_hotp_counters_from_time()
    fitting = (
        at for at in periods if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, at)))
    )
    return max(fitting, default=0)


class SignInCode(CountedCode, AuthenticateForm):
    code = code_box(_("The six digits that your authenticator app shows now, or one of your recovery codes."))


class ConfirmCode(CountedCode, ReauthenticateForm):
    code = code_box(_("The six digits that your authenticator app shows now, or one of your recovery codes."))


class Passkey(forms.Form):
    """A passkey, which is of no help either while the person is locked."""

    user: Administrator

    def clean_credential(self) -> Authenticator:
        refuse_if_locked(self.user.email)
        with in_words_of_passkeys():
            factor: Authenticator = super().clean_credential()  # type: ignore[misc]  # allauth's form is next in line
        return factor


class SignInPasskey(Passkey, AuthenticateWebAuthnForm):
    pass


class ConfirmPasskey(Passkey, ReauthenticateWebAuthnForm):
    pass


class ConfirmPassword(PasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("Password")
        self.fields["password"].widget.attrs.pop("placeholder", None)


class AddApp(ActivateTOTPForm):
    code = code_box(_("The six digits that the app shows now."))


class AddPasskey(AddWebAuthnForm):
    name = name_box(required=False)  # the passkey is made already when the form is sent

    def clean(self) -> dict[str, Any]:
        with in_words_of_passkeys():
            data: dict[str, Any] = super().clean()
        return data


class NamePasskey(EditWebAuthnForm):
    name = name_box(required=True)
