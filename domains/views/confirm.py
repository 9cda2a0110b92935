"""The page behind the link in the confirmation mail."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from domains.actions import answers
from domains.methods.mail import CONFIRM
from domains.models import Attempt
from domains.states import Status
from sslportal.kit import tokens
from sslportal.kit.access import public
from sslportal.kit.models import Link
from sslportal.kit.moves import MovedOn


class AnswerForm(forms.Form):
    """Yes or no, and neither of them by default."""

    answer = forms.ChoiceField(
        label=_("Your answer"),
        choices=[("approve", _("Approve")), ("deny", _("DO NOT approve"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose Approve or DO NOT approve.")},
    )


@public("the reader of the mail has no account; the link's token is what counts")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Shows who asks for what. Only sending the answer changes anything: a mail scanner that opens the link does not."""
    try:
        link = tokens.find(CONFIRM, token)
        attempt = Attempt.objects.select_related("profile", "requester", "domain").get(pk=link.subject_id)
        return _answer(request, link, attempt)
    except (tokens.LinkRefused, MovedOn) as refused:
        why = getattr(refused, "why", "used")
        return render(request, "domains/confirm_refused.html", {"why": why}, status=410)


def _answer(request: HttpRequest, link: Link, attempt: Attempt) -> HttpResponse:
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        context = {"form": form, "attempt": attempt, "link": link, "adds": _adds(attempt)}
        return render(request, "domains/confirm.html", context, status=422 if form.is_bound else 200)
    adds, answer = _adds(attempt), form.cleaned_data["answer"]
    if answer == "approve":
        answers.approve_by_link(link, reader=attempt.address)
    else:
        answers.deny_by_link(link, reader=attempt.address)
    context = {"attempt": attempt, "answer": answer, "adds": adds, "waits": attempt.needs_vetting}
    return render(request, "domains/confirmed.html", context)


def _adds(attempt: Attempt) -> bool:
    """Whether the domain is being added; otherwise it is confirmed already, and confirmed anew or for EV."""
    return attempt.domain is not None and attempt.domain.status == Status.PENDING
