"""Downloading a certificate and its chain, and how to install them on the server of one's choice."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from accounts.requests import PersonRequest
from certificates import downloads, rules
from certificates.models import Order
from certificates.servers import SERVERS, Server
from certificates.views.orders import visible_order
from sslportal.kit.access import needs

SERVER = "install-on"  # in the session: the server that the person chose last


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
    context = {"order": order, "pkcs7": pkcs7, "pkcs7_text": pkcs7.content.decode(), "files": others}
    if server := _chosen_server(request):
        site = downloads.site_of(order)
        context |= {"server": server, "needed": server.needs(site), "ways": server.install(site)}
    return render(request, "certificates/download.html", {**context, "servers": SERVERS.values()})


def _chosen_server(request: PersonRequest) -> Server | None:
    """The one in the address; where there is none, the one chosen last."""
    key = request.GET.get("server", "")
    if key in SERVERS and key != request.session.get(SERVER):
        request.session[SERVER] = key
    return SERVERS.get(key) or SERVERS.get(request.session.get(SERVER, ""))


@needs("orders.see")
@require_safe
def download_file(request: PersonRequest, pk: int, name: str) -> HttpResponse:
    order = _downloadable(request, pk)
    file = next((file for file in downloads.files(order) if file.name == name), None)
    if file is None:
        raise Http404
    disposition = content_disposition_header(as_attachment=True, filename=file.name)
    return HttpResponse(file.content, content_type=file.content_type, headers={"Content-Disposition": disposition})
