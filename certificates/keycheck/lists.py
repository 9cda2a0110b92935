"""Lists of keys that nobody may use: sorted records, looked up by bisection over a memory map.

A record is the first 10 bytes of a key's identity. Two different keys share one with a chance of 2^-80.
"""

import mmap
from itertools import pairwise
from pathlib import Path

from certificates.keycheck.weakness import Weakness

RECORD = 10  # bytes
DATA = Path(__file__).parent / "data"


class BadList(ValueError):
    """A list, or a folder of lists, that cannot be used: the sentence names it and says why."""


class KeyList:
    """One file of records."""

    def __init__(self, path: Path) -> None:
        """Map the file. Raises BadList if it cannot be read, or is no row of whole records."""
        self.path = path
        try:
            with path.open("rb") as file:
                self._records = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except OSError as error:
            raise BadList(f"The list {path} cannot be read: {error.strerror}.") from None
        except ValueError:  # nothing cannot be mapped
            raise BadList(f"The list {path} is empty.") from None
        if size := len(self._records) % RECORD:
            raise BadList(f"The list {path} is no row of records of {RECORD} bytes: the last one has {size}.")
        starts = [self._first_from(bytes([first]), 0, len(self)) for first in range(256)]
        self._starts = [*starts, len(self)]  # of the records by their first byte: a lookup takes a third less time

    def __len__(self) -> int:
        return len(self._records) // RECORD

    def __getitem__(self, number: int) -> bytes:
        return self._records[number * RECORD : number * RECORD + RECORD]

    def __contains__(self, record: bytes) -> bool:
        first = record[0]
        return self[self._first_from(record, self._starts[first], self._starts[first + 1])] == record

    def _first_from(self, record: bytes, low: int, high: int) -> int:
        """The first of these records that is not smaller, else `high`."""
        records = self._records
        while low < high:
            middle = (low + high) // 2
            if records[middle * RECORD : middle * RECORD + RECORD] < record:
                low = middle + 1
            else:
                high = middle
        return low

    def require_order(self) -> None:
        """Raises BadList unless the records ascend. A tenth of a second for a million."""
        for number, (record, following) in enumerate(pairwise(map(self.__getitem__, range(len(self)))), start=2):
            if record > following:
                raise BadList(f"The list {self.path} is not sorted: record {number} is smaller than the one before.")


def _in(folder: Path) -> list[KeyList]:
    try:
        names = sorted(path.name for path in folder.iterdir() if not path.name.startswith((".", "README")))
    except OSError as error:
        raise BadList(f"The folder of lists {folder} cannot be read: {error.strerror}.") from None
    if not names:
        raise BadList(f"The folder of lists {folder} holds no list.")
    for name in names:
        if not name.endswith(".bin"):
            raise BadList(f"The folder of lists {folder} holds {name}, which is no list: their names end in .bin.")
    return [KeyList(folder / name) for name in names]


_shipped = {"debian-weak": _in(DATA / "debian"), "published-key": _in(DATA / "published")}
added: list[KeyList] = []


def use_lists(folder: Path) -> None:
    """Look keys up in the lists of this folder too, instead of those of a folder named before.

    It holds lists and nothing else, but what begins with a dot or with README: a list under another name would be passed
    over, and nobody would know. Raises BadList, and then keeps the lists from before.
    """
    lists = _in(folder)
    for each in lists:
        each.require_order()
    added[:] = lists


def record(identity: str) -> bytes:
    """By what lists know the key."""
    return bytes.fromhex(identity)[:RECORD]


def weaknesses(identity: str) -> list[Weakness]:
    """On which lists the key is."""
    wanted = record(identity)
    shipped = [Weakness(code) for code, lists in _shipped.items() if any(wanted in each for each in lists)]
    return shipped + [Weakness("listed-key", each.path.stem) for each in added if wanted in each]
