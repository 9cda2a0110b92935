"""The pages that ask once more before an order moves, and those that change what is written on it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.requests import PersonRequest
from certificates import rules
from certificates.actions import edits, requests, revocation
from certificates.csr_forms import NewCsrForm
from certificates.models import Order
from certificates.order_forms import EditCommentsForm, EditRecipientsForm, RevokeForm
from certificates.states import Reason
from certificates.views.orders import carry_out, visible_order
from sslportal.kit.access import needs


@dataclass(frozen=True)
class Question:
    """A page that asks Yes or No: its heading, which moves it may lead to, who is let in, and the verb behind Yes."""

    title: Any
    moves: tuple[str, ...]
    may: Callable[[Any, Order], bool]
    verb: Callable[..., Order]


QUESTIONS = {  # each with a template of its name
    "cancel": Question(
        gettext_lazy("Cancel Certificate Request"), ("cancel", "ask_to_cancel"), rules.may_cancel, requests.cancel_order
    ),
    "unused": Question(gettext_lazy("Mark as Unused"), ("mark_unused",), rules.may_set_aside, revocation.mark_unused),
    "restore": Question(
        gettext_lazy("Restore Certificate"), ("restore",), rules.may_set_aside, revocation.restore_order
    ),
}


@needs("orders.see")
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: PersonRequest, pk: int, key: str) -> HttpResponse:
    """Ask, then cancel, set aside or restore."""
    order, question = visible_order(request, pk), QUESTIONS[key]
    if not question.may(request.user, order):
        raise PermissionDenied
    if not rules.open_to(request.user, order) & set(question.moves):
        return _too_late(request, order)
    if request.method != "POST":
        return render(request, f"certificates/{key}.html", {"order": order, "title": question.title})
    return carry_out(request, pk, question.verb, "certificates:details")


def _too_late(request: PersonRequest, order: Order) -> HttpResponse:
    messages.info(
        request, _("This is not possible now: the order is %(status)s.") % {"status": order.get_status_display()}
    )
    return redirect(order)


@needs("orders.see")
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: PersonRequest, pk: int) -> HttpResponse:
    """Two pages: why, then whether for good. What was chosen comes along, so that only Yes revokes."""
    order = visible_order(request, pk)
    if not rules.may_revoke(request.user, order):
        raise PermissionDenied
    if "revoke" not in rules.open_to(request.user, order):
        return _too_late(request, order)
    form = RevokeForm(request.POST) if request.method == "POST" else RevokeForm()
    if not form.is_bound or not form.is_valid() or request.POST.get("go") == "back":
        is_wrong = form.is_bound and not form.is_valid()
        return render(
            request, "certificates/revoke.html", {"order": order, "form": form}, status=422 if is_wrong else 200
        )
    if request.POST.get("go") != "yes":
        reason = Reason(form.cleaned_data["reason"]).label
        return render(request, "certificates/revoke_confirm.html", {"order": order, "form": form, "reason": reason})
    return carry_out(request, pk, revocation.revoke_order, "certificates:details", **form.cleaned_data)


@dataclass(frozen=True)
class Part:
    """What of an order can be edited: its form, and the words over it."""

    form: type[forms.Form]
    title: Any


PARTS = {
    "recipients": Part(EditRecipientsForm, gettext_lazy("Notification Recipients")),
    "comments": Part(EditCommentsForm, gettext_lazy("Comments")),
}


@needs("orders.see")
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: PersonRequest, pk: int, key: str) -> HttpResponse:
    """Edit the recipients or the comments."""
    order, part = visible_order(request, pk), PARTS[key]
    if not rules.may_edit(request.user, order):
        raise PermissionDenied
    form = part.form(request.POST if request.method == "POST" else None, initial={key: getattr(order, key)})
    if form.is_valid():
        response = carry_out(request, pk, edits.edit_order, "certificates:details", **form.cleaned_data)
        messages.success(request, _("%(what)s: saved.") % {"what": part.title})
        return response
    context = {"order": order, "form": form, "field": form[key], "title": part.title}
    return render(request, "certificates/edit.html", context, status=422 if form.is_bound else 200)


@needs("orders.see")
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def new_csr(request: PersonRequest, pk: int) -> HttpResponse:
    """Supply the CSR that an order waits for."""
    order = visible_order(request, pk)
    if not rules.may_bring_csr(request.user, order):
        raise PermissionDenied
    if not rules.may_supply_csr(request.user, order):
        messages.info(request, _("This order does not wait for a new CSR."))
        return redirect(order)
    form = NewCsrForm(request.POST if request.method == "POST" else None, order=order)
    if form.is_valid():
        return carry_out(request, pk, requests.supply_csr, "certificates:details", new_csr=form.cleaned_data["csr"])
    return render(
        request, "certificates/new_csr.html", {"order": order, "form": form}, status=422 if form.is_bound else 200
    )
