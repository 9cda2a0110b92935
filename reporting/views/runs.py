"""Having a report made, its page while that is done and afterwards, and its files."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import PersonRequest
from reporting import making, rules
from reporting.actions import runs
from reporting.models import Run, RunFile
from reporting.states import Format
from reporting.views.reports import visible_report
from sslportal.kit.access import needs
from sslportal.kit.moves import Refused


def visible_run(request: PersonRequest, pk: int) -> Run:
    """The run, where the person may see its report; else it does not exist."""
    rows = Run.objects.visible_to(request.user).select_related("report__account", "report__owner", "by")
    return get_object_or_404(rows.prefetch_related(Prefetch("files", RunFile.objects.defer("content"))), pk=pk)


@needs("reports.see")
@require_http_methods(["GET", "HEAD", "POST"])
def run_now(request: PersonRequest, pk: int) -> HttpResponse:
    """Asks whether it is also to be mailed, then has it made."""
    report = visible_report(request, pk)
    if request.method != "POST":
        context = {"report": report, "may_mail": bool(report.recipients) and rules.may_change(request.user, report)}
        return render(request, "reporting/run_now.html", context)
    try:
        return redirect(runs.ask(report, runs.ALL_FORMATS, by=request.user, mails="mail" in request.POST))
    except Refused as refused:
        messages.warning(request, str(refused))
        return redirect(report)


@needs("reports.see")
@require_safe
def run(request: PersonRequest, pk: int) -> HttpResponse:
    return render(request, "reporting/run.html", _facts(request, visible_run(request, pk)))


@needs("reports.see")
@require_safe
def state(request: PersonRequest, pk: int) -> HttpResponse:
    """The part of the page that refreshes itself until it is made."""
    return render(request, "reporting/_run_state.html", _facts(request, visible_run(request, pk)))


def _facts(request: PersonRequest, one: Run) -> dict[str, Any]:
    return {
        "run": one,
        "report": one.report,
        "is_moving": one.is_open,
        "kept_until": runs.kept_until(one),
        "may_have_files": rules.may_have_files(request.user, one, rules.profiles_of(request.user)),
    }


@needs("reports.see")
@require_safe
def file(request: PersonRequest, pk: int, format: str) -> HttpResponse:
    """A file that came of a run."""
    files = RunFile.objects.filter(run__in=Run.objects.visible_to(request.user)).select_related("run__report__account")
    one = get_object_or_404(files, run=pk, format=format)
    if not rules.may_have_files(request.user, one.run, rules.profiles_of(request.user)):
        raise PermissionDenied
    runs.record_download(one, by=request.user)
    name = making.file_name(one.run.report, one.run.finished_at or one.run.created_at, format)
    response = HttpResponse(bytes(one.content), content_type=making.CONTENT_TYPES[Format(format)])
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response
