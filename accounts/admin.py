"""The operator's side of accounts: activating them, and sending the set-up link again."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actions import activation as actions
from accounts.activation_form import ActivationForm
from accounts.models import Account, Activation
from sslportal.kit import audit
from sslportal.kit.desk import LookOnly, site
from sslportal.kit.moves import Refused


@admin.register(Account, site=site)
class AccountAdmin(LookOnly):
    """Accounts to look at; they are made by activation only."""

    list_display = ("name", "id", "state", "created_at")
    list_select_related = ("activation",)
    search_fields = ("name",)
    fields = readonly_fields = ("name", "id", "state", "time_zone", "requires_second_factor", "created_at")
    change_list_template = "vetting/accounts.html"
    change_form_template = "vetting/account.html"

    @admin.display(description=gettext_lazy("Set-up"))
    def state(self, account: Account) -> str:
        if _is_complete(account):
            return _("Set-up complete")
        return _("Waiting for %(email)s") % {"email": account.activation.email}

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        account = self.get_object(request, object_id)
        context = {}
        if account:
            is_complete = _is_complete(account)
            context = {
                "state": self.state(account),
                "is_complete": is_complete,
                "history": audit.story(account, names_team=True),
            }
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def get_urls(self) -> list[Any]:
        return [
            path("activate/", self.admin_site.admin_view(self.activate), name="accounts_account_activate"),
            path("<int:pk>/resend/", self.admin_site.admin_view(self.resend), name="accounts_account_resend"),
            *super().get_urls(),
        ]

    def activate(self, request: HttpRequest) -> HttpResponse:
        """The form, and then the new account with its link on the way."""
        _require(request)
        form = ActivationForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                activation = form.activate(by=request.user)
            except Refused as refusal:
                form.add_error("email", str(refusal))
            else:
                messages.success(
                    request, _("The set-up link is on its way to %(email)s.") % {"email": activation.email}
                )
                return redirect("vetting:accounts_account_change", activation.account_id)
        context = {**self.admin_site.each_context(request), "form": form, "title": _("Activate an account")}
        return TemplateResponse(request, "vetting/activate.html", context, status=422 if form.is_bound else 200)

    def resend(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send the set-up link again. By POST only: a link that is opened changes nothing."""
        _require(request)
        activation = get_object_or_404(Activation, account=pk)
        if request.method == "POST":
            try:
                actions.send_setup_link(activation, by=request.user)
            except Refused as refusal:
                messages.warning(request, str(refusal))
            else:
                messages.success(
                    request, _("The set-up link is on its way to %(email)s.") % {"email": activation.email}
                )
        return redirect("vetting:accounts_account_change", pk)


def _is_complete(account: Account) -> bool:
    """Accounts that were made without an activation need none."""
    activation = getattr(account, "activation", None)
    return activation is None or activation.completed_at is not None


def _require(request: HttpRequest) -> None:
    if not request.user.may("accounts.activate"):  # type: ignore[union-attr]  # admin_view lets nobody anonymous through
        raise PermissionDenied
