"""Making and editing a report, page by page."""

import uuid
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import PersonRequest
from reporting import preview, words
from reporting.actions import reports
from reporting.models import Report
from reporting.rule_forms import LEAVES, RulesForm
from reporting.steps import STAGES, ReportWizard, to_edit
from sslportal.kit.access import needs
from sslportal.kit.models import Draft
from sslportal.kit.moves import MovedOn, Refused
from sslportal.kit.wizard import Step, StepForm, answer, draft_of

FIRST = "report"
FRAGMENT = "X-Fragment"  # sent by static/js/rules.js, which only wants the part that changes


@needs("reports.make")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: PersonRequest) -> HttpResponse:
    """The first page. The draft is written when it is sent."""
    try:
        reports.require_room(request.user.own_account)
    except Refused as refusal:
        return render(request, "reporting/builder/full.html", {"why": refusal}, status=409 if request.POST else 200)
    wizard = ReportWizard(Draft(kind=ReportWizard.kind, owner=request.user))
    return _answer(request, wizard, wizard.listed[0])


@needs("reports.make")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: PersonRequest, pk: int) -> HttpResponse:
    """The first page of a report that is there, and all others answered."""
    report = get_object_or_404(Report.objects.visible_to(request.user), pk=pk)
    wizard = ReportWizard(to_edit(report, request.user))
    return _answer(request, wizard, wizard.listed[0])


@needs("reports.make")
@require_safe
def resume(request: PersonRequest, draft: uuid.UUID) -> HttpResponse:
    """Take a draft up where it was left."""
    try:
        wizard = ReportWizard(draft_of(request, ReportWizard.kind, draft))
    except Report.DoesNotExist:
        return _deleted(request, draft)
    return _to(wizard, wizard.furthest())


@needs("reports.make")
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: PersonRequest, draft: uuid.UUID, key: str) -> HttpResponse:
    """One page of a draft; a page whose turn has not come leads back to the first that is not answered."""
    if not Draft.objects.filter(pk=draft).exists():
        return _gone(request)
    try:
        wizard = ReportWizard(draft_of(request, ReportWizard.kind, draft))
    except Report.DoesNotExist:
        return _deleted(request, draft)
    step = wizard.step(key)
    return _answer(request, wizard, step) if step else _to(wizard, wizard.furthest())


def _answer(request: PersonRequest, wizard: ReportWizard, step: Step) -> HttpResponse:
    if request.method != "POST":
        return _show(request, wizard, step, wizard.form(step))
    if request.POST.get("go", "continue") not in LEAVES:
        return _arrange(request, wizard, step)
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
    return _to(wizard, wizard.after(step.key) or wizard.furthest())


def _arrange(request: PersonRequest, wizard: ReportWizard, step: Step) -> HttpResponse:
    """A field was moved, a rule added: the page again, of which nothing is wrong yet."""
    wizard.keep(step, request.POST)
    if step.form is RulesForm and FRAGMENT in request.headers:
        return render(request, "reporting/builder/_records.html", _context(wizard, step, wizard.form(step)))
    return _to(wizard, step)


def _show(request: PersonRequest, wizard: ReportWizard, step: Step, form: StepForm | None) -> HttpResponse:
    is_wrong = form is not None and form.is_bound
    return render(request, step.template, _context(wizard, step, form), status=422 if is_wrong else 200)


def _context(wizard: ReportWizard, step: Step, form: StepForm | None) -> dict[str, Any]:
    context: dict[str, Any] = {
        "wizard": wizard,
        "step": step,
        "form": form,
        "stages": STAGES,
        "stage": step.key,
        "is_first": step.key == FIRST,
    }
    if isinstance(form, RulesForm):
        made, _problems = form.made
        context |= {"sentence": words.sentence(made), "preview": preview.of(made, wizard.reader)}
    return context


def _to(wizard: ReportWizard, step: Step) -> HttpResponse:
    return redirect(_url(wizard, step))


def _url(wizard: ReportWizard, step: Step) -> str:
    return reverse("reporting:new-page", args=[wizard.draft.pk, step.key])


def _discard(request: PersonRequest, wizard: ReportWizard) -> HttpResponse:
    wizard.discard()
    messages.info(request, _("Nothing was changed.") if wizard.report else _("Nothing was added."))
    return redirect(wizard.report or "reporting:list")


def _gone(request: PersonRequest) -> HttpResponse:
    """OK was sent twice, or the browser went back to a page of what is over."""
    messages.info(request, _("This report was finished or discarded already."))
    return redirect("reporting:list")


def _deleted(request: PersonRequest, draft: uuid.UUID) -> HttpResponse:
    """The report that was edited is no longer there."""
    draft_of(request, ReportWizard.kind, draft).delete()
    messages.warning(request, _("The report was deleted meanwhile. Nothing was changed."))
    return redirect("reporting:list")


def _finish(request: PersonRequest, wizard: ReportWizard) -> HttpResponse:
    plan = wizard.plan()
    if plan is None:
        return _to(wizard, wizard.furthest())
    try:
        with transaction.atomic():
            draft_of(request, ReportWizard.kind, wizard.draft.pk, lock=True)  # OK sent twice: the second finds none
            if wizard.report:
                reports.edit(wizard.report, plan, by=request.user)
            else:
                reports.add(plan, by=request.user)
            wizard.draft.delete()
    except Http404:
        return _gone(request)
    except MovedOn:
        return _deleted(request, wizard.draft.pk)
    except Refused as refusal:  # somebody added the last one that there was room for
        messages.warning(request, str(refusal))
        return _to(wizard, wizard.furthest())
    told = _("The report “%(name)s” was saved.") if wizard.report else _("The report “%(name)s” was added.")
    messages.success(request, told % {"name": plan.name})
    return redirect(wizard.report or "reporting:list")
