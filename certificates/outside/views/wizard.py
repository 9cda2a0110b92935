"""Requesting a certificate without an account, page by page."""

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from certificates.actions.requests import Wanted
from certificates.csr_forms import ReadingForm
from certificates.models import Order, RequestPortal, Visit
from certificates.outside import visits
from certificates.outside.actions import entering, requests
from certificates.outside.limits import TooMany
from certificates.outside.queries import profiles_of
from certificates.outside.steps import OutsideWizard
from certificates.outside.views.door import FRAME, at_portal, show, to_entrance, visiting
from certificates.views.walk import Walk
from sslportal.kit.models import Draft
from sslportal.kit.moves import lock
from sslportal.kit.wizard import Step


class Outside(Walk):
    """A visitor of the request portal walks through the pages."""

    def __init__(self, request: HttpRequest, visit: Visit) -> None:
        super().__init__(request, OutsideWizard(visit))
        self.visit = visit

    def url(self, step: Step) -> str:
        return reverse("outside:page", args=[self.visit.portal.slug, self.wizard.draft.pk, step.key])

    def left(self) -> HttpResponse:
        return redirect("outside:entrance", self.visit.portal.slug)

    def order(self, wanted: Wanted) -> Order:
        lock(self.visit.portal)  # before the draft, as entering does
        get_object_or_404(Draft.objects.select_for_update(), pk=self.wizard.draft.pk, kind=OutsideWizard.kind)
        try:
            return requests.submit(wanted, self.visit, submission=self.wizard.draft.pk)
        except PermissionDenied:  # the portal was switched off, or its filter set, at this moment
            raise Http404 from None

    def finished(self, order: Order) -> HttpResponse:
        return redirect("outside:submitted", self.visit.portal.slug, order.submission)

    def context(self, step: Step) -> dict[str, Any]:
        portal = self.visit.portal
        read_csr_url = reverse("outside:read-csr", args=[portal.slug])
        return {"portal": portal, "visit": self.visit, "frame": FRAME, "read_csr_url": read_csr_url}


@visiting
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The first page, or where an earlier draft was left. The draft is written when the page is sent."""
    if not profiles_of(visit.portal).exists():
        return show(request, "outside/no_profiles.html", visit.portal, visit)
    walk = Outside(request, visit)
    if visit.draft and request.method != "POST":
        return walk.to(walk.wizard.furthest())
    return _count(visit, request) or walk.page(walk.wizard.listed[0])


@at_portal
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, portal: RequestPortal, draft: uuid.UUID, key: str) -> HttpResponse:
    """One page of the draft. What is sent after the hour is kept, before people are led to the entrance."""
    visit = visits.of(request, portal)
    if visit is None:
        return to_entrance(request, portal)
    if not visits.is_running(visit) and request.method == "POST" and visit.draft_id == draft:
        _keep(request, visit, key)
    if visits.admitted(request, portal) is None:
        return to_entrance(request, portal)
    if _sent(visit, draft).exists():
        return redirect("outside:submitted", portal.slug, draft)
    if visit.draft_id != draft:
        raise Http404
    walk = Outside(request, visit)
    step = walk.wizard.step(key)
    return _count(visit, request) or (walk.page(step) if step else walk.to(walk.wizard.furthest()))


def _keep(request: HttpRequest, visit: Visit, key: str) -> None:
    wizard = OutsideWizard(visit)
    step = wizard.step(key)
    if step and step.form and not _count(visit, request):
        wizard.keep(step, request.POST)


def _count(visit: Visit, request: HttpRequest) -> HttpResponse | None:
    """Count what is sent; an answer where it is too much for one visit."""
    if request.method != "POST":
        return None
    try:
        entering.count_step(visit)
    except TooMany as refusal:
        return show(request, "outside/too_many.html", visit.portal, visit, status=429, refusal=refusal)
    return None


def _sent(visit: Visit, draft: uuid.UUID) -> Any:
    """The order that was made of the draft, whose number only those know who filled it in."""
    ours = Order.objects.filter(outsider__isnull=False, account=visit.portal.account_id, asked_by=visit.email)
    return ours.filter(submission=draft)


@visiting
@require_safe
def submitted(request: HttpRequest, visit: Visit, draft: uuid.UUID) -> HttpResponse:
    """The message after Finish, with the reference."""
    order = get_object_or_404(_sent(visit, draft).select_related("outsider"))
    return show(request, "outside/submitted.html", visit.portal, visit, order=order)


@visiting
@sensitive_post_parameters()
@require_POST
def read_csr(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What is in the CSR that is in the box now. Nothing is kept."""
    if refused := _count(visit, request):
        return refused
    form = ReadingForm(request.POST, profiles=profiles_of(visit.portal))
    form.tells_organization = False
    return render(request, "certificates/new/_csr.html", {"reading": form.reading})
