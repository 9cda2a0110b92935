"""The scans that the portal runs by a schedule: their list, and ending one."""

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import PersonRequest
from discovery.actions import schedules
from discovery.models import Schedule
from discovery.tables import ScheduleTable
from sslportal.kit.access import needs
from sslportal.kit.moves import Refused
from sslportal.kit.tables import list_page


@needs("discovery.see")
@require_safe
def schedule_list(request: PersonRequest) -> HttpResponseBase:
    rows = Schedule.objects.visible_to(request.user).going_on().select_related("by")
    return list_page(request, ScheduleTable, rows, "discovery/schedules.html", {})


@needs("discovery.scan")
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: PersonRequest, pk: int) -> HttpResponse:
    """Asked once more, since an ended schedule does not come back."""
    schedule = get_object_or_404(Schedule.objects.visible_to(request.user).select_related("by"), pk=pk)
    if request.method != "POST":
        return render(request, "discovery/end_schedule.html", {"schedule": schedule})
    try:
        schedules.end(schedule, by=request.user)
    except Refused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("The schedule is ended."))
    return redirect("discovery:schedules")
