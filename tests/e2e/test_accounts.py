"""From the operator's activation to a colleague who works: in a browser, by the links in the mails of the outbox page."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.processes

PASSWORD = "fresh-Tulips-42"


def link_in_mail(portal, page, address, subject):
    """Read the newest mail of that subject on the outbox page and return where its button leads."""
    page.goto(f"{portal.url}/demo/outbox/")
    page.locator("tr", has_text=address).get_by_role("link", name=subject).first.click()
    return page.locator("a", has_text=re.compile("http")).first.get_attribute("href")


def sign_in(portal, page, email, password):
    page.goto(f"{portal.url}/sign-in/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign In").click()


def test_an_activated_account_is_set_up_and_a_colleague_joins(portal, page):
    activate = portal.call(
        *[
            "manage",
            "--state",
            str(portal.state.folder),
            "account",
            "activate",
            "--company=Contoso",
            "--first-name=Cleo",
        ],
        *["--last-name=Chief", "--email=cleo@contoso.example"],
    )
    assert activate.returncode == 0, activate.stdout + activate.stderr

    page.goto(link_in_mail(portal, page, "cleo@contoso.example", "Set up your SSL Portal account"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Welcome")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Job Title").fill("IT Director")
    page.get_by_label("Phone Number").fill("+44 20 7946 0003")
    page.get_by_label("Password", exact=True).fill("fresh-Tulips")
    expect(page.locator("[data-rule=letter]")).to_have_class(re.compile("is-met"))
    expect(page.locator("[data-rule=digit]")).not_to_have_class(re.compile("is-met"))
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Confirm Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Country").select_option("GB")
    for label, text in {
        "Organization Name": "Contoso Limited",
        "Address 1": "3 Mill Lane",
        "City/Locality": "Leeds",
        "State": "West Yorkshire",
        "Zip/Postal Code": "LS1 1UR",
        "Phone Number": "+44 113 496 0000",
    }.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("I accept the terms of service").check()
    page.get_by_role("button", name="OK").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Setup Complete")

    page.get_by_role("link", name="Sign In").click()
    page.get_by_label("Email").fill("cleo@contoso.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign In").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Introduction")
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Account")
    expect(page.get_by_text("Contoso Limited")).to_be_visible()

    page.get_by_role("link", name="Administrators", exact=True).click()
    page.get_by_role("link", name="Add").click()
    for label, text in {
        "First Name": "Carl",
        "Last Name": "Colleague",
        "Job Title": "Web Operations",
        "Phone Number": "+44 20 7946 0004",
        "Email": "carl@contoso.example",
    }.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_label("Certificate Administrator").check()
    page.get_by_role("button", name="Profiles").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Organization Profile access")
    page.get_by_role("button", name="Update").click()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("tr", has_text="carl@contoso.example")).to_contain_text("Pending")
    page.get_by_role("button", name="Sign Out").click()

    page.goto(link_in_mail(portal, page, "carl@contoso.example", "You are invited to SSL Portal"))
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Confirm Password").fill(PASSWORD)
    page.get_by_label("I accept the terms of service").check()
    page.get_by_role("button", name="OK").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Setup Complete")


def test_a_locked_person_gets_in_again_by_a_reset(portal, page):
    email = "victor@sslportal.example"
    for _once in range(5):
        sign_in(portal, page, email, "wrong-Tulips-1")
    expect(page.get_by_role("heading", level=1)).to_have_text("Locked")
    sign_in(portal, page, email, portal.people[email])
    expect(page.get_by_role("heading", level=1)).to_have_text("Locked")

    page.get_by_role("link", name="Reset Password").click()
    page.get_by_label("Email").fill(email)
    page.get_by_role("button", name="OK").click()
    page.goto(link_in_mail(portal, page, email, "Reset your SSL Portal password"))
    page.get_by_label("New Password", exact=True).fill(PASSWORD)
    page.get_by_label("Confirm New Password").fill(PASSWORD)
    page.get_by_role("button", name="OK").click()
    page.get_by_role("link", name="OK").click()
    sign_in(portal, page, email, PASSWORD)

    expect(page.get_by_role("heading", level=1)).to_have_text("Vetting")
