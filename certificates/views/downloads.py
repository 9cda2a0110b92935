"""Downloading a certificate and its chain."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.requests import PersonRequest
from certificates import downloads, rules
from certificates.models import Order
from certificates.views.orders import visible_order
from sslportal.kit.access import needs


def _downloadable(request: PersonRequest, pk: int) -> Order:
    order = visible_order(request, pk)
    if not rules.may_download(request.user, order):
        raise PermissionDenied
    return order


@needs("orders.see")
@require_safe
def download(request: PersonRequest, pk: int) -> HttpResponse:
    order = _downloadable(request, pk)
    pkcs7, *others = downloads.files(order)
    return render(
        request,
        "certificates/download.html",
        {"order": order, "pkcs7": pkcs7, "pkcs7_text": pkcs7.content.decode(), "files": others},
    )


@needs("orders.see")
@require_safe
def download_file(request: PersonRequest, pk: int, name: str) -> HttpResponse:
    order = _downloadable(request, pk)
    file = next((file for file in downloads.files(order) if file.name == name), None)
    if file is None:
        raise Http404
    response = HttpResponse(file.content, content_type=file.content_type)
    response["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return response
