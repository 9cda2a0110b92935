"""What was found: the list, one certificate at its place, and what this portal issued but no scan has found."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.requests import PersonRequest
from certificates.models import Order
from certificates.queries import OrderQuerySet
from certificates.states import Status as OrderStatus
from discovery import words
from discovery.models import Finding, FoundCertificate, Scan
from discovery.queries import by_place
from discovery.scanner import suites
from discovery.states import Revocation, Verdict, Warned
from discovery.tables import FindingTable, NotFoundTable
from sslportal.kit.access import needs
from sslportal.kit.tables import list_page

ELSEWHERE = 20  # other places of the same certificate that are named


def current(request: PersonRequest) -> QuerySet[Finding]:
    """What the results list, for the person."""
    rows = by_place(Finding.objects.visible_to(request.user).current().with_status())
    return rows.select_related("certificate").defer("certificate__der")


@needs("discovery.see")
@require_safe
def result_list(request: PersonRequest) -> HttpResponseBase:
    context = {"last": Scan.objects.visible_to(request.user).last_finished().first()}
    return list_page(request, FindingTable, current(request), "discovery/results.html", context)


@needs("discovery.see")
@require_safe
def finding(request: PersonRequest, pk: int) -> HttpResponse:
    """One certificate where it was found: what it is, what is wrong with it, what to do."""
    one = get_object_or_404(current(request).select_related("scan"), pk=pk)
    chain = {row.sha256: row for row in FoundCertificate.objects.filter(account=one.account_id, sha256__in=one.chain)}
    places = current(request).filter(certificate=one.certificate_id).exclude(pk=pk).order_by("host", "port")
    context: dict[str, Any] = {
        "finding": one,
        "certificate": one.certificate,
        "warned": [(Warned(warning).label, words.ADVICE[Warned(warning)]) for warning in one.warned],
        "unread_parts": words.parts(one.certificate.unread),
        "revocation": _revocation(one),
        "chain": [chain.get(fingerprint, f"SHA-256 {fingerprint[:8]}…") for fingerprint in one.chain],
        "status_problem": words.status_problem(one.certificate.revocation_problem),
        "version": words.version(one.version),
        "suite": suites.NAMES.get(one.suite, f"0x{one.suite:04X}"),
        "places": places[:ELSEWHERE],
        "more": max(0, places.count() - ELSEWHERE),
        "order": _order(request, one),
    }
    return render(request, "discovery/finding.html", context)


def _revocation(one: Finding) -> str:
    """What its CA says, or of one of ours what we know."""
    if one.certificate.issued_id is None:
        return one.certificate.get_revocation_display()
    is_revoked = one.status == Verdict.REVOKED
    return str(Revocation.REVOKED.label if is_revoked else Revocation.GOOD.label)


def _order(request: PersonRequest, one: Finding) -> Order | None:
    """The order that it was issued for, where the person may see it."""
    if one.certificate.issued_id is None:
        return None
    return Order.objects.visible_to(request.user).filter(certificate=one.certificate.issued_id).first()


def not_found(request: PersonRequest) -> OrderQuerySet:
    """Orders that the person sees whose certificate is in force, and was found nowhere."""
    here = Finding.objects.visible_to(request.user).current().filter(certificate__issued__order=OuterRef("pk"))
    issued = Order.objects.visible_to(request.user).filter(status=OrderStatus.ISSUED)
    return issued.exclude(Exists(here))


@needs("discovery.see")
@require_safe
def not_found_list(request: PersonRequest) -> HttpResponseBase:
    rows = not_found(request).for_list()
    context = {"last": Scan.objects.visible_to(request.user).last_finished().first()}
    return list_page(request, NotFoundTable, rows, "discovery/not_found.html", context)
