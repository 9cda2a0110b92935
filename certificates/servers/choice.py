"""The kind of server that a person chose last, on whichever page that has help for several."""

from collections.abc import Mapping
from typing import TypeVar

from django.http import HttpRequest

T = TypeVar("T")

KEY = "install-on"  # in the session


def chosen(request: HttpRequest, servers: Mapping[str, T]) -> T | None:
    """The one in the address; where there is none, the one chosen last."""
    key = request.GET.get("server", "")
    if key in servers and key != request.session.get(KEY):
        request.session[KEY] = key
    return servers.get(key) or servers.get(request.session.get(KEY, ""))
