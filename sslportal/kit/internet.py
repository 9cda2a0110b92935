"""What the demo's own Internet says: entries in a file, which the demo's page writes and its servers read at every question."""

import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, astuple, dataclass
from pathlib import Path

FILE = "FILE"  # the kind of what the web server says; all others are DNS records
ALONE = ("CNAME", FILE)  # kinds of which a name has one at most


@dataclass(frozen=True)
class Entry:
    """A record at a DNS name, its value as in a zone file (a TXT without quotes); or the file of a host, its value the text."""

    kind: str
    name: str  # in ASCII and lower case, without the root's dot
    value: str

    @property
    def key(self) -> str:
        """What stands for the entry in a form."""
        return hashlib.sha256(json.dumps(astuple(self)).encode()).hexdigest()[:16]


def read(path: Path) -> list[Entry]:
    """What is published: nothing where the file is missing or makes no sense."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return [Entry(str(row["kind"]), str(row["name"]), str(row["value"])) for row in rows]
    except (OSError, ValueError, TypeError, LookupError, RecursionError):
        return []


def publish(path: Path, entry: Entry) -> None:
    """Add the entry, once; of kinds of which a name has one, in the place of the one before."""
    with _changing(path) as entries:
        entries[:] = [one for one in entries if one != entry and not _gives_way(one, entry)] + [entry]


def remove(path: Path, key: str) -> Entry | None:
    """Take the entry away. Returns it, or None where there is none of this key."""
    with _changing(path) as entries:
        found = next((one for one in entries if one.key == key), None)
        entries[:] = [one for one in entries if one != found]
    return found


def _gives_way(one: Entry, entry: Entry) -> bool:
    return entry.kind in ALONE and (one.kind, one.name) == (entry.kind, entry.name)


@contextmanager
def _changing(path: Path) -> Iterator[list[Entry]]:
    """One change at a time, whichever process makes it; readers see the file before or after it."""
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        entries = read(path)
        yield entries
        descriptor, half = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump([asdict(entry) for entry in entries], file, ensure_ascii=False, indent=1)
        Path(half).replace(path)
