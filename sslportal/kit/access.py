"""Who may open a view: every view says so, by `@needs` or `@public`."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control

View = Callable[..., HttpResponseBase]


def needs(grant: str) -> Callable[[View], View]:
    """The view is for people who hold the grant in some role (accounts/roles.py); others get 403.

    No proxy keeps what it answers, and no browser shows it again without asking; files are not kept at all.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.may(grant):  # type: ignore[union-attr]  # nobody anonymous gets here
                raise PermissionDenied
            response = view(request, *args, **kwargs)
            is_file = response.get("Content-Disposition", "").startswith("attachment")
            patch_cache_control(response, private=True, no_cache=True, **({"no_store": True} if is_file else {}))
            return response

        guarded.needs = grant  # type: ignore[attr-defined]
        return guarded

    return decorate


def public(why: str) -> Callable[[View], View]:
    """The view is open to people who are not signed in, because of `why`."""

    def decorate(view: View) -> View:
        view.public = why  # type: ignore[attr-defined]
        return login_not_required(view)

    return decorate
