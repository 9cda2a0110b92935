"""Setting an account up, page by page, behind the link in the mail (A2, A3)."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actions import activation as actions
from accounts.forms import CONTACT
from accounts.models import Activation
from accounts.steps import STAGES, SetupWizard
from accounts.terms import VERSION
from accounts.views import links
from sslportal.kit import tokens
from sslportal.kit.access import public
from sslportal.kit.models import Link
from sslportal.kit.moves import Refused
from sslportal.kit.wizard import Step, StepForm, answer

WHY = "whoever sets an account up is nobody yet; the link's token is what counts"


@public(WHY)
@never_cache
@require_safe
def welcome(request: HttpRequest, token: str) -> HttpResponse:
    """The first page, also for a wizard that is half done: what was typed is on the pages that follow."""
    return _with_wizard(request, token, lambda wizard: _show(request, token, wizard, wizard.listed[0], None))


@public(WHY)
@never_cache
@sensitive_post_parameters("password", "password_again")
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str, key: str) -> HttpResponse:
    """One page; one whose turn has not come leads back to the first that is not answered."""
    return _with_wizard(request, token, lambda wizard: _page(request, token, wizard, key))


@public("it only says that the set-up is complete")
@require_safe
def complete(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/setup/complete.html")


def _with_wizard(request: HttpRequest, token: str, then: Callable[[SetupWizard], HttpResponse]) -> HttpResponse:
    try:
        link = _find(token)
        activation = Activation.objects.select_related("account", "draft").get(pk=link.subject_id)
        if activation.draft is None:
            raise tokens.LinkRefused("used")
        return then(SetupWizard(activation.draft, activation, link))
    except tokens.LinkRefused as refusal:
        return links.refused(request, refusal, "setup")


def _find(token: str) -> Link:
    """The link, whichever of the two kinds it is. Raises LinkRefused."""
    try:
        return tokens.find(actions.SET_UP, token)
    except tokens.LinkRefused as refusal:
        if refusal.why != "unknown":
            raise
        return tokens.find(actions.SET_UP_OTHER, token)


def _page(request: HttpRequest, token: str, wizard: SetupWizard, key: str) -> HttpResponse:
    step = wizard.step(key)
    if step is None:
        return _to(token, wizard.furthest())
    if request.method != "POST":
        return _show(request, token, wizard, step, wizard.form(step))
    go, form = answer(request, wizard, step)
    match go:
        case "keep":
            return HttpResponse(status=204)
        case "back":
            return _to(token, wizard.before(key) or step)
        case "mend":
            return _show(request, token, wizard, step, form)
    return _go_on(request, token, wizard, step, form)


def _go_on(request: HttpRequest, token: str, wizard: SetupWizard, step: Step, form: StepForm | None) -> HttpResponse:
    if form and form.cleaned_data.get("use_other"):
        try:
            actions.ask_for_other_address(wizard.activation, form.cleaned_data["other_email"])
        except Refused as refusal:
            form.add_error("other_email", str(refusal))
            return _show(request, token, wizard, step, form)
        return render(request, "accounts/setup/address_sent.html", {"email": form.cleaned_data["other_email"]})
    if step.key == "terms":
        return _finish(request, token, wizard, step, form)
    return _to(token, wizard.after(step.key) or wizard.furthest())


def _finish(request: HttpRequest, token: str, wizard: SetupWizard, step: Step, form: Any) -> HttpResponse:
    contact, organization = wizard.contact or {}, wizard.organization or {}  # the terms are listed behind both
    try:
        actions.finish_setup(
            wizard.activation,
            wizard.link,
            contact={name: contact[name] for name in CONTACT},
            password=wizard.password_hash(),
            organization=organization,
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _show(request, token, wizard, step, form)
    return redirect("accounts:setup-complete")


def _show(request: HttpRequest, token: str, wizard: SetupWizard, step: Step, form: StepForm | None) -> HttpResponse:
    context = {
        "wizard": wizard,
        "step": step,
        "form": form,
        "stages": STAGES,
        "stage": step.key,
        "is_first": step.key == "welcome",
        "token": token,
        "terms_version": VERSION,
    }
    return render(request, step.template, context, status=422 if form and form.is_bound else 200)


def _to(token: str, step: Step) -> HttpResponse:
    if step.key == "welcome":
        return redirect("accounts:setup", token)
    return redirect("accounts:setup-page", token, step.key)
