"""Signing in."""

from typing import Any

from allauth.account.views import LoginView
from django.http import HttpRequest, HttpResponse

from accounts.middleware import say_why


class SignIn(LoginView):
    """allauth's, which also says why a page has led here by itself."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET.get("why") == "idle":
            say_why(request)
        return super().get(request, *args, **kwargs)
