"""Upgrading a profile to EV: the pages on which it is asked for, and canceling it and sending the mail again."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import PersonRequest
from profiles import ev_actions as actions
from profiles.ev_contacts import awaiting_signer, ev_contacts
from profiles.models import OrganizationProfile
from profiles.rules import may_edit
from profiles.steps import STAGES, EvWizard, kind_for
from sslportal.kit.access import needs
from sslportal.kit.models import Draft
from sslportal.kit.moves import Refused, require
from sslportal.kit.wizard import Step, StepForm, answer, draft_of

FIRST = "organization"


@needs("profiles.see")
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: PersonRequest, pk: int) -> HttpResponse:
    """The first page. The draft is written when it is sent."""
    profile = _profile(request, pk)
    if why := actions.obstacle(profile):
        return _not_now(request, profile, why)
    wizard = EvWizard(Draft(kind=kind_for(profile), owner=request.user), profile)
    return _answer(request, wizard, wizard.listed[0])


@needs("profiles.see")
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: PersonRequest, pk: int, draft: uuid.UUID, key: str) -> HttpResponse:
    """One page of a draft; a page whose turn has not come leads back to the first that is not answered."""
    profile = _profile(request, pk)
    if profile.ev_requests.filter(submission=draft, requester=request.user).exists():
        return redirect("profiles:ev-submitted", profile.pk)
    if why := actions.obstacle(profile):
        return _not_now(request, profile, why)
    wizard = EvWizard(draft_of(request, kind_for(profile), draft), profile)
    step = wizard.step(key)
    return _answer(request, wizard, step) if step else _to(wizard, wizard.furthest())


def _profile(request: PersonRequest, pk: int) -> OrganizationProfile:
    """A profile that the person may upgrade; one that they cannot see does not exist."""
    profile: OrganizationProfile = get_object_or_404(OrganizationProfile.objects.visible_to(request.user), pk=pk)
    require(may_edit(request.user, profile))
    return profile


def _not_now(request: PersonRequest, profile: OrganizationProfile, why: str) -> HttpResponse:
    return render(request, "profiles/ev/not_now.html", {"profile": profile, "why": why}, status=409)


def _answer(request: PersonRequest, wizard: EvWizard, step: Step) -> HttpResponse:
    if request.method != "POST":
        return _show(request, wizard, step, wizard.form(step))
    go, form = answer(request, wizard, step)
    match go:
        case "cancel":
            return _discard(request, wizard)
        case "keep":
            return HttpResponse(status=204)
        case "back":
            return _to(wizard, wizard.before(step.key) or step)
        case "mend":
            return _show(request, wizard, step, form)
        case "approve":
            return _approve(request, wizard)
    wizard.save()  # the first page has no form to be kept
    return _to(wizard, wizard.after(step.key) or wizard.furthest())


def _show(request: PersonRequest, wizard: EvWizard, step: Step, form: StepForm | None) -> HttpResponse:
    context: dict[str, Any] = {
        "wizard": wizard,
        "profile": wizard.profile,
        "step": step,
        "form": form,
        "stages": STAGES,
        "stage": step.key,
        "is_first": step.key == FIRST,
    }
    if step.key == "confirmation":
        context["contacts"] = [
            (contact_step.title, contact, _url(wizard, contact_step)) for contact_step, contact in wizard.contacts()
        ]
    return render(request, step.template, context, status=422 if form and form.is_bound else 200)


def _to(wizard: EvWizard, step: Step) -> HttpResponse:
    return redirect(_url(wizard, step))


def _url(wizard: EvWizard, step: Step) -> str:
    return reverse("profiles:ev-page", args=[wizard.profile.pk, wizard.draft.pk, step.key])


def _discard(request: PersonRequest, wizard: EvWizard) -> HttpResponse:
    wizard.discard()
    messages.info(request, _("The upgrade was not requested. Nothing has changed."))
    return redirect("profiles:list")


def _approve(request: PersonRequest, wizard: EvWizard) -> HttpResponse:
    if wizard.step("confirmation") is None:
        return _to(wizard, wizard.furthest())
    try:
        with transaction.atomic():
            draft_of(request, wizard.draft.kind, wizard.draft.pk, lock=True)  # sent twice: the second finds none
            approver, signer = wizard.contact("approver"), wizard.contact("signer")
            actions.request_ev(
                wizard.profile, approver=approver, signer=signer, submission=wizard.draft.pk, by=request.user
            )
            wizard.draft.delete()
    except Refused as refusal:
        return _not_now(request, wizard.profile, str(refusal))
    except Http404:
        pass  # a second click, which waited for the first
    return redirect("profiles:ev-submitted", wizard.profile.pk)


@needs("profiles.see")
@require_safe
def submitted(request: PersonRequest, pk: int) -> HttpResponse:
    """What happens next, after Approve."""
    profile = _profile(request, pk)
    ev_request = ev_contacts(profile)["request"]
    if ev_request is None:
        raise Http404
    return render(request, "profiles/ev/submitted.html", {"profile": profile, "ev_request": ev_request})


@needs("profiles.see")
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: PersonRequest, pk: int) -> HttpResponse:
    """Asks first: the signer's link ends."""
    profile = _profile(request, pk)
    if request.method == "POST":
        return _do(request, profile, actions.cancel, _("The upgrade to EV was canceled."))
    if (ev_request := awaiting_signer(profile)) is None:
        return _nothing_open(request, profile)
    return render(request, "profiles/ev/cancel.html", {"profile": profile, "ev_request": ev_request})


@needs("profiles.see")
@require_POST
def resend(request: PersonRequest, pk: int) -> HttpResponse:
    """Mail a new link to the contract signer."""
    says = _("A new mail is on its way to the contract signer. The link in the one before no longer works.")
    return _do(request, _profile(request, pk), actions.resend, says)


def _do(request: PersonRequest, profile: OrganizationProfile, action: Callable[..., None], says: str) -> HttpResponse:
    if (ev_request := awaiting_signer(profile)) is None:
        return _nothing_open(request, profile)
    try:
        action(ev_request, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, says)
    return redirect(profile)


def _nothing_open(request: PersonRequest, profile: OrganizationProfile) -> HttpResponse:
    messages.info(request, _("No upgrade of “%(profile)s” waits for its contract signer.") % {"profile": profile})
    return redirect(profile)
