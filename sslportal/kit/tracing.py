"""Which request, task and order the lines of the log are about."""

import re
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars, get_contextvars

NUMBER = re.compile(r"[0-9A-Za-z-]{8,64}")  # of a request, as a proxy may give it

about = bound_contextvars  # with about(order_id=17): all lines until the end of the block tell so


class RequestId:
    """Gives each request a number, which the answer carries too, so that what somebody reports is found in the log.

    Where a proxy stands in front (PORTAL_PROXIES), its number is taken, so that both logs have the same.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        number = _number_of(request)
        tell(request, request_id=number)
        try:
            response = self.get_response(request)
        finally:
            clear_contextvars()
        response.headers["X-Request-ID"] = number
        return response


def tell(request: HttpRequest, **facts: Any) -> None:
    """From here on, all lines about the request say so."""
    request.about = getattr(request, "about", {}) | facts  # type: ignore[attr-defined]
    bind_contextvars(**facts)


def _number_of(request: HttpRequest) -> str:
    given = request.headers.get("X-Request-ID", "") if settings.PORTAL_PROXIES else ""
    return given if NUMBER.fullmatch(given) else uuid.uuid4().hex


# Workers


def send_along(headers: dict[str, Any], **kwargs: Any) -> None:
    """Let a message to a worker carry the number of the request that it came of (Celery's before_task_publish)."""
    if number := get_contextvars().get("request_id"):
        headers["request_id"] = number


def begin_task(task: Any, task_id: str, **kwargs: Any) -> None:
    """Say of all lines from now on which task they are about (task_prerun). One that runs inside a request is about that."""
    if not task.request.is_eager:
        clear_contextvars()
        number = task.request.get("request_id")
        bind_contextvars(task=task.name, task_id=task_id, **({"request_id": number} if number else {}))


def end_task(task: Any, **kwargs: Any) -> None:
    """Until here (task_postrun)."""
    if not task.request.is_eager:
        clear_contextvars()
