"""The page on which a contract signer, who has no account, accepts or declines the EV terms."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from profiles import ev_actions, ev_terms
from profiles.models import EvRequest
from sslportal.kit.access import public
from sslportal.kit.models import Link
from sslportal.kit.tokens import LinkRefused


class AcceptForm(forms.Form):
    """The consent, and to which text exactly it was given."""

    edition = forms.CharField(widget=forms.HiddenInput)
    accept = forms.BooleanField(
        label=_("I accept"),
        error_messages={"required": _("To accept the terms, tick “I accept”. Otherwise choose Decline.")},
    )

    def clean(self) -> dict[str, Any]:
        """A text that has changed since the page was opened must be read first."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("edition") not in ev_terms.editions():
            raise forms.ValidationError(
                _("The terms have changed since you opened this page. Read them again, then accept or decline.")
            )
        return data


@public("the signer has no account; the link's token is what counts")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def terms(request: HttpRequest, token: str) -> HttpResponse:
    """Shows who asks for what, and the terms. Only sending the answer changes anything: a mail scanner does not."""
    try:
        link, ev_request = ev_actions.find(token)
        return _answer(request, link, ev_request)
    except LinkRefused as refusal:
        return _refuse(request, refusal.why)
    except ev_actions.AtRest:
        return _refuse(request, "rests")


def _refuse(request: HttpRequest, why: str) -> HttpResponse:
    return render(request, "profiles/ev/link_refused.html", {"why": why}, status=410)


def _answer(request: HttpRequest, link: Link, ev_request: EvRequest) -> HttpResponse:
    if request.method != "POST":
        return _show(request, link, ev_request, AcceptForm())
    if request.POST.get("answer") == "decline":
        ev_actions.decline(link)
        return _thank(request, ev_request, "decline")
    form = AcceptForm(request.POST)
    if not form.is_valid():
        return _show(request, link, ev_request, form)
    ev_actions.accept(link, form.cleaned_data["edition"])
    return _thank(request, ev_request, "accept")


def _show(request: HttpRequest, link: Link, ev_request: EvRequest, form: AcceptForm) -> HttpResponse:
    context = {
        "form": form,
        "link": link,
        "ev_request": ev_request,
        "profile": ev_request.profile,
        "edition": ev_terms.edition(),
        "version": ev_terms.VERSION,
    }
    return render(request, "profiles/ev/terms.html", context, status=422 if form.is_bound else 200)


def _thank(request: HttpRequest, ev_request: EvRequest, answer: str) -> HttpResponse:
    return render(request, "profiles/ev/answered.html", {"ev_request": ev_request, "answer": answer})
