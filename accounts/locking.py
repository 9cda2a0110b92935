"""Locked after five wrong passwords: what django-axes asks of the portal, and the way back in."""

from typing import Any

from allauth.core.internal.httpkit import get_client_ip
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def username_of(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str | None:
    """The address whose tries are counted, whatever its case."""
    given = (credentials or {}).get("email") or (credentials or {}).get("username") or request.POST.get("login")
    return str(given).strip().lower()[:254].replace("\0", "") if given else None


def address_of(request: HttpRequest) -> str:
    return get_client_ip(request) or ""


def answer(request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None) -> HttpResponse:
    """The page for an address that is locked, whether somebody has it or not."""
    return render(request, "account/locked.html", {"limit": settings.AXES_FAILURE_LIMIT}, status=403)


def is_used_up(tries: int | None) -> bool:
    """Whether so many wrong passwords in a row lock."""
    return (tries or 0) >= settings.AXES_FAILURE_LIMIT


def is_locked(email: str) -> bool:
    """Whether the address has used up its tries."""
    tries = AccessAttempt.objects.filter(username=email.lower()).aggregate(count=Sum("failures_since_start"))
    return is_used_up(tries["count"])


def forget_tries(email: str) -> None:
    """Begin to count anew."""
    AxesProxyHandler.reset_attempts(username=email.lower())
