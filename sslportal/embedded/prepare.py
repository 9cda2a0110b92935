"""Brings the database, the static files, the CA and the demo up to date: one process for all, and only what has changed.

Run as `python -m sslportal.embedded.prepare` with the environment of the `ca` worker. Prints who may sign in to the demo.
"""

import hashlib
import sys
from datetime import timedelta
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from sslportal.kit import clock

# Of the theme's package one file is used, with its map; compressing the others would take most of the time of a first start
UNUSED = ["bootstrap-*", "bootstrap.css*", "*.rtl.*"]


def main() -> None:
    django.setup()
    migrate()
    collect_static()
    make_ca()
    if settings.PORTAL_DEMO:
        call_command("demo", "create", stdout=sys.stdout)


def make_ca() -> None:
    """Make the CA, once. The demo's is older than the oldest certificate that the demo pretends to have issued."""
    age = timedelta(days=2 * 365) if settings.PORTAL_DEMO else timedelta(0)
    with clock.at(clock.now() - age):
        call_command("ca", "init", stdout=sys.stderr)


def migrate() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, stdout=sys.stderr)


def collect_static() -> None:
    """Collect the static files, where they are not the same as last time."""
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    now = _sources()
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != now:
        call_command(
            "collectstatic", interactive=False, clear=True, verbosity=0, ignore_patterns=UNUSED, stdout=sys.stderr
        )
        stamp.write_text(now, encoding="utf-8")


def _sources() -> str:
    """A fingerprint of all static files: names, sizes, times of change."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            facts = Path(storage.path(name)).stat()
            digest.update(f"{name} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    main()
