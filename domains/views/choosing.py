"""What is chosen for a domain that is there: how it is confirmed, its upgrade, looking now, no more reminders."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import PersonRequest
from domains.actions import requests
from domains.forms import ChooseForm
from domains.models import Domain
from domains.views.domains import show, visible
from sslportal.kit.access import needs
from sslportal.kit.moves import Refused


@needs("domains.manage")
@require_http_methods(["POST"])
def choose(request: PersonRequest, pk: int) -> HttpResponse:
    """Re-Confirm or Upgrade, by the way that was chosen."""
    domain = visible(request, pk)
    form = ChooseForm(request.POST, domain=domain.name)
    if not form.is_valid():
        return show(request, domain, form)
    act: Callable[..., Any] = requests.upgrade_domain if request.POST.get("go") == "upgrade" else requests.reconfirm
    says = (
        _("The upgrade to EV is under way.") if act is requests.upgrade_domain else _("The confirmation is under way.")
    )
    return _attempt(request, domain, partial(act, domain, choice=form.cleaned_data["method"], by=request.user), says)


@needs("domains.manage")
@require_POST
def check_now(request: PersonRequest, pk: int) -> HttpResponse:
    """Look for the record or the file at once."""
    domain = visible(request, pk)
    says = _("The portal is looking for it now.")
    return _attempt(request, domain, partial(requests.check_now, domain, by=request.user), says)


@needs("domains.manage")
@require_POST
def decline(request: PersonRequest, pk: int) -> HttpResponse:
    """No more reminders until the domain expires (D11)."""
    domain = visible(request, pk)
    says = _("You are not reminded of %(domain)s again until it expires.") % {"domain": domain.display_name}
    return _attempt(request, domain, partial(requests.stop_reminders, domain, by=request.user), says)


def _attempt(request: PersonRequest, domain: Domain, act: Callable[[], object], says: str) -> HttpResponse:
    """Act, and say what became of it."""
    try:
        act()
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, says)
    return redirect(domain)
