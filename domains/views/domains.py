"""The list of domains, and one domain."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.requests import PersonRequest
from domains.models import Domain
from domains.tables import DomainTable
from sslportal.kit import audit
from sslportal.kit.access import needs
from sslportal.kit.tables import list_page


@needs("domains.see")
@require_safe
def domain_list(request: PersonRequest) -> HttpResponseBase:
    domains = Domain.objects.visible_to(request.user).select_related("profile", "requester")
    return list_page(request, DomainTable, domains, "domains/list.html", {})


@needs("domains.see")
@require_safe
def details(request: PersonRequest, pk: int) -> HttpResponse:
    domains = Domain.objects.visible_to(request.user).select_related("profile", "requester")
    domain = get_object_or_404(domains, pk=pk)
    attempts = domain.attempts.select_related("requester").order_by("-pk")
    return render(
        request, "domains/details.html", {"domain": domain, "attempts": attempts, "history": audit.story(domain)}
    )
