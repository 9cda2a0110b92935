"""Pages of no app: where signing in leads, and the error pages."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts import introduction
from accounts.models import Administrator
from profiles.models import OrganizationProfile
from profiles.states import TAKES_ORDERS
from sslportal.kit.access import public
from sslportal.kit.leading import next_address, with_next


@public("it only leads on")
def home(request: HttpRequest) -> HttpResponse:
    """To sign in; then to the Introduction where it is due, to the page that was asked for, or to where work begins."""
    if not request.user.is_authenticated:
        return redirect(with_next(reverse("account_login"), next_address(request)))
    if introduction.is_due(request):
        return redirect(with_next(reverse("accounts:introduction"), next_address(request)))
    return redirect(next_address(request) or _landing(request.user))


def _landing(person: Administrator) -> str:
    """The desk for the vetting team; the Account tab until a profile takes orders; then the certificates."""
    if person.may("vetting.decide"):
        return reverse("vetting:index")
    can_order = OrganizationProfile.objects.filter(account=person.account_id, status__in=TAKES_ORDERS).exists()
    return reverse("certificates:list" if can_order else "accounts:account")


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token is of an earlier session: what was typed is still in the browser, one page back."""
    return render(request, "errors/form_expired.html", status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Rendered without a request: whatever failed must not fail again here."""
    return HttpResponse(render(None, "errors/500.html").content, status=500)
