"""Pages about second factors where allauth's own are not enough (A11)."""

from typing import Any

from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.webauthn.views import ReauthenticateWebAuthnView, RemoveWebAuthnView
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts import second_factor
from accounts.requests import PersonRequest


def on_preferences(anchor: str) -> str:
    """The address of a panel on My Preferences."""
    return f"{reverse('accounts:preferences')}#{anchor}"


def to_panel(request: HttpRequest) -> HttpResponse:
    """allauth has pages of their own for the list of factors; here it is a panel."""
    return redirect(on_preferences("second-factor"))


def required(request: PersonRequest) -> HttpResponse:
    """Where people of whom a second factor is required are led until they have one."""
    if not second_factor.is_missing(request.user):
        return redirect("home")
    return render(request, "accounts/second_factor_required.html")


class SignIn(AuthenticateView):
    """The second stage of signing in: offers what the person has."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        factors = second_factor.panel(self.stage.login.user)
        return {**super().get_context_data(**kwargs), **factors}


class ConfirmByPasskey(ReauthenticateWebAuthnView):
    """Says what went wrong on its own page, and still knows where to go on; allauth's leads to the sign-in page."""

    def form_invalid(self, form: Any) -> HttpResponse:
        for error in form.errors["credential"]:
            messages.error(self.request, error)
        return redirect(self.passthrough_next_url(self.request.path))


class RemovePasskey(RemoveWebAuthnView):
    """allauth asks before it removes an app, but not before it removes the last passkey."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "may_remove": second_factor.may_remove(self.object)}

    def form_valid(self, form: Any) -> HttpResponse:
        if second_factor.may_remove(self.object):
            return super().form_valid(form)
        messages.error(self.request, str(second_factor.Adapter.error_messages["cannot_delete_authenticator"]))
        return to_panel(self.request)
