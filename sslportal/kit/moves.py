"""Lifecycles as tables: which move leads from which states to which, and the one function that carries a move out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from sslportal.kit import audit, clock
from sslportal.kit.models import HistoryEntry

M = TypeVar("M", bound=Model)
Text = str | Promise


@dataclass(frozen=True)
class Badge:
    """How a state looks wherever it is shown: a tone of the theme and an icon (heroicons, 16 px), beside its word."""

    tone: str
    icon: str


@dataclass(frozen=True)
class Move:
    """One row of a lifecycle: `name` leads from any of `sources` to `target`; `says` is its word in the history."""

    name: str
    sources: frozenset[str]
    target: str
    says: Text
    needs_reason: bool = False


def moves(*rows: Move) -> dict[str, Move]:
    """The table of a lifecycle, by name. Raises ValueError where a name stands twice."""
    table = {row.name: row for row in rows}
    if len(table) != len(rows):
        raise ValueError("A move stands twice in the table.")
    return table


def move_from(name: str, sources: Iterable[str], target: str, says: Text, *, needs_reason: bool = False) -> Move:
    return Move(name, frozenset(sources), target, says, needs_reason)


class Refused(Exception):
    """Something cannot be done now; the message is a sentence for the person who asked."""


class MovedOn(Refused):
    """Somebody was faster: the thing is no longer in a state from which the move leads."""


def lock(obj: M) -> M:
    """The same row, fresh and locked until the end of the transaction. Raises MovedOn where it is gone.

    Its key is not locked: whoever writes a row that refers to it (a history entry, say) locks that on committing, and two
    who have locked a profile and its account would wait for each other.
    """
    rows = type(obj)._base_manager.select_for_update(no_key=True)
    try:
        return rows.get(pk=obj.pk)
    except ObjectDoesNotExist:
        raise MovedOn(_("Somebody was faster: “%(thing)s” is gone.") % {"thing": obj}) from None


def require(allowed: bool) -> None:
    """Raise PermissionDenied unless allowed."""
    if not allowed:
        raise PermissionDenied


def move(obj: Any, name: str, *, by: Any = None, reason: str = "", **fields: Any) -> None:
    """Carry out the move on the row and write its history. Nothing else changes a status. `fields` are set with it.

    Raises KeyError for an unknown move, ValueError where the reason that the move needs is missing, MovedOn where
    the row is in none of the move's sources.
    """
    row: Move = obj.MOVES[name]
    if row.needs_reason and not reason.strip():
        raise ValueError(f"The move {name} needs a reason.")
    before, values = obj.status, {"status": row.target, "updated_at": clock.now(), **fields}
    if not type(obj)._base_manager.filter(pk=obj.pk, status__in=row.sources).update(**values):
        raise MovedOn(_("Somebody was faster: “%(thing)s” has changed meanwhile.") % {"thing": obj})
    for field, value in values.items():
        setattr(obj, field, value)
    audit.record(obj, name, by=by, before=before, after=row.target, reason=reason)


@transaction.atomic
def move_all(rows: Sequence[Any], name: str, *, fields: Sequence[str] = ()) -> None:
    """The same for rows of one model at once, by the portal itself: all of them or none. No row may be there twice.

    `fields` are saved with it, as they stand in the rows. Raises as above.
    """
    if not rows:
        return
    model, leads = type(rows[0]), rows[0].MOVES[name]
    if leads.needs_reason:
        raise ValueError(f"The move {name} needs a reason.")
    history = [audit.entry(row, name, before=row.status, after=leads.target) for row in rows]
    for row in rows:
        row.status, row.updated_at = leads.target, clock.now()
    movable = model._base_manager.filter(status__in=leads.sources)
    if movable.bulk_update(rows, ["status", "updated_at", *fields]) != len(rows):
        thing = ", ".join(str(row) for row in rows)
        raise MovedOn(_("Somebody was faster: “%(thing)s” has changed meanwhile.") % {"thing": thing})
    HistoryEntry.objects.bulk_create(history)
    audit.log_after_commit(history)


def open_moves(obj: Any) -> list[Move]:
    """The moves that lead on from the present status, in the table's order."""
    return [row for row in obj.MOVES.values() if obj.status in row.sources]
