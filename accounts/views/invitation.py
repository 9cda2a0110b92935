"""Accepting an invitation, behind the link in the mail (A9)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actions import invitations as actions
from accounts.forms import InvitationForm
from accounts.models import Administrator
from accounts.terms import VERSION
from accounts.views import links
from sslportal.kit import tokens
from sslportal.kit.access import public
from sslportal.kit.models import Link
from sslportal.kit.moves import MovedOn


@public("whoever is invited cannot sign in yet; the link's token is what counts")
@never_cache
@sensitive_post_parameters("password", "password_again")
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Contact information, password and terms on one page. Opening it changes nothing."""
    try:
        link = tokens.find(actions.INVITATION, token)
        return _accept(request, link, Administrator.objects.select_related("account").get(pk=link.subject_id))
    except tokens.LinkRefused as refusal:
        return links.refused(request, refusal, "invitation")
    except MovedOn:
        return links.refused(request, tokens.LinkRefused("used"), "invitation")


def _accept(request: HttpRequest, link: Link, person: Administrator) -> HttpResponse:
    form = InvitationForm(request.POST if request.method == "POST" else None, person=person)
    if not form.is_valid():
        context = {"form": form, "person": person, "terms_version": VERSION}
        return render(request, "accounts/invitation.html", context, status=422 if form.is_bound else 200)
    actions.accept_invitation(
        link,
        contact=form.contact(),
        password=form.cleaned_data["password"],
        language=(get_language() or person.language)[:2],
    )
    return redirect("accounts:invitation-complete")


@public("it only says that the set-up is complete")
@require_safe
def complete(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/setup/complete.html", {"is_invitation": True})
