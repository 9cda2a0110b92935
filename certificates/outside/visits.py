"""The session of somebody at the request portal: a cookie of its own, for an hour, for one portal."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from certificates.outside import rules
from certificates.outside.models import RequestPortal, SpentCaptcha, Visit
from sslportal.kit import clock
from sslportal.kit.models import Draft

COOKIE = "sslportal_request"
LIVES = timedelta(hours=1)
PROVED_KEPT = timedelta(days=30)  # as drafts are: who proves the address again finds what was typed
UNPROVED_KEPT = timedelta(days=2)  # longer than limits look back
CAPTCHAS_KEPT = timedelta(days=30)
# The cookie stays longer than the visit: by it somebody who enters again in the same browser finds what was typed
KEPT = timedelta(days=1)


def begin(portal: RequestPortal, **fields: Any) -> tuple[Visit, str]:
    """A visit, and the key for the cookie, which is kept nowhere."""
    key = secrets.token_urlsafe(32)
    visit = Visit.objects.create(portal=portal, key=_digest(key), expires_at=clock.now() + LIVES, **fields)
    return visit, key


def of(request: HttpRequest, portal: RequestPortal) -> Visit | None:
    """The visit that the browser had last at this portal, be it that its hour is over; admitted or not."""
    key = request.COOKIES.get(COOKIE, "")
    if not key:
        return None
    visit = Visit.objects.filter(portal=portal, key=_digest(key)).select_related("draft").first()
    if visit:
        visit.portal = portal
    return visit


def admitted(request: HttpRequest, portal: RequestPortal) -> Visit | None:
    """The same, where the portal lets the visitor in now."""
    visit = of(request, portal)
    return visit if visit and rules.is_admitted(visit) else None


def is_running(visit: Visit | None) -> bool:
    """Whether its hour is not over; the address may wait to be proved."""
    return visit is not None and visit.expires_at > clock.now()


def remember(response: HttpResponse, portal: RequestPortal, key: str) -> HttpResponse:
    response.set_cookie(
        COOKIE,
        key,
        max_age=KEPT,
        path=_path(portal),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def forget(response: HttpResponse, portal: RequestPortal) -> HttpResponse:
    response.delete_cookie(COOKIE, path=_path(portal), samesite="Lax")
    return response


def forget_old() -> None:
    """Delete visits with what was typed in them, and captchas, that are too old to be of use to anybody."""
    now = clock.now()
    for is_proved, kept in ((True, PROVED_KEPT), (False, UNPROVED_KEPT)):
        old = Visit.objects.filter(is_proved=is_proved, expires_at__lt=now - kept)
        Draft.objects.filter(pk__in=old.exclude(draft=None).values("draft")).delete()
        old.delete()
    SpentCaptcha.objects.filter(at__lt=now - CAPTCHAS_KEPT).delete()


def _path(portal: RequestPortal) -> str:
    return reverse("outside:entrance", args=[portal.slug])


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
