"""The addresses of second factors, under the names by which allauth looks for them."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.views import ReauthenticateView
from allauth.mfa.base.views import reauthenticate
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as app
from allauth.mfa.webauthn import views as passkeys
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import include, path
from django.views.decorators.cache import never_cache

from accounts.models import Administrator
from accounts.second_factor import sets_up
from accounts.views import second_factor
from sslportal.kit.access import needs, public
from sslportal.kit.moves import lock

View = Callable[..., HttpResponseBase]


def own(view: View) -> View:
    """A page for people about their own factors, which no cache keeps."""
    return needs("preferences.change")(never_cache(view))


def changing(view: View) -> View:
    """The same, where factors are changed: wholly or not at all, and one change of a person after the other."""

    @wraps(view)
    @transaction.atomic
    def change(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST" and request.user.is_authenticated:
            lock(Administrator(pk=request.user.pk))
        return view(request, *args, **kwargs)

    return own(change)


sign_in = public("people are not signed in yet at its second stage")(second_factor.SignIn.as_view())
confirm_password = sets_up(own(ReauthenticateView.as_view()))

of_preferences = [
    path("", own(second_factor.to_panel), name="mfa_index"),
    path("required/", sets_up(own(second_factor.required)), name="second_factor_required"),
    path("app/add/", sets_up(changing(app.activate_totp)), name="mfa_activate_totp"),
    path("app/remove/", changing(app.deactivate_totp), name="mfa_deactivate_totp"),
    path("passkeys/", own(second_factor.to_panel), name="mfa_list_webauthn"),
    path("passkeys/add/", sets_up(changing(passkeys.add_webauthn)), name="mfa_add_webauthn"),
    path("passkeys/<int:pk>/name/", changing(passkeys.edit_webauthn), name="mfa_edit_webauthn"),
    path("passkeys/<int:pk>/remove/", changing(second_factor.RemovePasskey.as_view()), name="mfa_remove_webauthn"),
    path("recovery-codes/", own(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("recovery-codes/new/", changing(codes.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("recovery-codes/download/", own(codes.download_recovery_codes), name="mfa_download_recovery_codes"),
]

urlpatterns = [
    path("sign-in/second-factor/", sign_in, name="mfa_authenticate"),
    path("sign-in/again/", confirm_password, name="account_reauthenticate"),
    path("sign-in/again/code/", own(reauthenticate), name="mfa_reauthenticate"),
    path("sign-in/again/passkey/", own(second_factor.ConfirmByPasskey.as_view()), name="mfa_reauthenticate_webauthn"),
    path("administration/my-preferences/two-factor/", include(of_preferences)),
]
