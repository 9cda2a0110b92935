"""The account's history in words: what happened to which thing, what was before and after, and whose deed it was."""

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext

from sslportal.kit import audit
from sslportal.kit.audit import Told
from sslportal.kit.models import HistoryEntry

if TYPE_CHECKING:
    from accounts.models import Administrator


@lru_cache
def told_models() -> dict[str, Any]:
    """The models whose things have a history, by the word for them in its rows."""
    return {str(model._meta.model_name): model for model in apps.get_models() if audit.words_of(model)}


def kinds() -> list[tuple[str, str]]:
    """The kinds of things that a history tells of: the word in its rows, and what people call it."""
    return sorted(((name, _kind(name)) for name in told_models()), key=lambda pair: pair[1])


def _kind(name: str) -> str:
    """What people call it; the word itself where the portal no longer knows such things, whose rows stay all the same."""
    model = told_models().get(name)
    return capfirst(str(model._meta.verbose_name)) if model else name


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
    def kind(self) -> str:
        return _kind(self.entry.subject_type)

    @property
    def changes(self) -> list[tuple[str, str, str]]:
        """What was edited, or that it is the status: the word for it, and its value before and after."""
        before, after = (self._state(status) for status in (self.entry.before, self.entry.after))
        return self.edited + ([(gettext("Status"), before, after)] if before != after else [])

    def _state(self, status: str) -> str:
        return str(_states(self.entry.subject_type).get(status, status))


@lru_cache
def _states(name: str) -> dict[str, Any]:
    """The words for the states of a kind of thing."""
    model = told_models().get(name)
    return dict(model._meta.get_field("status").flatchoices) if model and hasattr(model, "status") else {}


def line(entry: HistoryEntry) -> Line:
    """The row in words."""
    words = audit.words_of(told_models().get(entry.subject_type))
    return Line(entry, str(words.get(entry.verb, entry.verb)))


def names(entries: Iterable[HistoryEntry]) -> dict[int, str]:
    """What the people who did it are called now, by their numbers."""
    people = get_user_model().objects.filter(pk__in={entry.actor_id for entry in entries} - {None})
    return {person.pk: person.get_full_name() for person in people}


def links(entries: Iterable[HistoryEntry], reader: "Administrator") -> dict[tuple[str, int], str]:
    """Where the things of the rows are, for those that are still there and that the reader may see: one query a kind."""
    numbers: dict[str, set[int]] = defaultdict(set)
    for entry in entries:
        numbers[entry.subject_type].add(entry.subject_id)
    return {
        (kind, thing.pk): thing.get_absolute_url()
        for kind, wanted in numbers.items()
        for thing in _visible(kind, wanted, reader)
    }


def _visible(kind: str, numbers: set[int], reader: "Administrator") -> Iterable[Any]:
    model: Any = told_models().get(kind)
    if not (hasattr(model, "get_absolute_url") and hasattr(model.objects, "visible_to")):
        return ()
    return model.objects.visible_to(reader).filter(pk__in=numbers)
