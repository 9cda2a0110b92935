"""The main page of the Certificate Discovery Tool, on the screen and on paper."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.requests import PersonRequest
from discovery import overview
from sslportal.kit import clock, pdf
from sslportal.kit.access import needs


@needs("discovery.see")
@require_safe
def show(request: PersonRequest) -> HttpResponse:
    context = {
        "overview": overview.of(request.user),
        "links": overview.links(),
        "may_scan": request.user.may("discovery.scan"),
    }
    return render(request, "discovery/overview.html", context)


@needs("discovery.see")
@require_safe
def as_pdf(request: PersonRequest) -> HttpResponse:
    """The same numbers and charts as a file to hand on."""
    context = {
        "brand": settings.PORTAL_BRAND,
        "language": get_language(),
        "account": request.user.own_account,
        "overview": overview.of(request.user),
        "now": clock.now(),
    }
    try:
        document = pdf.render("discovery/overview_pdf.html", context)
    except pdf.Unavailable:
        messages.error(request, _("This portal cannot make PDF files. Print the page instead, or ask its operator."))
        return redirect("discovery:overview")
    response = HttpResponse(document, content_type="application/pdf")
    name = f"certificates-{timezone.localdate(clock.now())}.pdf"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
