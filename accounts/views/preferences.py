"""My Preferences: one's own password, contact information, second factor and sessions (B7, A11)."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import second_factor, sessions
from accounts.actions import administrators, passwords
from accounts.forms import CONTACT, ChangePasswordForm, PersonalForm
from accounts.requests import PersonRequest
from sslportal.kit.access import needs

LANGUAGES = ("page_language", "language")


@needs("preferences.change")
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: PersonRequest) -> HttpResponse:
    """One page with a form for each; the button says which one was sent."""
    sent = request.POST.get("form") if request.method == "POST" else None
    password = ChangePasswordForm(request.POST if sent == "password" else None, person=request.user)
    initial = {name: getattr(request.user, name) for name in (*CONTACT, "email", *LANGUAGES)}
    personal = PersonalForm(request.POST if sent == "contact" else None, initial=initial)
    if sent == "password" and _change_password(request, password):
        messages.success(request, _("Your password was changed. All other sessions were ended."))
        return redirect("accounts:preferences")
    if sent == "contact" and personal.is_valid():
        wanted = {**personal.contact(), **{name: personal.cleaned_data[name] for name in LANGUAGES}}
        administrators.update_own_contact(request.user, wanted)
        messages.success(request, _("Your contact information was updated."))
        return redirect("accounts:preferences")
    context = {"password_form": password, "contact_form": personal, **_panels(request)}
    return render(request, "accounts/preferences.html", context, status=422 if sent else 200)


def _change_password(request: PersonRequest, form: ChangePasswordForm) -> bool:
    if not form.is_valid():
        return False
    if not get_adapter().reauthenticate(request.user, form.cleaned_data["current"]):
        form.refuse_current()
        return False
    passwords.change_password(request.user, form.cleaned_data["password"])
    update_session_auth_hash(request, request.user)
    return True


def _panels(request: PersonRequest) -> dict[str, object]:
    return {**second_factor.panel(request.user), **sessions.panel(request)}
