"""The page of an order's health check: the URLs, how far it is, what came of it, and the program for what is out of reach."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import PersonRequest
from certificates import rules as order_rules
from certificates.models import Certificate, Order
from certificates.servers.choice import chosen
from discovery.health import actions, rules, shown
from discovery.health.entries import MOST_URLS, Place
from discovery.health.fixes import SERVERS
from discovery.health.forms import HealthCheckForm
from discovery.health.models import HealthCheck
from discovery.health.states import Status
from discovery.programs import as_response
from discovery.scanner.health import PROBES
from sslportal.kit.access import needs
from sslportal.kit.moves import Refused

RELATED = ("certificate__authority__parent__parent", "profile")


def _order(request: PersonRequest, pk: int) -> Order:
    """The order, where the person may see it; else it does not exist."""
    return get_object_or_404(Order.objects.visible_to(request.user).select_related(*RELATED), pk=pk)


def _check(order: Order) -> HealthCheck | None:
    """The one that is running; else the last one that came to its end."""
    check = order.health_checks.exclude(status=Status.CANCELED).order_by("-pk").first()
    if check:
        check.order = order
    return check


def _visible_check(request: PersonRequest, pk: int) -> HealthCheck:
    check = _check(_order(request, pk))
    if check is None:
        raise Http404
    return check


@needs("orders.see")
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: PersonRequest, pk: int) -> HttpResponse:
    order = _order(request, pk)
    issued = order.issued
    if issued is None or not rules.may_check(request.user, order):
        sentence = _("Only a certificate can be checked, and this order has none; it is: %(status)s.")
        messages.info(request, sentence % {"status": order.get_status_display()})
        return redirect(order)
    form = HealthCheckForm(request.POST if request.method == "POST" else None, initial={"urls": _places(order, issued)})
    if form.is_valid():
        try:
            actions.start(order, form.cleaned_data["urls"], by=request.user)
            return redirect("health:page", pk)
        except Refused as refused:
            form.add_error(None, str(refused))
    context = {**_facts(request, order), "form": form}
    return render(request, "discovery/health/page.html", context, status=422 if form.is_bound else 200)


def _places(order: Order, issued: Certificate) -> list[Place]:
    """Where it was looked last; else the names in the certificate."""
    last = order.health_checks.order_by("-pk").first()
    if last:
        return [url.place for url in last.urls.all()]
    return [Place(name, 443) for name in issued.dns_names if not name.startswith("*")][:MOST_URLS]


@needs("orders.see")
@require_safe
def state(request: PersonRequest, pk: int) -> HttpResponse:
    """The part of the page that refreshes itself while a worker or the program is at it."""
    return render(request, "discovery/health/_check.html", _facts(request, _order(request, pk)))


def _facts(request: PersonRequest, order: Order) -> dict[str, Any]:
    server = chosen(request, SERVERS) or SERVERS["nginx"]
    check = _check(order)
    urls = shown.urls_of(check, request.user, server) if check else []
    return {
        "order": order,
        "check": check,
        "urls": urls,
        "probes": PROBES,
        "looked_at": sum(bool(one.url.verdict) for one in urls),
        "done": sum(one.url.done for one in urls),
        "to_do": PROBES * len(urls),
        "unreachable": sum(one.url.is_unreachable for one in urls),
        "handed": sum(one.url.is_handed for one in urls),
        "by_program": sum(one.url.is_by_program for one in urls),
        "servers": SERVERS.values(),
        "server": server,
        "has_fixes": any(group.fix for one in urls for group in one.groups),
        "may_download": order_rules.may_download(request.user, order),
    }


@needs("orders.see")
@require_POST
def cancel(request: PersonRequest, pk: int) -> HttpResponse:
    """Stop what is under way."""
    return _do(request, pk, actions.cancel)


@needs("orders.see")
@require_POST
def hand_over(request: PersonRequest, pk: int) -> HttpResponse:
    """Leave what was not reached to the program."""
    return _do(request, pk, actions.hand_over)


def _do(request: PersonRequest, pk: int, action: Any) -> HttpResponse:
    check = _visible_check(request, pk)
    try:
        action(check, by=request.user)
    except Refused as refused:
        messages.warning(request, str(refused))
    return redirect(check)


@needs("orders.see")
@require_POST
def program(request: PersonRequest, pk: int) -> HttpResponse:
    """The program as a file, with what it is to look at."""
    check = _visible_check(request, pk)
    try:
        return as_response(actions.program(check, by=request.user))
    except Refused as refused:
        messages.warning(request, str(refused))
        return redirect(check)
