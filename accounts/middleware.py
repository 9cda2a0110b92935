"""Signing people out who have not done anything for a while."""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

SEEN = "seen_at"
NOTE_EVERY = 30  # seconds: the session row is written this often, not at every request
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
        now = time.time()
        seen = request.session.get(SEEN, 0)
        if now - seen > settings.IDLE_SIGN_OUT_SECONDS:
            logout(request)
            messages.info(request, _("You were signed out after 30 minutes without activity. Sign in to go on."))
        elif BACKGROUND_HEADER not in request.headers and now - seen > NOTE_EVERY:
            request.session[SEEN] = now


def begin_to_watch(sender: object, request: HttpRequest, **kwargs: object) -> None:
    """Signing in is the first thing that a person does."""
    request.session[SEEN] = time.time()
