"""Ticking rows of a list, in a browser."""

import pytest
from playwright.sync_api import expect

from tests.e2e.test_accounts import sign_in

pytestmark = pytest.mark.processes


def test_one_box_ticks_all_rows_and_what_is_ticked_is_asked_for(portal, page):
    sign_in(portal, page, "gina@example.com", portal.people["gina@example.com"])
    page.goto(f"{portal.url}/administration/administrators/")
    everybody, rows = page.get_by_label("Select all"), page.locator("tbody [name=pick]")
    count = rows.count()

    everybody.check()
    expect(page.locator("tbody [name=pick]:checked")).to_have_count(count)
    rows.first.uncheck()
    expect(everybody).to_have_js_property("indeterminate", True)
    page.get_by_role("button", name="Delete").click()

    expect(page.locator("main [name=pick]")).to_have_count(count - 1)
