"""The pages of those who do not get in."""

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.sso.models import SignOnProvider

log = logging.getLogger(__name__)


def refused(request: HttpRequest, provider: SignOnProvider, why: str) -> HttpResponse:
    """One page, whatever the reason was; that only the log tells, in quotes, because others may have written in it."""
    log.warning("single sign-on by %s refused: %r", provider.slug, why[:300])
    return render(request, "accounts/sso/refused.html", {"provider": provider}, status=403)


def unknown(request: HttpRequest) -> HttpResponse:
    """Nobody learns whether there is such a provider that is switched off."""
    return render(request, "accounts/sso/unknown.html", status=404)
