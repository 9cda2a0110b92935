"""What each request about an order goes through."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from sslportal.kit import tracing


class OrderInLog:
    """Lines in the log about a page of an order name the order."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]) -> None:
        if request.resolver_match and request.resolver_match.app_name == "certificates" and "pk" in kwargs:
            tracing.tell(request, order_id=kwargs["pk"])
