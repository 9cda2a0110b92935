"""History: every change of state is told here, by whom and from where."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from allauth.core.internal.httpkit import get_client_ip
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from sslportal.kit.models import HistoryEntry

_origin: ContextVar[str] = ContextVar("origin", default="")

WORKER = "portal"


class OriginMiddleware:
    """Remembers the address that the current request comes from, for history rows written while it is answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _origin.set((get_client_ip(request) or "")[:45])
        try:
            return self.get_response(request)
        finally:
            _origin.reset(token)


def origin() -> str:
    """The address that the current request comes from; empty in a worker."""
    return _origin.get()


def record(
    subject: Model,
    verb: str,
    *,
    by: Any = None,
    before: str = "",
    after: str = "",
    reason: str = "",
    changes: dict[str, list[str]] | None = None,
) -> HistoryEntry:
    """Add a row to the history of `subject`. `by` is a person, a text (an outside mail address), or None for the portal.

    `changes` tells what was edited: the words for a field, and its value before and after.
    """
    return HistoryEntry.objects.create(
        account_id=getattr(subject, "account_id", None),
        actor_id=getattr(by, "pk", None),
        actor=str(by or WORKER)[:254],
        origin=origin(),
        verb=verb,
        subject_type=str(subject._meta.model_name),
        subject_id=subject.pk,
        subject=str(subject)[:300],
        before=before,
        after=after,
        reason=reason,
        changes=changes or {},
    )


def of(subject: Model) -> QuerySet[HistoryEntry]:
    """The history of one thing, oldest first."""
    return HistoryEntry.objects.filter(subject_type=subject._meta.model_name, subject_id=subject.pk).order_by("pk")


@dataclass(frozen=True)
class Told:
    """A row of a history with the word for what happened."""

    entry: HistoryEntry
    says: str

    @property
    def who(self) -> str:
        return gettext("The portal") if self.entry.actor == WORKER else self.entry.actor


def story(subject: Any) -> list[Told]:
    """The history of one thing in words, oldest first: the lifecycle's for moves, the model's EVENTS for the rest."""
    words = {**subject.EVENTS, **{name: row.says for name, row in subject.MOVES.items()}}
    return [Told(entry, str(words[entry.verb])) for entry in of(subject)]
