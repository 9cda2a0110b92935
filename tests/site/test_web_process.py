"""The web process is far from the CA's keys: it is not told where they are, and does not load the code that reads them."""

import subprocess
import sys

PROGRAM = """
import sys, sslportal.wsgi
from django.urls import get_resolver
len(get_resolver().url_patterns)  # loads every view
from certificates import tasks, admin  # what a view or the desk may reach
print(" ".join(sorted(sys.modules)))
"""
KEYS = {"certificates.keyroom", "certificates.issuing", "certificates.ca.keys", "certificates.ca.signing"}


def test_the_web_process_does_not_load_what_reads_keys():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={"SECRET_KEY": "x", "PORTAL_URL": "http://localhost:8000"},
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = set(done.stdout.split())
    assert "certificates.views.wizard" in loaded
    assert loaded & KEYS == set()
