"""From the request of an upgrade to EV to the copy of what the signer accepted: in a browser, by the mails of the outbox."""

import io
import re

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from tests.e2e.test_accounts import link_in_mail, sign_in

pytestmark = pytest.mark.browser

SIGNER = "sid@example.com"


def test_an_upgrade_is_requested_signed_and_its_copy_mailed(portal, page):
    sign_in(portal, page, "paul@example.com", portal.people["paul@example.com"])
    page.get_by_role("button", name="Close").click()  # the Introduction
    [[number]] = portal.execute("SELECT id FROM profiles_organizationprofile WHERE name = 'Example OV'")
    request(portal, page, number)

    page.goto(link_in_mail(portal, page, SIGNER, "Please review the Extended Validation terms"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Extended Validation Terms of Service")
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("alert")).to_contain_text("tick “I accept”")
    page.get_by_label("I accept").check()
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")

    read_copy(portal, page)
    page.goto(f"{portal.url}/administration/profiles/{number}/")
    expect(page.get_by_text("Waiting for the vetting team")).to_be_visible()
    expect(page.get_by_role("button", name="Resend")).to_have_count(0)


def request(portal, page, number):
    """Paul asks; the boxes of an address are there only for another address."""
    page.goto(f"{portal.url}/administration/profiles/{number}/ev/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Organization Information")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Certificate Requester/Approver")
    expect(page.get_by_label("Email")).to_have_value("paul@example.com")
    page.get_by_label("Job Title").fill("CISO")
    page.get_by_label("Phone Number").fill("+44 20 7946 0001")
    expect(page.get_by_label("City/Locality")).to_be_hidden()
    page.get_by_label("Another address").check()
    for label, text in {
        "Address 1": "2 Harbour Road", "City/Locality": "Bristol", "State": "Bristol", "Zip/Postal Code": "BS1 5TT"
    }.items():  # fmt: skip
        page.get_by_label(label).fill(text)
    page.get_by_label("Country").select_option("GB")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Contract Signer")
    for label, text in {
        "First Name": "Sid", "Last Name": "Signer", "Job Title": "Director", "Phone Number": "+44 20 7946 0002",
        "Email": SIGNER,
    }.items():  # fmt: skip
        page.get_by_label(label).fill(text)
    page.get_by_label("Same as Certificate Requester/Approver Address").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirmation")
    expect(page.get_by_text("2 Harbour Road")).to_have_count(2)
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("link", name="OK").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Organization Profiles")


def read_copy(portal, page):
    """A worker makes the copy after the signer's answer: it is there soon, and says who accepted."""
    subject = "The Extended Validation terms were accepted"
    page.goto(f"{portal.url}/demo/outbox/")
    mail = page.locator("tr", has_text=SIGNER).get_by_role("link", name=subject)
    for _ in range(60):
        if mail.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    mail.click()
    file = page.get_by_role("link", name=re.compile(r"ev-terms-\d+"))
    content = page.request.get(portal.url + file.get_attribute("href")).body()
    if content.startswith(b"%PDF"):
        content = "".join(one.extract_text() for one in PdfReader(io.BytesIO(content)).pages).encode()
    assert f"Sid Signer <{SIGNER}>" in content.decode().replace("&lt;", "<").replace("&gt;", ">")
