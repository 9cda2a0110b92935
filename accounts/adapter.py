"""allauth's hooks: nobody signs up here by themselves, and wrong passwords are counted in PostgreSQL."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import get_login_redirect_url
from allauth.core import context
from django.contrib import messages
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.locking import username_of
from accounts.models import Administrator
from sslportal.kit.leading import with_next


class AccountAdapter(DefaultAccountAdapter):
    """People come by activation or invitation only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def respond_user_inactive(self, request: HttpRequest, user: object) -> HttpResponse:
        """Told only to somebody who knows the password."""
        messages.error(request, _("You are no longer an administrator of this portal. Ask a Global Administrator."))
        return redirect("account_login")

    def post_login(
        self, request: HttpRequest, user: Administrator, *, redirect_url: str | None, **more: Any
    ) -> HttpResponse:
        """Whichever way people came in, the start page knows what comes first; it gets the page that they asked for."""
        wanted = get_login_redirect_url(request, redirect_url)
        home = reverse("home")
        url = with_next(home, wanted if wanted != home else None)
        return super().post_login(request, user, redirect_url=url, **more)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """One try after the other for each address: tries sent at once would all be compared before any is counted."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtext(%s))", [f"sign in {username_of(request, credentials)}"]
            )
            return super().authenticate(request, **credentials)

    def pre_authenticate(self, request: HttpRequest, **credentials: object) -> None:
        """allauth would count in the cache, which may vanish; django-axes counts in PostgreSQL (accounts/locking.py)."""
        self._login_failed_rl_usage = None

    def reauthenticate(self, user: Administrator, password: str) -> bool:
        """Whether it is the person's password. Wrong ones count like those at the sign-in page."""
        found = self.authenticate(context.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk
