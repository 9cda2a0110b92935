"""Signing in with the company's own identity provider."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.utils import get_next_redirect_url
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.sso import oidc, pages, saml
from accounts.sso.models import Kind, SignOnProvider
from sslportal.kit.access import public

BEGIN = {Kind.OIDC: oidc.begin, Kind.SAML: saml.begin}


@public("people whose account has single sign-on sign in here")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest, slug: str) -> HttpResponse:
    """Say with whom; by POST, lead there."""
    provider = _in_use(slug)
    if provider is None:
        return pages.unknown(request)
    next_url = get_next_redirect_url(request)
    if request.method == "POST":
        return _leave(request, BEGIN[Kind(provider.kind)](request, provider, next_url))
    context = {"provider": provider, "next_field": REDIRECT_FIELD_NAME, "next_url": next_url}
    return render(request, "accounts/sso/sign_in.html", context)


def _leave(request: HttpRequest, address: str) -> HttpResponse:
    """A page that leads on. Answering the form by a redirect would be stopped by the policy's form-action, also where
    the identity provider itself redirects to an address that nobody here knows."""
    return render(request, "accounts/sso/leave.html", {"address": address, "host": urlsplit(address).netloc})


@public("the identity provider sends people back to here, who are not signed in yet")
@never_cache
@require_GET
def oidc_callback(request: HttpRequest, slug: str) -> HttpResponse:
    provider = _in_use(slug, kind=Kind.OIDC)
    return oidc.finish(request, provider) if provider else pages.unknown(request)


@public("the identity provider has people's browsers post its answer to here, from its own site")
@csrf_exempt  # what is posted is signed by the identity provider, and used only by who asked for it
@never_cache
@require_POST
def saml_acs(request: HttpRequest, slug: str) -> HttpResponse:
    provider = _in_use(slug, kind=Kind.SAML)
    return saml.receive(request, provider) if provider else pages.unknown(request)


@public("the answer's second half, with the session of who asked for it")
@never_cache
@require_GET
def saml_finish(request: HttpRequest, slug: str) -> HttpResponse:
    provider = _in_use(slug, kind=Kind.SAML)
    return saml.finish(request, provider) if provider else pages.unknown(request)


@public("the identity provider's administrator reads here what the portal is")
@require_GET
def saml_metadata(request: HttpRequest, slug: str) -> HttpResponse:
    """Also before it is switched on: the identity provider is set up first."""
    provider = SignOnProvider.objects.filter(slug=slug, kind=Kind.SAML).first()
    if provider is None:
        raise Http404
    return HttpResponse(saml.metadata(provider), content_type="application/samlmetadata+xml")


def _in_use(slug: str, **more: Any) -> SignOnProvider | None:
    return SignOnProvider.objects.in_use(slug).filter(**more).first()
