"""What was copied comes back, whole, on a server where there was nothing; and nothing is overwritten by it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from certificates.models import Certificate
from certificates.trust import lists
from sslportal import backups
from sslportal.kit import audit
from tests.factories import issue, make_case, make_domain, make_evidence, make_order

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def store(settings, tmp_path):
    """The store of evidence, for this test alone."""
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    settings.EVIDENCE_ROOT.mkdir()
    return settings.EVIDENCE_ROOT


@pytest.fixture
def elsewhere(tmp_path):
    """An empty database and an empty store, and `manage`, which runs a command there."""
    name = f"{connection.settings_dict['NAME']}_restored"
    url = urlsplit(os.environ["DATABASE_URL"])
    with psycopg.connect(url.geturl(), autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name}")
        server.execute(f"CREATE DATABASE {name}")
    env = os.environ | {
        "DATABASE_URL": url._replace(path=f"/{name}").geturl(),
        "EVIDENCE_ROOT": str(tmp_path / "restored"),
        "PKI_URL": "http://pki.example.com",
        "LOG_LEVEL": "ERROR",
    }

    def manage(*words, **more):
        command = [sys.executable, str(ROOT / "manage.py"), *map(str, words)]
        return subprocess.run(command, env=env | more, capture_output=True, text=True)

    def ask(statement):
        with psycopg.connect(env["DATABASE_URL"]) as there:
            return there.execute(statement).fetchall()

    yield SimpleNamespace(manage=manage, ask=ask, evidence=tmp_path / "restored")
    with psycopg.connect(url.geturl(), autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.processes
def test_what_was_copied_comes_back_and_is_as_it_was_signed(people, ca, store, elsewhere, tmp_path, capsys):
    make_domain(people.ov)
    issue(make_order(people.ov, people.stan))
    lists.publish_list()
    for authority in Certificate.objects.get().authority.chain():
        lists.make_list(authority, 0)
    audit.record(people.stan, "rename", by=people.gina)
    evidence = make_evidence(make_case(people.ov), by=people.vera, content=b"Called, and Ann answered.")
    (store / evidence.stored).parent.mkdir(parents=True, exist_ok=True)
    (store / evidence.stored).write_bytes(b"Called, and Ann answered.")

    call_command("backup", tmp_path / "copy")
    restored = elsewhere.manage("restore", tmp_path / "copy")
    head = json.loads((tmp_path / "copy" / "contents.json").read_text())["history_head"]
    verified = elsewhere.manage("history", "verify", "--head", head)
    keys = {"CA_KEYS": str(ca.keys), "CA_PASSPHRASE_FILE": str(ca.passphrase)}
    checked = elsewhere.manage("ca", "check", **keys)

    assert restored.returncode == 0, restored.stderr
    assert f"manage.py history verify --head {head}" in restored.stdout
    assert verified.returncode == 0, verified.stderr
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert checked.stdout.endswith("All is well.\n")
    assert elsewhere.ask("SELECT der FROM certificates_certificate") == [(bytes(Certificate.objects.get().der),)]
    assert (elsewhere.evidence / evidence.stored).read_bytes() == b"Called, and Ann answered."
    assert elsewhere.manage("migrate", "--check").returncode == 0


@pytest.mark.processes
def test_what_came_back_is_protected_as_before(people, elsewhere, store, tmp_path):
    audit.record(people.stan, "rename", by=people.gina)
    call_command("backup", tmp_path / "copy", verbosity=0)
    elsewhere.manage("restore", tmp_path / "copy")

    with pytest.raises(psycopg.errors.RaiseException, match="Cannot update"):
        elsewhere.ask("UPDATE kit_historyentry SET reason = 'another' RETURNING id")


@pytest.mark.processes
def test_nothing_is_brought_back_over_what_is_there(people, elsewhere, store, tmp_path):
    call_command("backup", tmp_path / "copy", verbosity=0)
    elsewhere.manage("restore", tmp_path / "copy")

    again = elsewhere.manage("restore", tmp_path / "copy")

    assert again.returncode == 1
    assert "A copy is brought back into an empty one: dropdb, then createdb." in again.stderr


def test_a_copy_is_for_its_owner_only_and_holds_no_secret(people, settings, store, tmp_path):
    call_command("backup", tmp_path / "copy")

    folder = tmp_path / "copy"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()} == dict.fromkeys(
        ("database.dump", "evidence.tar", "contents.json"), 0o600
    )
    assert not [file for file in folder.iterdir() if settings.SECRET_KEY.encode() in file.read_bytes()]


def test_a_copy_is_written_over_none(people, store, tmp_path):
    (tmp_path / "copy").mkdir()

    with pytest.raises(CommandError, match="is there already"):
        call_command("backup", tmp_path / "copy")


def test_an_altered_copy_is_refused_before_anything_is_touched(people, store, tmp_path):
    call_command("backup", tmp_path / "copy")
    with (tmp_path / "copy" / "evidence.tar").open("ab") as file:
        file.write(b"more")

    with pytest.raises(CommandError, match=r"^evidence\.tar of .* is not what was written: take another copy\.$"):
        call_command("restore", tmp_path / "copy")


def test_what_is_no_copy_is_refused(people, tmp_path):
    with pytest.raises(CommandError, match="is no whole copy"):
        call_command("restore", tmp_path)


def test_a_program_older_than_the_server_is_not_used(db, tmp_path, monkeypatch):
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1 (Debian 9.6.1-1)'\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert backups._major(str(old)) == 9
    assert backups._program("pg_dump") != str(old)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(backups.NotPossible, match="apt-get install postgresql-client-"):
        backups._program("pg_dump")
