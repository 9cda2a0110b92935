"""The chain over the history: whether every row is still there, and still says what it said when it was written.

The database seals each row just before the commit (the trigger `seal` of kit.models.HistoryEntry): its digest is the
SHA-256 of the digest before it and of the row's columns. Who changes a row, takes one away or puts one in between
breaks the chain behind it; who makes the whole chain anew ends at another head than the one that was noted elsewhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, transaction

from sslportal.kit.models import HistoryEntry, HistorySeal

# Every seal in its order: whether its row is there, and whether the digest is that of the row behind the digest before
WALK = """
SELECT seal.position, seal.entry_id, entry.id IS NOT NULL,
       seal.digest = kit_history_digest(
           coalesce(lag(seal.digest) OVER (ORDER BY seal.position), ''), entry, seal.version
       )
FROM kit_historyseal seal LEFT JOIN kit_historyentry entry ON entry.id = seal.entry_id
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
    last = HistorySeal.objects.order_by("position").last()
    return Head(last.position, bytes(last.digest).hex()) if last else Head()


@transaction.atomic
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
    for pk in HistoryEntry.objects.filter(seal=None).order_by("pk").values_list("pk", flat=True).iterator():
        yield f"Row {pk} was never sealed."


def _has(noted: Head) -> bool:
    return HistorySeal.objects.filter(position=noted.position, digest=bytes.fromhex(noted.digest)).exists()
