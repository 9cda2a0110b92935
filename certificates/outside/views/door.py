"""What all pages of a request portal share: which portal, who visits it, and that everything else does not exist."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from certificates.models import RequestPortal, Visit
from certificates.outside import visits
from sslportal.kit.access import public

View = Callable[..., HttpResponseBase]
FRAME = "layouts/outside.html"


def at_portal(view: View) -> View:
    """The view is given the portal in place of its slug. One that is switched off, or never was, does not exist."""

    @wraps(view)
    def opened(request: HttpRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        portal = RequestPortal.objects.open().filter(slug=slug).first()
        if portal is None:
            raise Http404
        response = view(request, portal, *args, **kwargs)
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return public("people without an account request certificates here")(never_cache(opened))


def visiting(view: View) -> View:
    """The same for people who were let in: the view is given the visit. Others are led to the entrance."""

    @at_portal
    @wraps(view)
    def visited(request: HttpRequest, portal: RequestPortal, *args: Any, **kwargs: Any) -> HttpResponseBase:
        visit = visits.admitted(request, portal)
        return view(request, visit, *args, **kwargs) if visit else to_entrance(request, portal)

    return visited


def to_entrance(request: HttpRequest, portal: RequestPortal) -> HttpResponse:
    """With the reason, where somebody was here before."""
    if visits.of(request, portal):
        messages.info(
            request, _("You were here longer than an hour ago. Enter again to go on; what you typed is kept.")
        )
    return redirect("outside:entrance", portal.slug)


def show(
    request: HttpRequest,
    template: str,
    portal: RequestPortal,
    visit: Visit | None,
    *,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """A page in the frame of the portal."""
    return render(request, template, {"portal": portal, "visit": visit, "frame": FRAME, **context}, status=status)
