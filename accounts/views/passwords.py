"""The way back in for people who forgot their password (A10)."""

from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actions import passwords as actions
from accounts.forms import AskResetForm, ResetForm
from accounts.models import Administrator
from accounts.views import links
from sslportal.kit import tokens
from sslportal.kit.access import public

WHY = "whoever forgot the password cannot sign in"


@public(WHY)
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Asks for the address. The answer is the same for every address."""
    form = AskResetForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "accounts/password/ask.html", {"form": form}, status=422 if form.is_bound else 200)
    email = form.cleaned_data["email"]
    if not ratelimit.consume(request, action="reset_password"):
        return render(request, "429.html", status=429)
    actions.ask_reset(email)
    return redirect("accounts:reset-sent")


@public(WHY)
@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/password/sent.html", {"hours": actions.LIFETIME.total_seconds() // 3600})


@public(WHY)
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def reset(request: HttpRequest, token: str) -> HttpResponse:
    """The new password, twice. Opening the page changes nothing."""
    try:
        link = tokens.find(actions.RESET, token)
        person = Administrator.objects.get(pk=link.subject_id)
        form = ResetForm(request.POST if request.method == "POST" else None, person=person)
        if not form.is_valid():
            context = {"form": form, "person": person}
            return render(request, "accounts/password/reset.html", context, status=422 if form.is_bound else 200)
        actions.reset_password(link, form.cleaned_data["password"])
    except tokens.LinkRefused as refusal:
        return links.refused(request, refusal, "reset")
    return redirect("accounts:reset-done")


@public(WHY)
@require_safe
def done(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/password/done.html")
