"""A report in the browser: made page by page, mailed by its schedule, run, narrowed, exported."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.test_accounts import sign_in
from tests.running import wait_until

pytestmark = pytest.mark.processes


def test_a_report_from_its_first_page_to_the_mail(portal, page):
    sign_in(portal, page, "gina@example.com", portal.people["gina@example.com"])
    page.goto(f"{portal.url}/reporting/")
    page.get_by_role("link", name="New Report").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Create New Report")
    page.get_by_label("Certificate").check()
    page.get_by_label("Report Name").fill("Issued ones")
    page.get_by_role("button", name="Continue").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Fields Included in Report")
    page.get_by_role("button", name="Continue").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Records Included in Report")
    page.get_by_role("button", name="Continue").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Schedule Report")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    page.get_by_label("Schedule").select_option("daily")
    page.get_by_label("Start Date").fill(f"{tomorrow:%Y-%m-%d}")
    page.get_by_label("Start Time").fill("07:00")
    page.get_by_label("Recipients").fill("board@example.com")
    page.get_by_role("button", name="OK").click()

    row = page.get_by_role("row").filter(has_text="Issued ones")
    expect(row).to_contain_text("Daily")
    row.get_by_role("checkbox").check()
    page.get_by_role("button", name="Run Report").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Report Results")
    expect(page.locator("table.list")).to_contain_text("shop.example.com")

    page.get_by_role("link", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Yes").click()
    assert "Common Name" in Path(download.value.path()).read_text().splitlines()[0]

    portal.execute("UPDATE reporting_report SET due_at = now() WHERE name = 'Issued ones'")
    wait_until(lambda: mailed(portal), 60, lambda: portal.execute("SELECT status, reason, due_at FROM reporting_run"))
    assert mailed(portal) == [("Report: Issued ones", 2)]


def mailed(portal):
    """What was mailed to the board: subject, and how many files."""
    return portal.execute(
        "SELECT m.subject, count(a.id) FROM kit_outgoingmail m LEFT JOIN kit_mailattachment a ON a.mail_id = m.id"
        " WHERE m.to = 'board@example.com' GROUP BY m.id"
    )
