"""The account's history in words: what happened to which thing, what was before and after, and whose deed it was."""

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models
from django.utils.translation import gettext

from sslportal.kit import audit
from sslportal.kit.audit import Told
from sslportal.kit.models import HistoryEntry

if TYPE_CHECKING:
    from accounts.models import Administrator


@lru_cache
def told_models() -> dict[str, Any]:
    """The models whose things have a history, by the word for them in its rows."""
    return {str(model._meta.model_name): model for model in apps.get_models() if hasattr(model, "EVENTS")}


def kinds() -> list[tuple[str, str]]:
    """The kinds of things that a history tells of: the word in its rows, and what people call it."""
    named = [(name, str(model._meta.verbose_name).capitalize()) for name, model in told_models().items()]
    return sorted(named, key=lambda pair: pair[1])


def verbs_with(word: str) -> models.Q:
    """The rows in whose word for what happened the given one occurs, in the language in use."""
    found = models.Q(pk__in=[])
    for name, model in told_models().items():
        verbs = [verb for verb, says in audit.words_of(model).items() if word.lower() in str(says).lower()]
        if verbs:
            found |= models.Q(subject_type=name, verb__in=verbs)
    return found


class Line(Told):
    """A row of the account's history, as an administrator of the account reads it."""

    @property
    def model(self) -> Any:
        return told_models()[self.entry.subject_type]

    @property
    def kind(self) -> str:
        return str(self.model._meta.verbose_name).capitalize()

    @property
    def changes(self) -> list[tuple[str, str, str]]:
        """What was edited, or that it is the status: the word for it, and its value before and after."""
        edited = [(_said(what), _said(before), _said(after)) for what, (before, after) in self.entry.changes.items()]
        before, after = (self._state(status) for status in (self.entry.before, self.entry.after))
        return edited + ([(gettext("Status"), before, after)] if before or after else [])

    def _state(self, status: str) -> str:
        known = dict(self.model._meta.get_field("status").flatchoices) if status else {}
        return str(known.get(status, status))


def _said(text: str) -> str:
    """The word in the language in use, where it is one of the portal's; names and addresses stay as they are."""
    return gettext(text) if text else ""


def line(entry: HistoryEntry) -> Line:
    """The row in words."""
    words = audit.words_of(told_models()[entry.subject_type])
    return Line(entry, str(words.get(entry.verb, entry.verb)))


def links(entries: Iterable[HistoryEntry], reader: "Administrator") -> dict[tuple[str, int], str]:
    """Where the things of the rows are, for those that are still there and that the reader may see: one query a kind."""
    numbers: dict[str, set[int]] = defaultdict(set)
    for entry in entries:
        numbers[entry.subject_type].add(entry.subject_id)
    return {
        (kind, thing.pk): thing.get_absolute_url()
        for kind, wanted in numbers.items()
        for thing in _visible(told_models()[kind], wanted, reader)
    }


def _visible(model: Any, numbers: set[int], reader: "Administrator") -> Iterable[Any]:
    if not (hasattr(model, "get_absolute_url") and hasattr(model.objects, "visible_to")):
        return ()
    return model.objects.visible_to(reader).filter(pk__in=numbers)
