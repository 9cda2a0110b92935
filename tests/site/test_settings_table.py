"""The table of settings, and the examples that name them, say what the code reads."""

import os
import re
import secrets
import subprocess
import sys

import pytest

from tests.deployment import EXAMPLES, ROOT, SECRETS, example, settings_read

ELSEWHERE = {"SSL_CERT_FILE"}  # read by OpenSSL
OF_THE_COMMANDS = {"PORTAL_DEMO_PEOPLE", "PORTAL_DEMO_WORLD"}  # in the settings' table, since `./portal up` sets them


def settings_told():
    """The names in the first column of the table."""
    text = (ROOT / "docs" / "settings.md").read_text()
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}


def test_the_table_of_settings_has_all_that_the_code_reads_and_nothing_else():
    assert settings_read() >= {"SECRET_KEY_FILE", "PORTAL_URL", "CA_KEYS", "PORTAL_LISTEN", "PORTAL_ALIVE_FILE"}
    assert settings_told() - settings_read() <= ELSEWHERE | OF_THE_COMMANDS
    assert settings_read() - settings_told() == set()


@pytest.mark.parametrize("path", EXAMPLES)
def test_the_examples_name_settings_that_there_are_and_no_secret(path):
    named = set(example(path))

    assert named <= settings_read()
    assert named & SECRETS == set()
    assert not [value for value in example(path).values() if re.search(r"[0-9a-f]{16}", value)]


@pytest.mark.parametrize("path", EXAMPLES[:2])
def test_the_portal_starts_with_the_example(path):
    """Django's own checks of a deployment pass too."""
    given = {name: value.strip('"') for name, value in example(path).items() if not name.endswith("_FILE")}
    env = {"PATH": os.environ["PATH"], "SECRET_KEY": secrets.token_urlsafe(50), "LOG_LEVEL": "ERROR", **given}

    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT, env=env, capture_output=True, text=True,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
