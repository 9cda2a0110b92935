"""The list of orders, one order, and the moves that a person makes."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import PersonRequest
from certificates import beyond, notices, rules
from certificates.actions import caa_checks, requests
from certificates.blockers import checklist
from certificates.models import Order
from certificates.outside.approving import domains_to_confirm
from certificates.outside.forms import ControlsForm
from certificates.queries import san_names
from certificates.states import UNDER_WAY
from certificates.steps import drafts_of
from certificates.tables import OrderTable
from domains import contacts
from profiles.models import OrganizationProfile
from profiles.notifications import unsubscribing
from sslportal.kit import audit
from sslportal.kit.access import needs
from sslportal.kit.moves import Refused
from sslportal.kit.tables import list_page

RELATED = ("certificate__revocation__by", "profile", "requester", "outsider", "approver", "account")


def visible_order(request: PersonRequest, pk: int) -> Order:
    """The order, where the person may see it; else it does not exist."""
    return get_object_or_404(Order.objects.visible_to(request.user).select_related(*RELATED), pk=pk)


@needs("orders.see")
@require_safe
def order_list(request: PersonRequest) -> HttpResponseBase:
    orders = Order.objects.visible_to(request.user).for_list()
    context = {
        "may_request": OrganizationProfile.objects.orderable_by(request.user).exists(),
        "drafts": drafts_of(request.user),
    }
    return list_page(request, OrderTable, orders, "certificates/list.html", context)


@needs("orders.see")
@require_safe
def details(request: PersonRequest, pk: int) -> HttpResponse:
    order = visible_order(request, pk)
    return render(request, "certificates/details.html", {**_facts(request, order), "history": audit.story(order)})


@needs("orders.see")
@require_safe
def state(request: PersonRequest, pk: int) -> HttpResponse:
    """The part of the details page that refreshes itself while a worker is at the order."""
    return render(request, "certificates/_state.html", _facts(request, visible_order(request, pk)))


def _facts(request: PersonRequest, order: Order) -> dict[str, Any]:
    system_sans, sans = san_names(order)
    checks = checklist(order)
    in_the_way = [blocker for check in checks for blocker in check.blockers]
    return {
        "order": order,
        "silent": unsubscribing.stopped_at(notices.about(order)),
        "certificate": order.issued,
        "system_sans": system_sans,
        "sans": sans,
        "checklist": checks,
        "blockers": in_the_way,
        "caa": order.caa if any(blocker.is_caa for blocker in in_the_way) else None,
        "is_under_way": order.status in UNDER_WAY,
        "open": rules.open_to(request.user, order),
        "beyond": beyond.of(order),
        "renewal": order.renewal,
        "revoked_by": _who(order),
        "lacks_hold": rules.lacks_hold(request.user, order),
        "successors": order.successors.visible_to(request.user).order_by("pk"),
        "source": Order.objects.visible_to(request.user).filter(pk=order.source_id).first()
        if order.source_id
        else None,
    }


def _who(order: Order) -> str:
    """Who revoked the certificate, or set it aside. Of the vetting team no names are told."""
    if order.revocation is None:
        return ""
    return _("The vetting team") if order.revocation.by.is_vetter else order.revocation.by.email


@needs("orders.see")
@require_safe
def submitted(request: PersonRequest, pk: int) -> HttpResponse:
    """The message after Finish or Approve, with its OK."""
    return render(request, "certificates/submitted.html", {"order": visible_order(request, pk)})


@needs("orders.see")
@require_safe
def approve(request: PersonRequest, pk: int) -> HttpResponse:
    """First page of two: look at what is asked for. Meanwhile the contacts of new domains are looked for."""
    return _ask_to_approve(request, pk, "certificates/approve.html")


@needs("orders.see")
@require_http_methods(["GET", "HEAD", "POST"])
def approve_confirm(request: PersonRequest, pk: int) -> HttpResponse:
    """Second page: approve it, and say how control of domains is confirmed that a request from outside adds."""
    sent = request.POST if request.method == "POST" else None
    form = ControlsForm(sent, domains=domains_to_confirm(visible_order(request, pk)))
    if not form.is_valid():
        return _ask_to_approve(request, pk, "certificates/approve_confirm.html", form)
    values = {"controls": form.controls, "seen": request.POST.get("seen")}
    return carry_out(request, pk, requests.approve_order, "certificates:submitted", **values)


def _ask_to_approve(request: PersonRequest, pk: int, template: str, form: ControlsForm | None = None) -> HttpResponse:
    order = visible_order(request, pk)
    if not rules.may_approve(request.user, order):
        raise PermissionDenied
    if "approve" not in rules.open_to(request.user, order):
        messages.info(request, _("This request no longer waits for approval."))
        return redirect(order)
    if form is None:
        contacts.want(domains_to_confirm(order))
    status = 422 if form and form.is_bound else 200
    # What was seen is what the first page showed: the second tells less
    seen = request.POST.get("seen") or request.GET.get("seen") or order.edition
    return render(request, template, {**_facts(request, order), "form": form, "seen": seen}, status=status)


@needs("orders.see")
@require_POST
def check_caa(request: PersonRequest, pk: int) -> HttpResponse:
    """Have the CAA records looked up now; the page shows what comes of it."""
    return carry_out(request, pk, caa_checks.ask_again, "certificates:details")


def carry_out(request: PersonRequest, pk: int, action: Any, to: str, **values: Any) -> HttpResponse:
    """Have the verb done, and go on to `to`; where it is refused, back to the order with the reason."""
    try:
        order = action(visible_order(request, pk), by=request.user, **values)
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("certificates:details", pk)
    return redirect(to, order.pk)
