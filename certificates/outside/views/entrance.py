"""The entrance of a request portal: an address, a captcha, and the code or the link by which the address is proved."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from certificates.models import RequestPortal, Visit
from certificates.outside import captcha, visits
from certificates.outside.actions import entering
from certificates.outside.forms import CodeForm, EntranceForm
from certificates.outside.limits import TooMany
from certificates.outside.links import RETURN
from certificates.outside.views.door import at_portal, show
from sslportal.kit import tokens
from sslportal.kit.models import Link
from sslportal.kit.tokens import LinkRefused

NEW, REQUESTS = "new", "requests"  # where people want to get
TOO_MANY = 429  # the status


@at_portal
@require_http_methods(["GET", "HEAD", "POST"])
def entrance(request: HttpRequest, portal: RequestPortal) -> HttpResponse:
    form, goal = EntranceForm(request.POST if request.method == "POST" else None), _goal(request)
    if portal.requires_captcha:
        form.add_captcha(reverse("outside:captcha", args=[portal.slug]))
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            return _enter(request, portal, form.cleaned_data["email"], goal, proves=goal == REQUESTS)
        except TooMany as refusal:
            form.add_error(None, str(refusal))
            status = TOO_MANY
    visit = visits.admitted(request, portal)
    response = show(request, "outside/entrance.html", portal, visit, status=status, form=form)
    if portal.requires_captcha:
        response._csp_update = captcha.POLICY  # type: ignore[attr-defined]  # as django-csp's decorator does
    return response


def _goal(request: HttpRequest) -> str:
    return REQUESTS if REQUESTS in (request.POST.get("go"), request.GET.get("to")) else NEW


def _enter(request: HttpRequest, portal: RequestPortal, email: str, goal: str, *, proves: bool) -> HttpResponse:
    """Begin a visit for the address, and lead on: to the code where the address is to be proved. Raises TooMany."""
    visit, key = entering.enter(portal, email, proves=proves, before=visits.of(request, portal))
    to = _to_code(portal, goal) if visit.code_until else redirect(f"outside:{goal}", portal.slug)
    return visits.remember(to, portal, key)


def _to_code(portal: RequestPortal, goal: str) -> HttpResponse:
    return redirect(reverse("outside:code", args=[portal.slug]) + f"?to={goal}")


@at_portal
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest, portal: RequestPortal) -> HttpResponse:
    """The code in the mail. The page is the same where none was sent, because the filter keeps the address out."""
    visit, goal = visits.of(request, portal), _goal(request)
    if visit is None or not visits.is_running(visit):
        return redirect("outside:entrance", portal.slug)
    if request.POST.get("go") == "again" and not visit.is_proved:
        return _send_again(request, visit, goal)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if visit.is_proved or (form.is_valid() and entering.prove(visit, form.cleaned_data["code"])):
        return redirect(f"outside:{goal}", portal.slug)
    if form.is_bound and not form.errors:
        form.add_error("code", _wrong())
    status = 422 if form.is_bound else 200
    return show(request, "outside/code.html", portal, visit, status=status, form=form, goal=goal)


def _wrong() -> str:
    words = {"tries": entering.TRIES, "minutes": entering.COUNTS_FOR.seconds // 60}
    return _(
        "This code does not count. A code counts for %(minutes)d minutes and %(tries)d tries: look into the newest mail, or "
        "have another one sent."
    ) % words  # fmt: skip


def _send_again(request: HttpRequest, visit: Visit, goal: str) -> HttpResponse:
    try:
        response = _enter(request, visit.portal, visit.email, goal, proves=True)
    except TooMany as refusal:
        messages.warning(request, str(refusal))
        return _to_code(visit.portal, goal)
    messages.info(request, _("A code is on its way. One that was sent before does not count any more."))
    return response


@at_portal
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, portal: RequestPortal, token: str) -> HttpResponse:
    """The link in the mail with the code. Only the button uses it up: a mail scanner that opens it does not."""
    return _by_link(request, portal, token, entering.ENTRY, entering.enter_by_link, NEW)


@at_portal
@require_http_methods(["GET", "HEAD", "POST"])
def come_back(request: HttpRequest, portal: RequestPortal, token: str) -> HttpResponse:
    """The link in a mail about a request."""
    return _by_link(request, portal, token, RETURN, entering.return_by_link, REQUESTS)


def _by_link(
    request: HttpRequest,
    portal: RequestPortal,
    token: str,
    purpose: str,
    enter: Callable[[RequestPortal, Link], tuple[Visit, str]],
    goal: str,
) -> HttpResponse:
    try:
        found = tokens.find(purpose, token)
        email = entering.address_of(portal, found)
        if request.method != "POST":
            return show(request, "outside/link.html", portal, None, email=email)
        _visit, key = enter(portal, found)
    except LinkRefused as refusal:
        if refusal.why == "unknown":
            raise Http404 from None
        return show(request, "outside/link_refused.html", portal, None, status=410, why=refusal.why, goal=goal)
    return visits.remember(redirect(f"outside:{goal}", portal.slug), portal, key)


@at_portal
@require_safe
def challenge(request: HttpRequest, portal: RequestPortal) -> HttpResponse:
    """What the captcha's widget works at."""
    if not portal.requires_captcha:
        raise Http404
    return JsonResponse(captcha.challenge())


@at_portal
@require_safe
def logo(request: HttpRequest, portal: RequestPortal) -> HttpResponse:
    if not portal.has_logo:
        raise Http404
    return HttpResponse(bytes(portal.logo), content_type="image/png")


@at_portal
@require_POST
def leave(request: HttpRequest, portal: RequestPortal) -> HttpResponse:
    if visit := visits.of(request, portal):
        entering.leave(visit)
    return visits.forget(redirect("outside:entrance", portal.slug), portal)
