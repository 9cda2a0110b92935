"""Signing people out who have not done anything for a while, and asking for the second factor that is required."""

import math
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import second_factor

SEEN = "seen_at"
NOTE_EVERY = settings.IDLE_SIGN_OUT_SECONDS / 60  # the session row is written this often, not at every request
BACKGROUND_HEADER = "X-Background"  # sent by pages that refresh themselves: that is not a person doing something


class IdleSignOut:
    """Ends the session after settings.IDLE_SIGN_OUT_SECONDS without a request that a person made."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            self._watch(request)
        return self.get_response(request)

    def _watch(self, request: HttpRequest) -> None:
        by_script = request.path.startswith(reverse("accounts:session"))  # its page says why, and its view notes
        if _idle_for(request) > settings.IDLE_SIGN_OUT_SECONDS:
            logout(request)
            if not by_script:
                say_why(request)
        elif not by_script and BACKGROUND_HEADER not in request.headers and _idle_for(request) > NOTE_EVERY:
            note_activity(request)


def _idle_for(request: HttpRequest) -> float:
    return time.time() - request.session.get(SEEN, 0)


def note_activity(request: HttpRequest) -> None:
    """The person is doing something just now."""
    request.session[SEEN] = time.time()


def seconds_left(request: HttpRequest) -> int:
    """Until the person is signed out, if nothing is done."""
    return max(0, math.ceil(settings.IDLE_SIGN_OUT_SECONDS - _idle_for(request)))


def say_why(request: HttpRequest) -> None:
    """Tell on the sign-in page why it is there."""
    sentence = _("You were signed out after %(minutes)d minutes without activity. Sign in to go on.")
    messages.info(request, sentence % {"minutes": settings.IDLE_SIGN_OUT_SECONDS // 60})


def begin_to_watch(sender: object, request: HttpRequest, **kwargs: object) -> None:
    """Signing in is the first thing that a person does."""
    note_activity(request)


class OwnLanguage:
    """Pages are in the language that the person has chosen; who has chosen none gets the browser's, as everybody else does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if language := getattr(request.user, "page_language", ""):
            translation.activate(language)
            request.LANGUAGE_CODE = translation.get_language()
        return self.get_response(request)


class AccountZone:
    """Times that the server writes, in pages and exports, are in the zone of the person's account (B8).

    It stays until the next request of the same thread, since exports are written after the answer was made.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        account = getattr(request.user, "account", None)
        if account:
            timezone.activate(account.zone)
        else:
            timezone.deactivate()
        return self.get_response(request)


class RequireSecondFactor:
    """Leads people who must have a second factor and have none to the page for that; all else waits until they have one.

    Asked anew at every request, not remembered: whoever loses the factor, or comes to need one, is held up at once.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        is_open = not getattr(view, "login_required", True) or hasattr(view, "sets_up_second_factor")
        if is_open or not request.user.is_authenticated or not second_factor.is_missing(request.user):
            return None
        return redirect("second_factor_required")
