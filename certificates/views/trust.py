"""The CA certificates, at the addresses in the certificates."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from certificates.models import CertificateAuthority
from sslportal.kit.access import public


@public("anybody who checks a certificate needs the CA's")
@require_safe
@cache_control(public=True, max_age=86_400)
def ca_certificate(request: HttpRequest, name: str) -> HttpResponse:
    """The CA's certificate in DER (RFC 5280, 4.2.2.1)."""
    authority = get_object_or_404(CertificateAuthority, name=name)
    return HttpResponse(bytes(authority.der), content_type="application/pkix-cert")
