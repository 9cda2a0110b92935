"""The CA's keys are within reach of the worker that signs, and of no other process: whoever is started otherwise refuses.

What a process can reach is what its environment names (docs/settings.md). `manage.py ca` asks nothing of all this.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

OF_THE_CA = ("CA_KEYS", "CA_PASSPHRASE", "CA_PASSPHRASE_FILE")
SIGNING = frozenset({"ca", "trust"})  # the queues of the worker that signs


def require_no_keys(process: str) -> None:
    """Raises ImproperlyConfigured where the process was told of the keys; the sentence begins with what it is."""
    told = [name for name in OF_THE_CA if os.environ.get(name)]
    if told:
        raise ImproperlyConfigured(
            f"{process} must not reach the CA's keys, but its environment has {' and '.join(told)}. Take that out:"
            " it is for the worker of the queues “trust” and “ca”, and for manage.py ca, only."
        )


def require_fit_worker(queues: Iterable[str]) -> None:
    """A worker either signs, has the keys and does nothing else, or has no keys. Raises ImproperlyConfigured."""
    signing, others = sorted(SIGNING & set(queues)), sorted(set(queues) - SIGNING)
    if not signing:
        require_no_keys(f"The worker of {_named(others)}")
    elif others:
        raise ImproperlyConfigured(
            f"A worker of {_named(signing)} has the CA's keys and does nothing else, but this one would also read"
            f" {_named(others)}. Start one worker with -Q trust,ca and another with -Q {','.join(others)}."
        )
    else:
        _require_keys(f"The worker of {_named(signing)}")


def _require_keys(process: str) -> None:
    """Whether they open shows when they are used."""
    if not os.environ.get("CA_KEYS"):
        raise ImproperlyConfigured(f"{process} signs, but CA_KEYS does not say where the CA's keys are.")
    if not (os.environ.get("CA_PASSPHRASE") or os.environ.get("CA_PASSPHRASE_FILE")):
        raise ImproperlyConfigured(
            f"{process} signs, but nothing opens the CA's keys: set CA_PASSPHRASE_FILE to the file with their passphrase."
        )
    for name in ("CA_KEYS", "CA_PASSPHRASE_FILE"):
        _require_private(name, Path(os.environ.get(name, "")))


def _require_private(name: str, path: Path) -> None:
    """A token's address is the path of nothing, and what is not set is the folder that we are in."""
    if path == Path() or not path.exists():
        return
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise ImproperlyConfigured(
            f"{name} names {path}, which is open to others than its owner (its mode is {mode:04o}). Close it: chmod go= {path}"
        )


def _named(queues: list[str]) -> str:
    return f"the queue{'s' if len(queues) > 1 else ''} {' and '.join(f'“{queue}”' for queue in queues)}"
