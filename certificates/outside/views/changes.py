"""Changing a request from outside before it is approved."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.requests import PersonRequest
from certificates import rules
from certificates.outside.actions import changes
from certificates.outside.forms import ChangeForm
from certificates.views.orders import carry_out, visible_order
from sslportal.kit.access import needs


@needs("orders.see")
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: PersonRequest, pk: int) -> HttpResponse:
    """Type, validity and SANs. Whoever asked is told what was changed."""
    order = visible_order(request, pk)
    if not rules.may_approve(request.user, order):
        raise PermissionDenied
    if not rules.may_change(request.user, order):
        messages.info(request, _("This request cannot be changed now."))
        return redirect(order)
    form = ChangeForm(request.POST if request.method == "POST" else None, order=order)
    if form.is_valid():
        seen = request.POST.get("seen")
        return carry_out(request, pk, changes.change_request, "certificates:approve", seen=seen, **form.cleaned_data)
    context = {"order": order, "form": form}
    return render(request, "outside/change.html", context, status=422 if form.is_bound else 200)
