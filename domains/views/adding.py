"""Adding domains, page by page."""

import uuid
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import PersonRequest
from domains import contacts
from domains.actions import requests
from domains.forms import SKIP, ControlForm, manageable_by
from domains.steps import STAGES, AddWizard
from sslportal.kit.access import needs
from sslportal.kit.models import Draft
from sslportal.kit.moves import Refused
from sslportal.kit.wizard import Step, StepForm, answer, draft_of

FIRST = "names"


@needs("domains.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: PersonRequest) -> HttpResponse:
    """The first page. The draft is written when it is sent."""
    if not manageable_by(request.user).exists():
        messages.info(request, _("None of your organization profiles takes domains now."))
        return redirect("domains:list")
    wizard = AddWizard(Draft(kind=AddWizard.kind, owner=request.user))
    return _answer(request, wizard, wizard.listed[0])


@needs("domains.manage")
@require_safe
def resume(request: PersonRequest, draft: uuid.UUID) -> HttpResponse:
    """Take a draft up where it was left."""
    wizard = AddWizard(draft_of(request, AddWizard.kind, draft))
    return _to(wizard, wizard.furthest())


@needs("domains.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: PersonRequest, draft: uuid.UUID, key: str) -> HttpResponse:
    """One page of a draft; a page whose turn has not come leads back to the first that is not answered."""
    if not Draft.objects.filter(pk=draft).exists():
        return _gone(request)
    wizard = AddWizard(draft_of(request, AddWizard.kind, draft))
    step = wizard.step(key)
    return _answer(request, wizard, step) if step else _to(wizard, wizard.furthest())


def _answer(request: PersonRequest, wizard: AddWizard, step: Step) -> HttpResponse:
    if request.method != "POST":
        return _show(request, wizard, step, wizard.form(step))
    if request.POST.get("go") == SKIP and step.form is ControlForm:
        return _skip(wizard, step)
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
    if step.key == FIRST:
        contacts.want(later.data["domain"] for later in wizard.listed if later.form is ControlForm)
    elif form and form.cleaned_data.get("for_all"):
        wizard.use_for_all(step)
        return _to(wizard, wizard.furthest())
    return _to(wizard, wizard.after(step.key) or wizard.furthest())


def _skip(wizard: AddWizard, step: Step) -> HttpResponse:
    """Leave the domain of the page out (D4)."""
    wizard.draft.data[step.key] = {"method": [SKIP]}
    wizard.save()
    return _to(wizard, wizard.after(step.key) or wizard.furthest())


def _show(request: PersonRequest, wizard: AddWizard, step: Step, form: StepForm | None) -> HttpResponse:
    is_wrong = form is not None and form.is_bound
    context: dict[str, Any] = {
        "wizard": wizard,
        "step": step,
        "form": form,
        "stages": STAGES,
        "stage": "control" if step.key.startswith("control-") else step.key,
        "is_first": step.key == FIRST,
        "refused": [line for line in wizard.lines() if not line.is_new],
        "shows_refused": step.key == "summary" or (wizard.before(step.key) == wizard.listed[0] and not is_wrong),
    }
    if step.key == "summary":
        context["rows"] = wizard.rows()
    return render(request, step.template, context, status=422 if is_wrong else 200)


def _to(wizard: AddWizard, step: Step) -> HttpResponse:
    return redirect(_url(wizard, step))


def _url(wizard: AddWizard, step: Step) -> str:
    return reverse("domains:add-page", args=[wizard.draft.pk, step.key])


def _discard(request: PersonRequest, wizard: AddWizard) -> HttpResponse:
    wizard.discard()
    messages.info(request, _("Nothing was added."))
    return redirect("domains:list")


def _gone(request: PersonRequest) -> HttpResponse:
    """OK was sent twice, or the browser went back to a page of what is over."""
    messages.info(request, _("This request was finished or discarded already."))
    return redirect("domains:list")


def _finish(request: PersonRequest, wizard: AddWizard) -> HttpResponse:
    """Add them all, or none."""
    if wizard.step("summary") is None:
        return _to(wizard, wizard.furthest())
    named, choices = wizard.named, wizard.choices()
    assert named  # noqa: S101  # there is a summary only of names
    try:
        with transaction.atomic():
            draft_of(request, AddWizard.kind, wizard.draft.pk, lock=True)  # OK sent twice: the second finds none
            for name, choice in choices.items():
                requests.add_domain(named["profile"], name, level=named["level"], choice=choice, by=request.user)
            wizard.draft.delete()
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return _to(wizard, wizard.listed[0])
    except Http404:
        return _gone(request)
    messages.success(request, _says(len(choices)))
    return redirect("domains:list")


def _says(count: int) -> str:
    if not count:
        return _("All domains were skipped: nothing was added.")
    return ngettext("%(count)d domain was added.", "%(count)d domains were added.", count) % {"count": count}
