"""Downloading a certificate and its chain, and how to install them on the server of one's choice."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from accounts.requests import PersonRequest
from certificates import downloads, rules
from certificates.models import Order
from certificates.servers import SERVERS
from certificates.servers.choice import chosen
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
    return show(request, order, back=order.get_absolute_url())


def show(request: HttpRequest, order: Order, **context: Any) -> HttpResponse:
    """The files of the order's certificate, and how to install them; `back` is where Back leads."""
    pkcs7, *others = downloads.files(order)
    context |= {"order": order, "pkcs7": pkcs7, "pkcs7_text": pkcs7.content.decode(), "files": others}
    if server := chosen(request, SERVERS):
        site = downloads.site_of(order)
        context |= {"server": server, "needed": server.needs(site), "ways": server.install(site)}
    return render(request, "certificates/download.html", {**context, "servers": SERVERS.values()})


@needs("orders.see")
@require_safe
def download_file(request: PersonRequest, pk: int, name: str) -> HttpResponse:
    return send(_downloadable(request, pk), name)


def send(order: Order, name: str) -> HttpResponse:
    """One of the files. Raises Http404 where there is none of the name."""
    file = next((file for file in downloads.files(order) if file.name == name), None)
    if file is None:
        raise Http404
    disposition = content_disposition_header(as_attachment=True, filename=file.name)
    return HttpResponse(file.content, content_type=file.content_type, headers={"Content-Disposition": disposition})
