"""Pages of no app: where signing in leads, what load balancers ask, and the error pages."""

import logging
from datetime import timedelta

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts import introduction
from accounts.models import Administrator
from profiles.models import OrganizationProfile
from profiles.states import TAKES_ORDERS
from sslportal.kit import clock
from sslportal.kit.access import public
from sslportal.kit.leading import next_address, with_next
from sslportal.kit.models import Heartbeat

log = logging.getLogger(__name__)


@public("it only leads on")
def home(request: HttpRequest) -> HttpResponse:
    """To sign in; then to the Introduction where it is due, to the page that was asked for, or to where work begins."""
    if not request.user.is_authenticated:
        return redirect(with_next(reverse("account_login"), next_address(request)))
    if introduction.is_due(request):
        return redirect(with_next(reverse("accounts:introduction"), next_address(request)))
    return redirect(next_address(request) or _landing(request.user))


def _landing(person: Administrator) -> str:
    """The desk for the vetting team; the Account tab until a profile takes orders; then the certificates."""
    if person.may("vetting.decide"):
        return reverse("vetting:index")
    can_order = OrganizationProfile.objects.filter(account=person.account_id, status__in=TAKES_ORDERS).exists()
    return reverse("certificates:list" if can_order else "accounts:account")


@public("load balancers ask whether the process is up")
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@public("load balancers ask whether requests can be answered")
def readyz(request: HttpRequest) -> HttpResponse:
    """200 where the database answers. Redis and the workers are told, but pages are answered without them."""
    database = _database_answers()
    parts = {"database": database, "redis": _redis_answers(), "workers": _workers_seen() if database else []}
    return JsonResponse(parts, status=200 if database else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        log.warning("the database does not answer: %s", error)
        return False
    return True


def _workers_seen() -> list[str]:
    """The queues whose worker was there within two minutes."""
    seen = Heartbeat.objects.filter(at__gt=clock.now() - timedelta(minutes=2))
    return list(seen.order_by("queue").values_list("queue", flat=True))


def _redis_answers() -> bool:
    cache.set("readyz", "1", 10)
    return cache.get("readyz") == "1"


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token is of an earlier session: what was typed is still in the browser, one page back."""
    return render(request, "errors/form_expired.html", status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Rendered without a request: whatever failed must not fail again here."""
    return HttpResponse(render(None, "errors/500.html").content, status=500)
