"""The keys of all records of a report, packed, so that the next one can say what is new and what is gone."""

import zlib
from array import array
from collections.abc import Iterable
from itertools import accumulate, pairwise


def pack(keys: Iterable[int]) -> bytes:
    """300,000 of a million take less than a byte each: what lies between two of them is a small number, mostly the same."""
    in_order = sorted(keys)
    return zlib.compress(
        array("q", [*in_order[:1], *(after - before for before, after in pairwise(in_order))]).tobytes()
    )


def unpack(packed: bytes) -> set[int]:
    """The keys again."""
    steps = array("q")
    steps.frombytes(zlib.decompress(packed))
    return set(accumulate(steps))


def changes(before: bytes, now: Iterable[int]) -> tuple[int, int]:
    """How many keys are new, and how many are gone."""
    old, new = unpack(before), set(now)
    return len(new - old), len(old - new)
