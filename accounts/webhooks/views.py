"""The page of the account's webhook, with the log of its deliveries."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import PersonRequest
from accounts.webhooks import actions, words
from accounts.webhooks.forms import WebhookForm
from accounts.webhooks.models import Delivery, Webhook
from accounts.webhooks.tables import DeliveryTable
from sslportal.kit.access import needs
from sslportal.kit.sealing import seal, unseal
from sslportal.kit.tables import list_page

SECRET = "webhook-secret"  # noqa: S105  # where the session keeps a new one, sealed, until it is shown


@needs("account.change")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def webhook(request: PersonRequest) -> HttpResponseBase:
    """Set it up or change it; below, what was sent."""
    ours = Webhook.objects.visible_to(request.user).first()
    initial = {"url": ours.url, "is_on": ours.is_on} if ours else {"is_on": True}
    form = WebhookForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        secret = actions.configure(request.user.own_account, by=request.user, **form.cleaned_data)
        if secret:
            request.session[SECRET] = seal(secret)
        messages.success(request, _("The webhook was saved."))
        return redirect("accounts:webhook")
    context = {"webhook": ours, "form": form, "secret": _told_once(request) if request.method == "GET" else ""}
    response = list_page(request, DeliveryTable, _log(request), "accounts/webhook.html", context)
    response.status_code = 422 if form.is_bound else 200
    return response


def _told_once(request: PersonRequest) -> str:
    """A secret that was just made; nobody is told again."""
    sealed = request.session.pop(SECRET, "")
    return unseal(sealed) if sealed else ""


def _log(request: PersonRequest) -> QuerySet[Delivery]:
    return Delivery.objects.visible_to(request.user).with_next_try().defer("body", "answer")


@needs("account.change")
@require_POST
def new_secret(request: PersonRequest) -> HttpResponse:
    ours = get_object_or_404(Webhook.objects.visible_to(request.user))
    request.session[SECRET] = seal(actions.make_secret(ours, by=request.user))
    return redirect("accounts:webhook")


@needs("account.change")
@require_POST
def send_test(request: PersonRequest) -> HttpResponse:
    ours = get_object_or_404(Webhook.objects.visible_to(request.user))
    return redirect(actions.send_test(ours, by=request.user))


@needs("account.change")
@require_safe
def delivery(request: PersonRequest, pk: int) -> HttpResponse:
    """What was sent, and what was answered."""
    found = get_object_or_404(Delivery.objects.visible_to(request.user).with_next_try(), pk=pk)
    context = {"delivery": found, "outcome": words.outcome(found), "advice": words.advice(found)}
    return render(request, "accounts/webhook_delivery.html", context)


@needs("account.change")
@require_POST
def send_again(request: PersonRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Delivery.objects.visible_to(request.user), pk=pk)
    actions.send_again(found, by=request.user)
    messages.success(request, _("It is sent again."))
    return redirect(found)
