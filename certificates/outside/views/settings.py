"""Administration → Request Portal: switching it on and off, and how it looks and whom it lets in."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import PersonRequest
from certificates.models import RequestPortal
from certificates.outside.actions import portals
from certificates.outside.forms import ContactForm, SettingsForm
from certificates.outside.queries import profiles_of
from sslportal.kit.access import needs
from sslportal.kit.moves import Refused


def _ours(request: PersonRequest) -> RequestPortal | None:
    return RequestPortal.objects.visible_to(request.user).select_related("account").first()


@needs("portal.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: PersonRequest) -> HttpResponse:
    portal = _ours(request)
    if portal is None or not portal.is_enabled:
        return _enable(request, portal)
    return _edit(request, portal)


def _enable(request: PersonRequest, portal: RequestPortal | None) -> HttpResponse:
    initial = {"contact": portal.contact if portal else request.user.email}
    form = ContactForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        portals.enable(request.user.own_account, contact=form.cleaned_data["contact"], by=request.user)
        return redirect("request-portal:enabled")
    context = {"form": form, "portal": portal}
    return render(request, "outside/settings_off.html", context, status=422 if form.is_bound else 200)


def _edit(request: PersonRequest, portal: RequestPortal) -> HttpResponse:
    is_sent = request.method == "POST"
    form = SettingsForm(request.POST if is_sent else None, request.FILES if is_sent else None, portal=portal)
    form.drop(request)
    if form.is_valid():
        try:
            portals.edit(portal, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The request portal was updated."))
            return redirect("request-portal:settings")
    context = {
        "form": form,
        "portal": portal,
        "profiles": profiles_of(portal),
    }
    return render(request, "outside/settings.html", context, status=422 if form.is_bound else 200)


@needs("portal.manage")
@require_safe
def enabled(request: PersonRequest) -> HttpResponse:
    """The message with the URL, and its OK."""
    portal = get_object_or_404(RequestPortal.objects.visible_to(request.user), is_enabled=True)
    return render(request, "outside/enabled.html", {"portal": portal, "profiles": profiles_of(portal)})


@needs("portal.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def disable(request: PersonRequest) -> HttpResponse:
    """Ask, then switch it off."""
    portal = _ours(request)
    if portal is None or not portal.is_enabled:
        return redirect("request-portal:settings")
    if request.method != "POST":
        return render(request, "outside/disable.html", {"portal": portal})
    portals.disable(portal, by=request.user)
    messages.success(request, _("The request portal was disabled."))
    return redirect("request-portal:settings")


@needs("portal.manage")
@require_safe
def logo(request: PersonRequest) -> HttpResponse:
    """The logo that is kept, for the page of the settings."""
    portal = _ours(request)
    if portal is None or not portal.logo:
        raise Http404
    return HttpResponse(bytes(portal.logo), content_type="image/png")
