"""History: every change of state is told here, by whom and from where."""

import logging
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from allauth.core.internal.httpkit import get_client_ip
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from sslportal.kit.models import HistoryEntry

log = logging.getLogger("sslportal.history")

_origin: ContextVar[str] = ContextVar("origin", default="")

WORKER = "portal"
OPERATOR = "command line"


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
    written = entry(subject, verb, by=by, before=before, after=after, reason=reason, changes=changes)
    written.save()
    log_after_commit([written])
    return written


def entry(
    subject: Model,
    verb: str,
    *,
    by: Any = None,
    before: str = "",
    after: str = "",
    reason: str = "",
    changes: dict[str, list[str]] | None = None,
) -> HistoryEntry:
    """The same row, for who writes many at once."""
    return HistoryEntry(
        account_id=getattr(subject, "account_id", None),
        actor_id=getattr(by, "pk", None),
        actor=str(by or WORKER)[:254],
        is_team=getattr(by, "is_vetter", False),
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


def log_after_commit(written: Iterable[HistoryEntry]) -> None:
    """Tell the log of what happened once it has: by numbers only, for the history has the names and the reasons."""
    transaction.on_commit(partial(_log, written))


def _log(written: Iterable[HistoryEntry]) -> None:
    for one in written:
        facts: dict[str, Any] = {"subject_type": one.subject_type, "subject_id": one.subject_id, "verb": one.verb}
        facts |= {
            name: value for name in ("account_id", "actor_id", "before", "after") if (value := getattr(one, name))
        }
        if one.subject_type == "order":
            facts["order_id"] = one.subject_id
        leads = f", {one.before or 'nothing'} to {one.after}" if one.before != one.after else ""
        log.info("%s %s: %s%s", one.subject_type, one.subject_id, one.verb, leads, extra=facts)


def of(subject: Model) -> QuerySet[HistoryEntry]:
    """The history of one thing, oldest first."""
    return HistoryEntry.objects.filter(subject_type=subject._meta.model_name, subject_id=subject.pk).order_by("pk")


@dataclass(frozen=True)
class Told:
    """A row of a history in words: what happened, and who did it as far as the reader may know."""

    entry: HistoryEntry
    says: str
    names_team: bool = False

    @property
    def who(self) -> str:
        if self.is_veiled:
            return gettext("The vetting team")
        ours = {WORKER: gettext("The portal"), OPERATOR: gettext("The operator")}
        return ours.get(self.entry.actor, self.entry.actor)

    @property
    def edited(self) -> list[tuple[str, str, str]]:
        """What was edited: the word for it, its value before and after; the portal's own words in the language in use."""
        return [(_said(what), _said(before), _said(after)) for what, (before, after) in self.entry.changes.items()]

    @property
    def origin(self) -> str:
        """The network address; that of the vetting team is its own affair."""
        return "" if self.is_veiled else self.entry.origin

    @property
    def is_veiled(self) -> bool:
        return self.entry.is_team and not self.names_team


def _said(text: str) -> str:
    """The word in the language in use, where it is one of the portal's; names and addresses stay as they are."""
    return gettext(text) if text else ""


@lru_cache
def words_of(model: Any) -> dict[str, Any]:
    """The word for each thing that can happen to one of the model: the lifecycle's for moves, its EVENTS for the rest."""
    moves = {name: row.says for name, row in getattr(model, "MOVES", {}).items()}
    return {**getattr(model, "EVENTS", {}), **moves}


def story(subject: Any, *, names_team: bool = False) -> list[Told]:
    """The history of one thing in words, oldest first. Only the vetting desk names the members of the team."""
    words = words_of(subject._meta.model)
    return [Told(entry, str(words[entry.verb]), names_team) for entry in of(subject)]
