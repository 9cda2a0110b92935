"""The results of a report: the page that shows the first of them, and their export."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header, urlencode
from django.views.decorators.http import require_http_methods, require_safe
from django_tables2.rows import BoundRows

from accounts.requests import PersonRequest
from reporting import making, rules, words
from reporting.actions import runs
from reporting.definition import BadDefinition
from reporting.export_form import ExportForm
from reporting.models import Report
from reporting.outputs import csv
from reporting.patience import Impatient, limited
from reporting.query import values
from reporting.results import Results
from reporting.states import Format
from reporting.views.reports import visible_report
from sslportal.kit import clock
from sslportal.kit.access import needs
from sslportal.kit.moves import Refused
from sslportal.kit.tables import ListState, controls


@needs("reports.see")
@require_safe
def results(request: PersonRequest, pk: int) -> HttpResponse:
    """The first of the records, which can be narrowed and sorted further."""
    report = visible_report(request, pk)
    try:
        found = _results(request, report)
    except BadDefinition as bad:
        return render(request, "reporting/results.html", {"report": report, "problem": str(bad)})
    state = ListState.of(request, found.table_class)
    context = {
        **controls(found.definition.subject.visible_to(found.reader), found.table_class, state, request),
        "report": report,
        "notes": found.definition.notes,
        "rules": words.sentence(found.definition),
        "may_change": rules.may_change(request.user, report),
        "most": settings.REPORT_ROWS_SHOWN,
        "most_exported": settings.REPORT_ROWS,
        "narrowing": urlencode(state.narrowing()),
    }
    try:
        with limited():
            context |= _page(request, found, state)
    except Impatient:
        context["is_too_long"] = True
    return render(request, "reporting/results.html", context)


def _results(request: PersonRequest, report: Report) -> Results:
    """Raises BadDefinition."""
    reader = rules.reader_of(report, request.user)
    assert reader  # noqa: S101  # whoever sees a report may see it by somebody's eyes
    return Results(report.defined, reader, clock.now(), f"Report{report.pk}")


def _page(request: PersonRequest, found: Results, state: ListState) -> dict[str, Any]:
    keys = found.keys(state, settings.REPORT_ROWS_SHOWN)
    total = found.count(state) if len(keys) == settings.REPORT_ROWS_SHOWN else len(keys)
    table, records = found.table(state), list(found.rows(keys))
    table.on_page(request, records)
    table.page = Page(BoundRows(records, table), 1, Paginator(records, settings.REPORT_ROWS_SHOWN))
    return {"table": table, "shown": len(records), "total": total}


@needs("reports.see")
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: PersonRequest, pk: int) -> HttpResponseBase:
    """Asks for the format, then hands over what the page of results was narrowed to."""
    report = visible_report(request, pk)
    try:
        found = _results(request, report)
    except BadDefinition:
        return redirect("reporting:results", report.pk)
    sent = request.POST or request.GET
    state = found.state(sent.dict())
    form = ExportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _exported(request, report, found, state, form.cleaned_data["format"])
    context = {
        "report": report,
        "form": form,
        "narrowing": state.narrowing(),
        "is_narrowed": bool(state.narrowing().keys() - {"sort"}),
        "back": urlencode(state.narrowing()),
        "total": _counted(found, state),
        "most": settings.REPORT_ROWS,
    }
    return render(request, "reporting/export.html", context)


def _counted(found: Results, state: ListState) -> int | None:
    """None where it takes too long."""
    try:
        with limited():
            return found.count(state)
    except Impatient:
        return None


def _exported(
    request: PersonRequest, report: Report, found: Results, state: ListState, format: str
) -> HttpResponseBase:
    """CSV at once. What takes longer is made by a worker: other formats, and what is found slowly."""
    if format == Format.CSV:
        try:
            return _csv(report, found, state)
        except Impatient:
            pass
    try:
        return redirect(runs.ask(report, [Format(format)], by=request.user, narrowed=state.narrowing()))
    except Refused as refused:
        messages.warning(request, str(refused))
        return redirect("reporting:results", report.pk)


def _csv(report: Report, found: Results, state: ListState) -> HttpResponseBase:
    with limited():
        cells = list(values(found.definition, found.rows(found.keys(state, settings.REPORT_ROWS))))
    table = making.table(report, found.definition, cells, len(cells), found.now)
    disposition = content_disposition_header(True, making.file_name(report, found.now, Format.CSV))
    headers = {"Content-Disposition": disposition}
    return StreamingHttpResponse(csv.lines(table), content_type=csv.CONTENT_TYPE, headers=headers)
