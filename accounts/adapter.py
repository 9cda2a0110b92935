"""allauth's hooks: nobody signs up here by themselves."""

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _


class AccountAdapter(DefaultAccountAdapter):
    """People come by activation or invitation only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def respond_user_inactive(self, request: HttpRequest, user: object) -> HttpResponse:
        """Told only to somebody who knows the password."""
        messages.error(request, _("You are no longer an administrator of this portal. Ask a Global Administrator."))
        return redirect("account_login")
