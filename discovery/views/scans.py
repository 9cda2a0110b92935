"""Setting up a scan, its page while it runs and afterwards, its program, and the list of scans."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import PersonRequest
from discovery import networks, words
from discovery.actions import scans, schedules
from discovery.forms import ScanForm
from discovery.models import Change, Miss, Scan, Schedule
from discovery.programs import as_response
from discovery.queries import by_place
from discovery.scanner.results import FOUND
from discovery.states import Status
from discovery.tables import ChangeTable, MissTable, ScanTable
from sslportal.kit.access import needs
from sslportal.kit.moves import Refused
from sslportal.kit.tables import list_page


def visible_scan(request: PersonRequest, pk: int) -> Scan:
    """The scan, where the person may see it; else it does not exist."""
    return get_object_or_404(Scan.objects.visible_to(request.user).select_related("by", "account", "schedule"), pk=pk)


@needs("discovery.scan")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: PersonRequest) -> HttpResponse:
    """Setup New Scan, filled in as the last one was."""
    form = ScanForm(
        request.POST if request.method == "POST" else None,
        initial=_last(request),
        zone=request.user.own_account.zone,
    )
    if form.is_valid():
        try:
            return redirect(_set_up(request, form))
        except Refused as refused:
            form.add_error(None, str(refused))
    return render(request, "discovery/new.html", {"form": form}, status=422 if form.is_bound else 200)


def _set_up(request: PersonRequest, form: ScanForm) -> Scan | Schedule:
    if form.repeat is None:
        return scans.set_up(form.plan, by=request.user)
    schedule = schedules.set_up(form.plan, form.repeat, form.start, by=request.user)
    messages.success(request, _("The scan is scheduled."))
    return schedule


def _last(request: PersonRequest) -> dict[str, Any]:
    last = Scan.objects.visible_to(request.user).filter(by=request.user).order_by("-pk").first()
    return {name: getattr(last, name) for name in ("include", "exclude", "ports", "speed", "save_as")} if last else {}


@needs("discovery.see")
@require_safe
def scan_list(request: PersonRequest) -> HttpResponseBase:
    rows = Scan.objects.visible_to(request.user).select_related("by")
    has_schedules = networks.are_there() or Schedule.objects.visible_to(request.user).going_on().exists()
    return list_page(request, ScanTable, rows, "discovery/scans.html", {"has_schedules": has_schedules})


@needs("discovery.see")
@require_safe
def scan(request: PersonRequest, pk: int) -> HttpResponse:
    return render(request, "discovery/scan.html", _facts(request, visible_scan(request, pk)))


@needs("discovery.see")
@require_safe
def state(request: PersonRequest, pk: int) -> HttpResponse:
    """The part of the page that refreshes itself while the scan runs."""
    return render(request, "discovery/_scan_state.html", _facts(request, visible_scan(request, pk)))


def _facts(request: PersonRequest, one: Scan) -> dict[str, Any]:
    found = one.findings.count() if one.is_open else one.outcomes.get(FOUND, 0)
    counted = [(words.OUTCOMES[key], count, key) for key, count in one.outcomes.items() if key in words.OUTCOMES]
    return {
        "scan": one,
        "found": found,
        "outcomes": sorted(counted, key=lambda row: -row[1]),
        "may_scan": request.user.may("discovery.scan"),
        "is_moving": one.is_open,
        "waits_for_status": one.status == Status.RUNNING and one.is_complete,
    }


@needs("discovery.scan")
@require_POST
def program(request: PersonRequest, pk: int) -> HttpResponse:
    """The scan as a file that runs on the person's computer."""
    one = visible_scan(request, pk)
    try:
        return as_response(scans.hand_out(one, by=request.user))
    except Refused as refused:
        messages.warning(request, str(refused))
        return redirect(one)


@needs("discovery.scan")
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: PersonRequest, pk: int) -> HttpResponse:
    """Asked once more, since what was found so far is lost."""
    one = visible_scan(request, pk)
    if request.method != "POST":
        return render(request, "discovery/cancel.html", {"scan": one})
    try:
        scans.cancel(one, by=request.user)
    except Refused as refused:
        messages.warning(request, str(refused))
    return redirect(one)


@needs("discovery.see")
@require_safe
def changes(request: PersonRequest, pk: int) -> HttpResponseBase:
    """What this scan found otherwise than it was before."""
    one = visible_scan(request, pk)
    rows: QuerySet[Change] = by_place(one.changed.select_related("before", "after"))
    return list_page(
        request, ChangeTable, rows.defer("before__der", "after__der"), "discovery/changes.html", {"scan": one}
    )


@needs("discovery.see")
@require_safe
def misses(request: PersonRequest, pk: int) -> HttpResponseBase:
    """Where this scan found no certificate."""
    one = visible_scan(request, pk)
    rows: QuerySet[Miss] = by_place(one.misses.all())
    return list_page(request, MissTable, rows, "discovery/misses.html", {"scan": one})
