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
KEYS = {
    "certificates.keyroom", "certificates.issuing", "certificates.authorities", "certificates.ca.keys",
    "certificates.ca.stores", "certificates.ca.pkcs11", "certificates.ca.signing", "certificates.trust.answers",
    "certificates.trust.lists", "certificates.trust.responders",
}  # fmt: skip


def test_the_web_process_does_not_load_what_reads_keys():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={"SECRET_KEY": "x", "PORTAL_URL": "http://localhost:8000"},
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = set(done.stdout.split())
    assert loaded >= {"certificates.views.wizard", "certificates.trust.web", "sslportal.help_pages"}
    assert loaded & KEYS == set()
