"""Requesting a certificate, page by page."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import PersonRequest
from certificates import rules
from certificates.actions import requests
from certificates.csr_forms import ReadingForm
from certificates.forms import ControlForm
from certificates.models import Order
from certificates.queries import base_of, why_not
from certificates.steps import STAGES, WIZARDS, OrderWizard, ReissueWizard, RenewWizard, wizard_for
from certificates.views.orders import visible_order
from domains import contacts
from profiles.models import OrganizationProfile
from sslportal.kit.access import needs
from sslportal.kit.models import Draft
from sslportal.kit.moves import Refused
from sslportal.kit.names import display
from sslportal.kit.wizard import Step, StepForm, answer, draft_of

FIRST = "request"


@needs("orders.request")
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: PersonRequest) -> HttpResponse:
    """The first page. The draft is written when it is sent."""
    return _begin(request, OrderWizard(Draft(kind=OrderWizard.kind, owner=request.user)))


@needs("orders.request")
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def reissue(request: PersonRequest, pk: int) -> HttpResponse:
    """The first page of a copy with another key."""
    return _follow(request, pk, "reissue", ReissueWizard)


@needs("orders.request")
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def renew(request: PersonRequest, pk: int) -> HttpResponse:
    """The first page of what follows on a certificate."""
    return _follow(request, pk, "renew", RenewWizard)


def _follow(request: PersonRequest, pk: int, deed: str, kind: type[OrderWizard]) -> HttpResponse:
    order = visible_order(request, pk)
    if not rules.may_request(request.user, order.profile):
        raise PermissionDenied
    if not rules.DEEDS[deed](request.user, order):
        messages.info(request, why_not(order, deed))
        return redirect(order)
    return _begin(request, kind(Draft(kind=kind.kind, owner=request.user, data={"source": order.pk})))


def _begin(request: PersonRequest, wizard: OrderWizard) -> HttpResponse:
    if not OrganizationProfile.objects.orderable_by(request.user).exists():
        messages.info(request, _("None of your organization profiles takes orders now."))
        for profile in _refusing(request):
            messages.info(request, profile.why_no_orders())
        return redirect("certificates:list")
    return _answer(request, wizard, wizard.listed[0])


@needs("orders.request")
@require_safe
def resume(request: PersonRequest, draft: uuid.UUID) -> HttpResponse:
    """Take a draft up where it was left."""
    wizard = _wizard(request, draft)
    return _to(wizard, wizard.furthest())


@needs("orders.request")
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: PersonRequest, draft: uuid.UUID, key: str) -> HttpResponse:
    """One page of a draft; a page whose turn has not come leads back to the first that is not answered."""
    if order := Order.objects.visible_to(request.user).filter(submission=draft).first():
        return redirect("certificates:submitted", order.pk)
    wizard = _wizard(request, draft)
    step = wizard.step(key)
    return _answer(request, wizard, step) if step else _to(wizard, wizard.furthest())


def _wizard(request: PersonRequest, draft: uuid.UUID) -> OrderWizard:
    """The person's draft; it is gone, too, where the order that it follows on can no longer be seen."""
    try:
        return wizard_for(draft_of(request, WIZARDS, draft))
    except Order.DoesNotExist:
        raise Http404 from None


def _answer(request: PersonRequest, wizard: OrderWizard, step: Step) -> HttpResponse:
    if request.method != "POST":
        return _show(request, wizard, step, wizard.form(step))
    go, form = answer(request, wizard, step)
    match go:
        case "cancel":
            return _discard(request, wizard)
        case "keep":
            return HttpResponse(status=204, headers={"X-Draft": _url(wizard, step)})
        case "back":
            return _to(wizard, wizard.before(step.key) or step)
        case "mend":
            return _show(request, wizard, step, form)
        case "finish":
            return _finish(request, wizard)
    if step.key == "details":
        contacts.want(later.data["domain"] for later in wizard.listed if later.form is ControlForm)
    stays = go == "add" or "remove" in request.POST
    return _to(wizard, step if stays else wizard.after(step.key) or wizard.furthest())


def _refusing(request: PersonRequest) -> list[OrganizationProfile]:
    """The person's profiles that take no orders now; the page says of each why."""
    return list(OrganizationProfile.objects.refusing_orders_of(request.user).select_related("account").order_by("name"))


def _show(request: PersonRequest, wizard: OrderWizard, step: Step, form: StepForm | None) -> HttpResponse:
    context: dict[str, Any] = {
        "wizard": wizard,
        "step": step,
        "form": form,
        "stages": STAGES,
        "stage": "domains" if step.key.startswith("control-") else step.key,
        "is_first": step.key == FIRST,
    }
    if step.key == FIRST:
        context |= {"refusing": _refusing(request), "falls_back": wizard.profile_is_ov}
    if step.key == "details" and form:
        context["system_san"] = wizard.base_domain(form)
    if step.key == "domains":
        context["domains"] = [(display(domain), wizard.by_vetting(domain)) for domain in step.data]
    if step.key == "summary":
        wanted = wizard.wanted()
        context |= {"wanted": wanted, "validity_label": wizard.validity_label(), "control": wizard.control(wanted)}
        context["system_san"] = base_of(wizard.wanted_names(), wanted.profile, wanted.level)
    if step.key in ("domains", "summary"):
        context["no_longer_ev"] = wizard.no_longer_ev
    return render(request, step.template, context, status=422 if form and form.is_bound else 200)


def _to(wizard: OrderWizard, step: Step) -> HttpResponse:
    return redirect(_url(wizard, step))


def _url(wizard: OrderWizard, step: Step) -> str:
    return reverse("certificates:new-page", args=[wizard.draft.pk, step.key])


def _discard(request: PersonRequest, wizard: OrderWizard) -> HttpResponse:
    wizard.discard()
    messages.info(request, _("The request was discarded. Nothing was ordered."))
    return redirect(wizard.source or "certificates:list")


def _finish(request: PersonRequest, wizard: OrderWizard) -> HttpResponse:
    if wizard.step("summary") is None:
        return _to(wizard, wizard.furthest())
    wanted = wizard.wanted()
    if request.POST.get("level", wanted.level) != wanted.level:
        told = _("The certificate will be %(level)s now: this has changed while you looked at the summary.")
        messages.warning(request, told % {"level": wanted.level})
        return _to(wizard, wizard.furthest())
    try:
        with transaction.atomic():
            draft_of(request, WIZARDS, wizard.draft.pk, lock=True)
            order = requests.submit_order(wanted, submission=wizard.draft.pk, by=request.user)
            wizard.draft.delete()
    except Http404:  # Finish sent twice at once: for the second there is no draft, but its page leads to the order
        return _to(wizard, wizard.furthest())
    except Refused as refusal:  # the last domain of the subscription went to somebody else, say
        messages.warning(request, str(refusal))
        return _to(wizard, wizard.furthest())
    return redirect("certificates:submitted", order.pk)


@needs("orders.request")
@sensitive_post_parameters()
@require_POST
def read_csr(request: PersonRequest) -> HttpResponse:
    """What is in the CSR that is in the box now: a fragment for the first page. Nothing is kept."""
    form = ReadingForm(request.POST, person=request.user)
    return render(request, "certificates/new/_csr.html", {"reading": form.reading})
