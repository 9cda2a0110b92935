"""What all pages behind links in mail share: the page for a link that leads nowhere."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sslportal.kit.tokens import LinkRefused


def refused(request: HttpRequest, refusal: LinkRefused, kind: str) -> HttpResponse:
    """Says what happened to the link and what to do; `kind` is "setup", "invitation" or "reset"."""
    context = {"why": refusal.why, "kind": kind}
    return render(request, "accounts/link_refused.html", context, status=410)
