"""The chain over the history: whether every row is still there, and still says what it said when it was written.

The database seals each row just before the commit (the triggers of kit.models.HistoryEntry and HistorySeal): its digest
is the SHA-256 of the digest before it and of the row's columns. Who changes a row, takes one away or puts one in between
breaks the chain behind it; who makes the whole chain anew ends at another head than the one that was noted elsewhere.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Q

from sslportal.kit.models import HistoryEntry, HistorySeal

# Every seal in its order: whether its row is there, and whether the digest is that of the row behind the digest before
WALK = """
SELECT seal.position, seal.entry_id, entry.id IS NOT NULL,
       seal.digest = kit_history_digest(
           coalesce(lag(seal.digest) OVER (ORDER BY seal.position), ''), entry, seal.version
       )
FROM kit_historyseal seal LEFT JOIN kit_historyentry entry ON entry.id = seal.entry_id
WHERE seal.position > 0
ORDER BY seal.position
"""


@dataclass(frozen=True)
class Head:
    """Where the chain ends: how many rows it has, and the digest of the last."""

    position: int = 0
    digest: str = ""

    def __str__(self) -> str:
        return f"{self.position}:{self.digest}"

    @classmethod
    def parse(cls, text: str) -> "Head":
        """Of the form position:digest, as it is printed. Raises ValueError."""
        position, _colon, digest = text.strip().partition(":")
        return cls(int(position), bytes.fromhex(digest).hex())


def head() -> Head:
    """The present end of the chain."""
    last = HistorySeal.objects.filter(position__gt=0).order_by("position").last()
    return Head(last.position, bytes(last.digest).hex()) if last else Head()


@contextmanager
def at_one_moment() -> Iterator[None]:
    """Whatever the block reads is of the same moment, while others go on writing."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def faults(noted: Head | None = None) -> Iterator[str]:
    """What is wrong with the chain, in sentences, in its order; nothing where all is sound. Reads row by row."""
    expected = 0
    with connection.chunked_cursor() as cursor:
        cursor.execute(WALK)
        for position, entry, is_there, is_sound in cursor:
            expected += 1
            if position != expected:
                yield f"The seals {expected} to {position - 1} are missing."
                expected = position
            if not is_there:
                yield f"Row {entry}, sealed at position {position}, was deleted."
            elif not is_sound:
                yield f"Row {entry}, sealed at position {position}, is not what was sealed, or was not sealed here."
    yield from _unsealed()
    if noted and noted.position and not _has(noted):
        yield f"The chain up to position {noted.position} is another one than the one that was noted."


def _unsealed() -> Iterator[str]:
    without = HistoryEntry.objects.filter(Q(seal=None) | Q(seal__position__lt=0)).order_by("pk")
    for pk in without.values_list("pk", flat=True).iterator():
        yield f"Row {pk} was never sealed."


def _has(noted: Head) -> bool:
    return HistorySeal.objects.filter(position=noted.position, digest=bytes.fromhex(noted.digest)).exists()
