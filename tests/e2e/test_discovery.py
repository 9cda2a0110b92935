"""A scan from one's own computer: set up in the browser, run as the program that is downloaded there, seen on the pages."""

import os
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.discovery import chains
from tests.discovery.servers import Server, context, speaks_tls
from tests.e2e.test_accounts import sign_in

pytestmark = pytest.mark.processes

HOSTS, FIRST = "127.88.0.1-127.88.0.6", "127.88.0.3"


def test_a_scan_from_ones_own_computer(portal, page, tmp_path):
    sign_in(portal, page, "gina@example.com", portal.people["gina@example.com"])
    with Server(speaks_tls(context(chains.rsa())), address=FIRST) as server:
        page.goto(f"{portal.url}/discovery/")
        page.get_by_role("link", name="New Scan").first.click()
        page.get_by_label("Include Addresses").fill(HOSTS)
        page.get_by_label("Scan Additional Ports").fill(str(server.port))
        page.get_by_label("Fast").check()
        page.get_by_role("button", name="Run Scan").click()
        expect(page.locator("#state")).to_contain_text("Not started")
        with page.expect_download() as download:
            page.get_by_role("button", name="Download scanner.pyz").click()
        program = tmp_path / "scanner.pyz"
        download.value.save_as(program)

        ran = run(program)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    state = page.locator("#state")
    expect(state).to_contain_text("Finished", timeout=20_000)
    expect(state).to_contain_text("11 Nobody listens on this port")
    page.get_by_role("link", name="Show Results").click()
    row = page.get_by_role("row").filter(has_text=f"{FIRST}")
    for told in (str(server.port), "www.example.com", "Issuing", "RSA", "2048", "SHA-256", "Non-EV"):
        expect(row).to_contain_text(told)
    page.get_by_role("link", name="Back").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Certificate Discovery Tool")
    assert run(program).returncode != 0  # the scan is over


def run(program):
    """As somebody does in a terminal, without anything of the portal's environment."""
    env = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    return subprocess.run(
        [sys.executable, "-I", str(program)], cwd=program.parent, env=env, capture_output=True, text=True, timeout=90
    )
