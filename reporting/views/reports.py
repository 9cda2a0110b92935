"""The list of reports, one report with what was made of it, and what is done to reports."""

from typing import Any

from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import PersonRequest
from reporting import making, ready_made, rules, words
from reporting.actions import reports
from reporting.definition import BadDefinition, Definition
from reporting.models import Report, RunFile
from reporting.outputs.table import in_words
from reporting.steps import ReportWizard
from reporting.tables import ReportTable
from sslportal.kit import audit
from sslportal.kit.access import needs
from sslportal.kit.models import Draft
from sslportal.kit.moves import Refused
from sslportal.kit.tables import list_page, picked

MOST_LISTED = 100  # runs of one report on its page


def visible_report(request: PersonRequest, pk: int) -> Report:
    """The report, where the person may see it; else it does not exist."""
    return get_object_or_404(Report.objects.visible_to(request.user).select_related("account", "owner"), pk=pk)


@needs("reports.see")
@require_safe
def report_list(request: PersonRequest) -> HttpResponseBase:
    rows = Report.objects.visible_to(request.user).for_list().select_related("account", "owner").defer("seen")
    count = request.user.own_account.reports.count()
    context = {
        "drafts": Draft.objects.filter(owner=request.user, kind=ReportWizard.kind).order_by("-updated_at"),
        "ready_made": ready_made.ALL,
        "count": count,
        "most": reports.MOST,
        "has_room": count < reports.MOST,
    }
    return list_page(request, ReportTable, rows, "reporting/list.html", context)


@needs("reports.see")
@require_safe
def report(request: PersonRequest, pk: int) -> HttpResponse:
    """What it tells, when and to whom; and what was made of it lately, with the files."""
    one = visible_report(request, pk)
    runs = one.runs.select_related("by").prefetch_related(Prefetch("files", RunFile.objects.defer("content")))
    defined, problem = _defined(one)
    profiles = rules.profiles_of(request.user)
    context: dict[str, Any] = {
        "report": one,
        "defined": defined,
        "problem": problem,
        "fields": ", ".join(str(field.label) for field in defined.fields) if defined else "",
        "rules": words.sentence(defined) if defined else "",
        "owner": making.owner(one),
        "may_change": rules.may_change(request.user, one),
        "runs": [
            (run, rules.may_have_files(request.user, run, profiles)) for run in runs.order_by("-pk")[:MOST_LISTED]
        ],
        "most": MOST_LISTED,
        "history": audit.story(one),
    }
    return render(request, "reporting/report.html", context)


def _defined(one: Report) -> tuple[Definition | None, str]:
    """What it tells; or why that cannot be said any more."""
    try:
        return one.defined, ""
    except BadDefinition as bad:
        return None, str(bad)


@needs("reports.see")
@require_safe
def run_picked(request: PersonRequest) -> HttpResponse:
    """Run Report: the results of the one that was ticked."""
    found = list(_picked(request)[:2])
    if len(found) != 1:
        messages.info(request, _("Tick one report, the one that you want to run."))
        return redirect("reporting:list")
    return redirect("reporting:results", found[0].pk)


@needs("reports.make")
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: PersonRequest) -> HttpResponse:
    """Asks once more for those that were ticked, then deletes them."""
    found = list(_picked(request))
    if not found:
        messages.info(request, _("Tick the reports that you want to delete first."))
        return redirect("reporting:list")
    if request.method != "POST":
        return render(request, "reporting/delete.html", {"reports": found})
    try:
        reports.delete(found, by=request.user)
    except Refused as refused:
        messages.warning(request, str(refused))
    else:
        for one in found:
            messages.success(request, _("The report “%(name)s” was deleted.") % {"name": one.name})
    return redirect("reporting:list")


def _picked(request: PersonRequest) -> QuerySet[Report]:
    return Report.objects.visible_to(request.user).filter(pk__in=picked(request)).order_by("name", "pk")


@needs("reports.make")
@require_POST
def add_ready_made(request: PersonRequest, key: str) -> HttpResponse:
    """One of those that are offered to begin with."""
    wanted = ready_made.BY_KEY.get(key)
    if wanted is None:
        raise Http404
    try:
        added = reports.add(wanted.plan(), by=request.user)
    except Refused as refused:
        messages.warning(request, str(refused))
        return redirect("reporting:list")
    messages.success(request, _("The report “%(name)s” was added.") % {"name": added.name})
    return redirect("reporting:results", added.pk)


@needs("reports.make")
@require_POST
def duplicate(request: PersonRequest, pk: int) -> HttpResponse:
    """The same once more, to be changed."""
    one = visible_report(request, pk)
    try:
        copied = reports.duplicate(one, by=request.user)
    except (Refused, BadDefinition) as refused:
        messages.warning(request, str(refused))
        return redirect(one)
    messages.success(request, _("This is the copy. It has no schedule yet."))
    return redirect(copied)


@needs("reports.make")
@require_POST
def pause(request: PersonRequest, pk: int) -> HttpResponse:
    one = visible_report(request, pk)
    try:
        reports.pause(one, by=request.user)
    except Refused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("The schedule is paused: nothing is mailed until it is resumed."))
    return redirect(one)


@needs("reports.make")
@require_POST
def resume(request: PersonRequest, pk: int) -> HttpResponse:
    one = visible_report(request, pk)
    try:
        resumed = reports.resume(one, by=request.user)
    except Refused as refused:
        messages.warning(request, str(refused))
    else:
        when = in_words(resumed.due_at, resumed.account.zone)
        messages.success(request, _("The schedule goes on. Next run: %(when)s.") % {"when": when})
    return redirect(one)
