"""Where a page leads on to: the address in `next`, where it is one of the portal's own."""

from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def next_address(request: HttpRequest) -> str | None:
    """The address in `next`; None without one, or where it leads elsewhere."""
    url = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return url if safe else None


def with_next(url: str, then: str | None) -> str:
    """The address with `then` as its `next`."""
    return f"{url}?{urlencode({'next': then})}" if then else url
