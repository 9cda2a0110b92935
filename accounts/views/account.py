"""The Account tab: what the portal knows of the customer, its subscriptions and settings (B8)."""

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import rules, subscriptions
from accounts.actions import administrators as actions
from accounts.forms import AccountForm
from accounts.models import Administrator
from accounts.requests import PersonRequest
from profiles.models import OrganizationProfile
from profiles.states import Status
from sslportal.kit.access import needs
from sslportal.kit.moves import require


@needs("account.see")
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: PersonRequest) -> HttpResponse:
    """Everybody of the account sees it, Global Administrators change it."""
    ours = request.user.own_account
    form = AccountForm(request.POST if request.method == "POST" else None, instance=ours)
    if request.method == "POST":
        require(rules.may_manage(request.user, ours))
        if form.is_valid() and _may_require(request, form):
            actions.update_account(ours, by=request.user, **form.cleaned_data)
            messages.success(request, _("The account was updated."))
            return redirect("accounts:account")
        ours.refresh_from_db()
    profiles = list(OrganizationProfile.objects.visible_to(request.user))
    context = {
        "account": ours,
        "form": form,
        "may_change": rules.may_manage(request.user, ours),
        "subscriptions": subscriptions.of(ours),
        "used": subscriptions.used_domains(ours),
        "allowed": subscriptions.allowed_domains(ours),
        "globals": Administrator.objects.visible_to(request.user).active_globals().order_by("last_name", "first_name"),
        "profiles": profiles,
        "is_waiting": any(profile.status == Status.PENDING for profile in profiles),
    }
    return render(request, "accounts/account.html", context, status=422 if form.is_bound else 200)


def _may_require(request: PersonRequest, form: AccountForm) -> bool:
    """Who requires a second factor of all has one, and so knows how it is done."""
    newly = form.cleaned_data["requires_second_factor"] and "requires_second_factor" in form.changed_data
    if newly and not is_mfa_enabled(request.user, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]):
        form.add_error(
            "requires_second_factor",
            _(
                "Set up your own second factor first, under My Preferences: otherwise you would be the first to be held up."
            ),
        )
    return not form.errors
