"""The request portal in a browser: set up inside, used by somebody without an account, approved, issued, downloaded."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.test_accounts import sign_in
from tests.openssl import csr_pem

pytestmark = pytest.mark.processes

OLGA, NAME = "olga@partner.example", "portal-e2e.example.com"


@pytest.fixture
def gina(portal, page):
    sign_in(portal, page, "gina@example.com", portal.people["gina@example.com"])
    return page


@pytest.fixture
def outside(browser):
    """Another browser, in which nobody has signed in."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def code(portal):
    """The newest code that was mailed to Olga."""
    ((subject,),) = portal.execute(
        "SELECT subject FROM kit_outgoingmail WHERE key LIKE 'request-portal-code:%%' ORDER BY id DESC LIMIT 1"
    )
    return re.search(r"\d{6}", subject).group()


def test_from_the_settings_to_the_download(portal, gina, outside):
    gina.goto(f"{portal.url}/administration/request-portal/")
    gina.get_by_label("Header String").fill("Certificates for partners")
    gina.get_by_label("Enable email address domain filtering").check()
    gina.get_by_label("Email Address Domains").fill("partner.example, hosting.example")
    gina.get_by_label("Require Captcha for certificate request portal access").check()
    gina.get_by_role("button", name="Update").click()
    expect(gina.get_by_role("status").filter(has_text="The request portal was updated.")).to_be_visible()
    with gina.expect_popup() as opened:
        gina.get_by_role("link", name="Try Now").click()
    url = opened.value.url
    assert url == gina.get_by_label("Portal URL").input_value()
    expect(opened.value.get_by_role("heading", level=1)).to_have_text("Certificates for partners")
    opened.value.close()

    violations = []
    outside.on("console", lambda said: violations.append(said.text) if "Content Security Policy" in said.text else None)
    outside.goto(url)
    outside.get_by_label("Email").fill(OLGA)
    expect(outside.locator("altcha-widget")).to_contain_text("Checked", timeout=20_000)
    outside.get_by_role("button", name="Continue").click()
    expect(outside.get_by_role("heading", level=1)).to_have_text("Confirm your address")
    assert violations == []
    outside.get_by_label("Code").fill(code(portal))
    outside.get_by_role("button", name="Continue").click()

    expect(outside.get_by_role("heading", level=1)).to_have_text("New Certificate Request")
    outside.get_by_label("Organization Profile").select_option("Example OV")
    outside.get_by_label("CSR", exact=True).fill(csr_pem(NAME))
    expect(outside.locator(".csr-read")).to_contain_text("The CSR can be used.")
    expect(outside.locator(".csr-read")).not_to_contain_text("Example Corporation")
    outside.get_by_label("Comments").fill("Olga, for the new shop.")
    outside.get_by_role("button", name="Continue").click()
    expect(outside.get_by_label("Common Name")).to_have_value(NAME)
    outside.get_by_role("button", name="Continue").click()
    outside.get_by_role("button", name="Finish").click()
    expect(outside.get_by_role("heading", level=1)).to_have_text("Request submitted")
    outside.get_by_role("link", name="OK").click()
    expect(outside.get_by_role("listitem").filter(has_text=NAME)).to_contain_text("Approve")

    gina.goto(f"{portal.url}/certificates/")
    row = gina.get_by_role("row").filter(has_text=NAME)
    expect(row).to_contain_text("request portal")
    row.get_by_role("link", name=NAME).click()
    gina.get_by_role("link", name="Change").click()
    gina.get_by_label("SANs").fill(f"www.{NAME}")
    gina.get_by_role("button", name="Update").click()
    expect(gina.locator("#facts")).to_contain_text("Olga, for the new shop.")
    gina.get_by_role("link", name="Continue").click()
    gina.get_by_role("button", name="Approve").click()
    gina.get_by_role("link", name="OK").click()
    expect(gina.locator("#state")).to_contain_text("Issued", timeout=30_000)

    outside.get_by_role("link", name=NAME).click()
    expect(outside.locator(".timeline")).to_contain_text(f"SANs: — → www.{NAME}")
    outside.get_by_role("link", name="Download").click()
    with outside.expect_download() as download:
        outside.get_by_role("link", name=f"{NAME}.crt", exact=True).click()
    assert download.value.path().read_text().startswith("-----BEGIN CERTIFICATE-----")
    outside.get_by_role("button", name="Leave").click()
    expect(outside.get_by_role("heading", level=1)).to_have_text("Certificates for partners")
