"""Requesting a certificate, page by page."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import PersonRequest
from certificates import rules
from certificates.actions import requests
from certificates.actions.requests import Wanted
from certificates.csr_forms import ReadingForm
from certificates.models import Order
from certificates.queries import why_not
from certificates.steps import WIZARDS, OrderWizard, ReissueWizard, RenewWizard, wizard_for
from certificates.views.orders import visible_order
from certificates.views.walk import FIRST, Walk
from profiles.models import OrganizationProfile
from sslportal.kit.access import needs
from sslportal.kit.models import Draft
from sslportal.kit.wizard import Step, draft_of


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
    if not wizard.profiles.exists():
        messages.info(request, _("None of your organization profiles takes orders now."))
        for profile in _refusing(request):
            messages.info(request, profile.why_no_orders())
        return redirect("certificates:list")
    return Inside(request, wizard).page(wizard.listed[0])


@needs("orders.request")
@require_safe
def resume(request: PersonRequest, draft: uuid.UUID) -> HttpResponse:
    """Take a draft up where it was left."""
    wizard = _wizard(request, draft)
    return Inside(request, wizard).to(wizard.furthest())


@needs("orders.request")
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: PersonRequest, draft: uuid.UUID, key: str) -> HttpResponse:
    """One page of a draft; a page whose turn has not come leads back to the first that is not answered."""
    if order := Order.objects.visible_to(request.user).filter(submission=draft).first():
        return redirect("certificates:submitted", order.pk)
    wizard = _wizard(request, draft)
    step, walk = wizard.step(key), Inside(request, wizard)
    return walk.page(step) if step else walk.to(wizard.furthest())


def _wizard(request: PersonRequest, draft: uuid.UUID) -> OrderWizard:
    """The person's draft; it is gone, too, where the order that it follows on can no longer be seen."""
    try:
        return wizard_for(draft_of(request, WIZARDS, draft))
    except Order.DoesNotExist:
        raise Http404 from None


class Inside(Walk):
    """An administrator walks through the pages."""

    request: PersonRequest

    def url(self, step: Step) -> str:
        return reverse("certificates:new-page", args=[self.wizard.draft.pk, step.key])

    def left(self) -> HttpResponse:
        return redirect(self.wizard.source or "certificates:list")

    def order(self, wanted: Wanted) -> Order:
        draft_of(self.request, WIZARDS, self.wizard.draft.pk, lock=True)
        return requests.submit_order(wanted, submission=self.wizard.draft.pk, by=self.request.user)

    def finished(self, order: Order) -> HttpResponse:
        return redirect("certificates:submitted", order.pk)

    def context(self, step: Step) -> dict[str, Any]:
        context: dict[str, Any] = {"read_csr_url": reverse("certificates:read-csr")}
        if step.key == FIRST:
            context |= {"refusing": _refusing(self.request), "falls_back": self.wizard.profile_is_ov}
        return context


def _refusing(request: PersonRequest) -> list[OrganizationProfile]:
    """The person's profiles that take no orders now; the page says of each why."""
    return list(OrganizationProfile.objects.refusing_orders_of(request.user).select_related("account").order_by("name"))


@needs("orders.request")
@sensitive_post_parameters()
@require_POST
def read_csr(request: PersonRequest) -> HttpResponse:
    """What is in the CSR that is in the box now: a fragment for the first page. Nothing is kept."""
    form = ReadingForm(request.POST, profiles=OrganizationProfile.objects.orderable_by(request.user))
    return render(request, "certificates/new/_csr.html", {"reading": form.reading})
