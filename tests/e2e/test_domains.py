"""Domains in a browser: several are added at once, each confirmed in its own way, by the demo's own mail, DNS and web."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.test_accounts import link_in_mail, sign_in

pytestmark = pytest.mark.processes

RECORD = "DNS record"
FILE = "File on the web server"


@pytest.fixture
def paul(portal, page):
    sign_in(portal, page, "paul@example.com", portal.people["paul@example.com"])
    return page


def add(portal, page, names, choices):
    """Through the pages of the wizard, with a choice for each name that gets a page; None skips it."""
    page.goto(f"{portal.url}/domains/")
    page.get_by_role("link", name="Add", exact=True).click()
    page.get_by_label("Profile Name").select_option(label="Example OV")
    page.get_by_label("Domain Names").fill(names)
    page.get_by_role("button", name="Continue").click()
    for number, choice in enumerate(choices, 1):
        heading = f"Confirmation of Control for domain {number} of {len(choices)}"
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        if choice is None:
            page.get_by_role("button", name="Skip").click()
        else:
            page.get_by_label(choice, exact=True).check()
            page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("New Domain Request Summary")


def open_domain(portal, page, name):
    page.goto(f"{portal.url}/domains/")
    page.get_by_label("Search").fill(name)
    page.get_by_label("Search").press("Enter")
    page.get_by_role("link", name=name, exact=True).click()


def publish(page):
    """What the portal asks for, by the link to the demo's own Internet."""
    page.get_by_role("link", name="Publish it in the Internet of the demo").click()
    page.get_by_role("button", name="Publish").click()


def test_many_domains_are_added_and_each_is_confirmed_in_its_own_way(portal, paul):
    names = "e2e-mail.com, e2e-record.com; e2e-file.com\ne2e-skipped.com co.uk *.e2e-mail.com localhost"

    add(portal, paul, names, ["webmaster@e2e-mail.com", RECORD, FILE, None])
    for told in ("A mail asks webmaster@e2e-mail.com", "Skipped", "public suffix", "wildcard", "internal name"):
        expect(paul.locator("main")).to_contain_text(told)
    paul.get_by_role("button", name="OK").click()
    expect(paul.locator("main")).to_contain_text("3 domains were added.")

    open_domain(portal, paul, "e2e-record.com")
    state = paul.locator("#state")
    expect(state).to_contain_text("There is no TXT record at _sslportal-challenge.e2e-record.com yet.", timeout=20_000)
    publish(paul)
    open_domain(portal, paul, "e2e-record.com")
    paul.get_by_role("button", name="Check now").click()
    expect(state).to_contain_text("Ready", timeout=20_000)

    open_domain(portal, paul, "e2e-file.com")
    publish(paul)
    open_domain(portal, paul, "e2e-file.com")
    paul.get_by_role("button", name="Check now").click()
    expect(state).to_contain_text("Ready", timeout=20_000)
    expect(state).to_contain_text("proves this very name only")

    paul.goto(link_in_mail(portal, paul, "webmaster@e2e-mail.com", "Please confirm control of e2e-mail.com"))
    expect(paul.get_by_role("heading", level=1)).to_have_text("Confirm Domain Control")
    paul.get_by_label("Approve", exact=True).check()
    paul.get_by_role("button", name="OK").click()
    open_domain(portal, paul, "e2e-mail.com")
    expect(state).to_contain_text("Ready")


def test_a_domain_is_deleted_after_one_more_question(portal, paul):
    add(portal, paul, "e2e-deleted.com", ["Manually Validate"])
    paul.get_by_role("button", name="OK").click()

    paul.get_by_label("Search").fill("e2e-deleted.com")
    paul.get_by_label("Search").press("Enter")
    paul.get_by_role("checkbox", name="Select e2e-deleted.com").check()
    paul.get_by_role("button", name="Delete").click()
    expect(paul.get_by_role("heading", level=1)).to_have_text("Delete Domains")
    paul.get_by_role("button", name="OK").click()

    expect(paul.locator("main")).to_contain_text("e2e-deleted.com was deleted.")
    expect(paul.get_by_role("link", name=re.compile("e2e-deleted"))).to_have_count(0)


@pytest.mark.browser
def test_the_way_is_the_same_without_javascript(portal, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(portal, page, "stan@example.com", portal.people["stan@example.com"])

    add(portal, page, "e2e-plain.com", [RECORD])
    page.get_by_role("button", name="OK").click()
    open_domain(portal, page, "e2e-plain.com")
    publish(page)
    open_domain(portal, page, "e2e-plain.com")
    page.get_by_role("button", name="Check now").click()

    for _ in range(20):
        page.wait_for_timeout(500)
        page.reload()
        if "Ready" in page.locator("#state").inner_text():
            break
    expect(page.locator("#state")).to_contain_text("Ready")
    context.close()
