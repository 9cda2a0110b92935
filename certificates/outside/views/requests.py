"""Afterwards: the state of one's own requests, comments on them, canceling, a new CSR, and the download."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from certificates.csr_forms import NewCsrForm
from certificates.models import Order, Visit
from certificates.outside import rules, story
from certificates.outside.actions import requests
from certificates.outside.forms import CommentForm
from certificates.outside.views.door import FRAME, show, visiting
from certificates.states import Hold
from certificates.views import downloads
from sslportal.kit.moves import Refused

MOST_SHOWN = 200


@visiting
@require_safe
def request_list(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The visitor's own requests; who has not proved the address is asked to."""
    if not visit.is_proved:
        return show(request, "outside/prove.html", visit.portal, visit)
    orders = Order.objects.visible_outside(visit).select_related("outsider", "profile").order_by("-pk")[:MOST_SHOWN]
    return show(request, "outside/requests.html", visit.portal, visit, orders=orders)


def _own(visit: Visit, reference: str) -> Order:
    """The visitor's own request; any other one does not exist."""
    orders = Order.objects.visible_outside(visit).select_related(
        "outsider", "profile", "account", "certificate__authority"
    )
    return get_object_or_404(orders, outsider__reference=reference)


def _to(visit: Visit, reference: str) -> HttpResponse:
    return redirect("outside:request", visit.portal.slug, reference)


@visiting
@require_safe
def details(request: HttpRequest, visit: Visit, reference: str) -> HttpResponse:
    return _details(request, visit, _own(visit, reference))


def _details(request: HttpRequest, visit: Visit, order: Order, **context: Any) -> HttpResponse:
    return show(
        request,
        "outside/request.html",
        visit.portal,
        visit,
        order=order,
        open=rules.open_to_requester(order),
        story=story.of(order),
        **{"form": CommentForm(), **context},
    )


@visiting
@sensitive_post_parameters()
@require_http_methods(["POST"])
def comment(request: HttpRequest, visit: Visit, reference: str) -> HttpResponse:
    order, form = _own(visit, reference), CommentForm(request.POST)
    if not form.is_valid():
        return _details(request, visit, order, form=form, status=422)
    _do(request, lambda: requests.comment(order, visit, text=form.cleaned_data["text"]), _("Your comment was sent."))
    return _to(visit, reference)


@visiting
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, visit: Visit, reference: str) -> HttpResponse:
    """Ask, then cancel."""
    order = _own(visit, reference)
    if request.method != "POST" and rules.may_cancel(order):
        return show(request, "outside/cancel.html", visit.portal, visit, order=order)
    if request.method == "POST":
        _do(request, lambda: requests.cancel(order, visit), _("The request was canceled."))
    return _to(visit, reference)


@visiting
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def new_csr(request: HttpRequest, visit: Visit, reference: str) -> HttpResponse:
    """Bring the CSR that the request waits for. Why, the vetting team's words to the account leave out."""
    order = _own(visit, reference)
    if not rules.may_supply_csr(order):
        return _to(visit, reference)
    form = NewCsrForm(request.POST if request.method == "POST" else None, order=order)
    if form.is_valid():
        new = form.cleaned_data["csr"]
        _do(request, lambda: requests.supply_csr(order, visit, new_csr=new), _("The new CSR was taken."))
        return _to(visit, reference)
    return show(
        request,
        "outside/new_csr.html",
        visit.portal,
        visit,
        order=order,
        form=form,
        why=order.held_for if order.hold == Hold.KEY else "",
        read_csr_url=reverse("outside:read-csr", args=[visit.portal.slug]),
        status=422 if form.is_bound else 200,
    )


def _do(request: HttpRequest, act: Any, done: str) -> None:
    """Do it, and say so; where it is refused, say why."""
    try:
        act()
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, done)


def _downloadable(visit: Visit, reference: str) -> Order:
    order = _own(visit, reference)
    if not rules.may_download(order):
        raise Http404
    return order


@visiting
@require_safe
def download(request: HttpRequest, visit: Visit, reference: str) -> HttpResponse:
    order = _downloadable(visit, reference)
    back = reverse("outside:request", args=[visit.portal.slug, reference])
    return downloads.show(request, order, frame=FRAME, portal=visit.portal, visit=visit, back=back)


@visiting
@require_safe
def download_file(request: HttpRequest, visit: Visit, reference: str, name: str) -> HttpResponse:
    return downloads.send(_downloadable(visit, reference), name)
