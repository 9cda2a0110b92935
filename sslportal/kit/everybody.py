"""Answers that are the same for everybody: no session is read, no cookie is set, and any cache may keep them."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from sslportal.kit.access import View


def same_for_everybody(view: View) -> View:
    """The view's answer depends on its address alone: not on who asks, nor on the language of the browser."""
    view.is_same_for_everybody = True  # type: ignore[attr-defined]
    return view


class SameForEverybody:
    """Keeps cookies away from such views, and takes back what other middleware says that the answer varies by.

    Stands before the session's middleware. Otherwise a colleague's session would be prolonged, and its cookie sent, by
    an answer that shared caches keep; and `Vary: Cookie` would have them keep it for nobody else.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _is_same(request.path_info):
            return self.get_response(request)
        request.COOKIES = {}
        response = self.get_response(request)
        del response.headers["Vary"]
        return response


def _is_same(path: str) -> bool:
    try:
        return hasattr(resolve(path).func, "is_same_for_everybody")
    except Resolver404:
        return False
