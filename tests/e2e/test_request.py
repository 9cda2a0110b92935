"""The request wizard in a browser: the CSR is read while one is there, and names are edited with the keyboard."""

import pytest
from playwright.sync_api import expect

from tests.e2e.test_accounts import sign_in
from tests.openssl import csr_pem

pytestmark = pytest.mark.browser


@pytest.fixture
def paul(portal, page):
    sign_in(portal, page, "paul@example.com", portal.people["paul@example.com"])
    page.goto(f"{portal.url}/certificates/new/")
    return page


def test_what_the_csr_means_follows_the_chosen_type(paul):
    read = paul.locator(".csr-read")

    paul.get_by_label("CSR", exact=True).fill(csr_pem("*.example.com"))
    expect(read).to_contain_text("The CSR can be used.")
    expect(paul.get_by_role("status").filter(has_text="The CSR can be used.")).to_have_count(1)
    expect(read).not_to_contain_text("Not possible")
    paul.get_by_label("Certificate Type").select_option("EV")

    expect(read).to_contain_text("*.example.com is a wildcard, which an EV certificate may not hold.")


def test_the_fix_of_a_refused_csr_can_be_copied(paul):
    paul.context.grant_permissions(["clipboard-read", "clipboard-write"])
    paul.get_by_label("CSR", exact=True).fill(csr_pem("www.example.com", key="rsa:1024"))

    button = paul.get_by_role("button", name="Copy").first
    button.click()

    expect(button).to_have_attribute("data-said", "Copied")
    assert paul.evaluate("navigator.clipboard.readText()").startswith("openssl req -new -newkey rsa:3072")


def test_names_are_removed_one_after_the_other_with_the_keyboard(paul):
    paul.get_by_label("CSR", exact=True).fill(csr_pem("www.example.com", tuple(f"n{n}.example.com" for n in range(60))))
    paul.get_by_role("button", name="Continue").click()
    expect(paul.get_by_text("60 of 98")).to_be_visible()

    paul.get_by_role("button", name="Remove n40.example.com").press("Enter")
    expect(paul.get_by_text("59 of 98")).to_have_count(1)
    expect(paul.get_by_text("n40.example.com was removed.")).to_be_in_viewport()
    paul.keyboard.press("Tab")

    expect(paul.get_by_role("button", name="Remove n41.example.com")).to_be_focused()
    paul.get_by_role("button", name="Undo").click()
    expect(paul.get_by_text("60 of 98")).to_be_visible()
