"""The list of domains, one domain, and deleting."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import subscriptions
from accounts.requests import PersonRequest
from domains import contacts, counting, methods, rules
from domains.actions import requests
from domains.forms import ChooseForm, manageable_by
from domains.methods import dns
from domains.methods import file as file_method
from domains.models import Attempt, Check, Domain
from domains.queries import open_attempt
from domains.states import Method, Outcome, Status
from domains.steps import AddWizard
from domains.tables import DomainTable
from sslportal.kit import audit, clock, policy
from sslportal.kit.access import needs
from sslportal.kit.models import Draft
from sslportal.kit.moves import Refused
from sslportal.kit.tables import list_page, picked


@needs("domains.see")
@require_safe
def domain_list(request: PersonRequest) -> HttpResponseBase:
    domains = Domain.objects.visible_to(request.user).select_related("profile", "requester")
    context = {
        "can_add": manageable_by(request.user).exists(),
        "may_delete": bool(rules.managed_by(request.user)),
        "drafts": Draft.objects.filter(owner=request.user, kind=AddWizard.kind).order_by("-updated_at"),
        "used": counting.unique_domains(request.user.own_account),
        "allowed": subscriptions.allowed_domains(request.user.own_account),
    }
    return list_page(request, DomainTable, domains, "domains/list.html", context)


def visible(request: PersonRequest, pk: int) -> Domain:
    """The domain, where the person may see it. Raises Http404."""
    domains = Domain.objects.visible_to(request.user).select_related("profile__account", "requester")
    return get_object_or_404(domains, pk=pk)


@needs("domains.see")
@require_safe
def details(request: PersonRequest, pk: int) -> HttpResponse:
    return show(request, visible(request, pk))


def show(request: PersonRequest, domain: Domain, form: ChooseForm | None = None) -> HttpResponse:
    """The page of the domain; `form` is what was chosen and could not be had."""
    context = {**_state(request, domain), **_choice(request, domain, form)}
    context |= {
        "attempts": _attempts(domain),
        "history": audit.story(domain),
        "is_settled": domain.status == Status.READY,
    }
    return render(request, "domains/details.html", context, status=422 if form else 200)


@needs("domains.see")
@require_safe
def state(request: PersonRequest, pk: int) -> HttpResponse:
    """The part of the page that refreshes itself: what the domain is, and what it waits for."""
    return render(request, "domains/_state.html", _state(request, visible(request, pk)))


def _state(request: PersonRequest, domain: Domain) -> dict[str, Any]:
    attempt = open_attempt(domain)
    may_manage = rules.may_manage(request.user, domain.profile)
    return {
        "domain": domain,
        "attempt": attempt,
        "explained": methods.explain(attempt) if attempt and attempt.status == Outcome.WAITING else None,
        "looks": attempt.checks.all()[:10] if attempt else (),
        "is_checked": attempt is not None and attempt.status == Outcome.WAITING and attempt.is_checked,
        "has_file": attempt is not None and attempt.method == Method.FILE,
        "may_manage": may_manage,
        "can_stop_reminders": may_manage and rules.can_stop_reminders(domain),
        "proof": domain.proof(policy.at(clock.now())),
        "demo_publish": _demo_publish(attempt) if settings.PORTAL_DEMO and attempt and attempt.is_checked else "",
    }


def _demo_publish(attempt: Attempt) -> str:
    """The page of the demo's own Internet, filled in."""
    is_file = attempt.method == Method.FILE
    entry = {"kind": "FILE", "name": attempt.name} if is_file else {"kind": "TXT", "name": dns.host(attempt.name)}
    return f"{reverse('demo:internet')}?{urlencode({**entry, 'value': attempt.value})}"


def _choice(request: PersonRequest, domain: Domain, form: ChooseForm | None) -> dict[str, Any]:
    """The form for choosing a way, where the person may choose one now, and its buttons."""
    attempt = open_attempt(domain)
    can_choose = rules.can_choose(domain, attempt)
    can_upgrade = rules.can_upgrade(domain)
    if not (rules.may_manage(request.user, domain.profile) and (can_choose or can_upgrade)):
        return {"form": None}
    contacts.want([domain.name])
    return {
        "form": form or ChooseForm(domain=domain.name, initial={"method": _default(domain, attempt)}),
        "can_choose": can_choose,
        "can_upgrade": can_upgrade,
    }


def _default(domain: Domain, attempt: Attempt | None) -> str:
    """The way that is under way, else the one that confirmed the domain (D11); one that is not on offer marks none."""
    tried = domain.attempts.order_by("-pk")
    last = attempt or tried.filter(status=Outcome.APPROVED).first() or tried.first()
    return methods.value_of(last) if last else domain.method


def _attempts(domain: Domain) -> Any:
    looks = Prefetch("checks", Check.objects.all()[:10], to_attr="looks")
    return domain.attempts.select_related("requester").prefetch_related(looks).order_by("-pk")[:50]


@needs("domains.see")
@require_safe
def file(request: PersonRequest, pk: int) -> HttpResponse:
    """The file for the web server, ready to be put there."""
    attempt = Attempt.objects.open().filter(domain=visible(request, pk), method=Method.FILE).first()
    if attempt is None:
        raise Http404
    response = HttpResponse(f"{attempt.value}\n", content_type="text/plain; charset=us-ascii")
    response["Content-Disposition"] = f'attachment; filename="{file_method.FILE_NAME}"'
    return response


@needs("domains.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: PersonRequest) -> HttpResponse:
    """Asks once more for those that were ticked, then deletes them; what is in use stays, with the reason."""
    domains = Domain.objects.visible_to(request.user).filter(pk__in=picked(request)).select_related("profile__account")
    domains = domains.order_by("name")
    if not domains:
        messages.info(request, _("Tick the domains that you want to delete first."))
        return redirect("domains:list")
    if request.method != "POST":
        return render(request, "domains/delete.html", {"domains": domains})
    for domain in domains:
        _delete(request, domain)
    return redirect("domains:list")


def _delete(request: PersonRequest, domain: Domain) -> None:
    try:
        requests.delete_domain(domain, by=request.user)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("%(domain)s was deleted.") % {"domain": domain.display_name})
