"""Signing in with a second factor by a person with a browser: a passkey of the device, and an app's codes."""

import re
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

WHO = "stan@example.com"
PREFERENCES = "/administration/my-preferences/"
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def keeper(page, context):
    """The browser's device keeps passkeys, and its owner always agrees."""
    page.set_default_timeout(15_000)
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return session


@pytest.fixture
def complaints(page):
    """What the browser complains of, such as scripts that the page's policy forbids."""
    heard = []
    page.on("console", lambda message: heard.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


@pytest.fixture(autouse=True)
def _without_factors_afterwards(portal):
    yield
    portal.execute("DELETE FROM mfa_authenticator")


def enter_password(page, portal):
    page.goto(f"{portal.url}/sign-in/")
    page.get_by_label("Email").fill(WHO)
    page.get_by_label("Password").fill(portal.people[WHO])
    page.get_by_role("button", name="Sign In", exact=True).click()


def confirm_password(page, portal):
    expect(heading(page)).to_have_text("Confirm That It Is You")
    page.get_by_label("Password").fill(portal.people[WHO])
    page.get_by_role("button", name="Continue").click()


def heading(page):
    return page.get_by_role("heading", level=1)


def sign_out(page, portal):
    page.goto(f"{portal.url}/sign-out/")
    page.get_by_role("main").get_by_role("button", name="Sign Out").click()
    expect(heading(page)).to_have_text("Sign In")


def expect_signed_in(page, portal):
    expect(page).not_to_have_url(re.compile("/sign-in/"))
    page.goto(portal.url + PREFERENCES)
    expect(heading(page)).to_have_text("My Preferences")


def test_a_passkey_signs_in_after_the_password(page, portal, keeper, complaints):
    enter_password(page, portal)
    expect_signed_in(page, portal)
    page.get_by_role("link", name="Add a passkey").click()
    confirm_password(page, portal)
    expect(page.get_by_label("Name")).to_have_value("Chrome on Linux")
    page.get_by_label("Name").fill("Desk computer")
    page.get_by_role("button", name="Add a passkey").click()

    expect(heading(page)).to_have_text("Recovery Codes")
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("Desk computer", exact=True)).to_be_visible()

    sign_out(page, portal)
    enter_password(page, portal)
    expect(heading(page)).to_have_text("Second Factor")
    page.get_by_role("button", name="Use a passkey").click()
    expect_signed_in(page, portal)

    page.get_by_role("link", name="Remove Desk computer").click()
    page.get_by_role("link", name="Use a passkey").click()
    page.get_by_role("button", name="Use a passkey").click()
    expect(heading(page)).to_have_text("Remove Passkey")
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("The passkey was removed.")).to_be_visible()
    assert complaints == []


def test_a_device_without_the_passkey_says_so_and_a_recovery_code_helps(page, portal, keeper):
    enter_password(page, portal)
    expect_signed_in(page, portal)
    page.get_by_role("link", name="Add a passkey").click()
    confirm_password(page, portal)
    page.get_by_role("button", name="Add a passkey").click()
    code = page.get_by_label("codes are left").input_value().split()[0]
    sign_out(page, portal)
    keeper.send("WebAuthn.disable")
    keeper.send("WebAuthn.enable")
    keeper.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})

    enter_password(page, portal)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("The passkey was not used")
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Sign In", exact=True).click()

    expect_signed_in(page, portal)


def test_an_app_signs_in_after_the_password(page, portal, complaints):
    page.set_default_timeout(15_000)
    enter_password(page, portal)
    expect_signed_in(page, portal)
    page.get_by_role("link", name="Add an app").click()
    confirm_password(page, portal)
    picture = page.get_by_alt_text("QR code with the secret below")
    assert picture.evaluate("picture => picture.complete && picture.naturalWidth > 0")
    secret = page.get_by_label("Secret").input_value()
    page.get_by_label("Code", exact=True).fill(code_of(secret))
    page.get_by_role("button", name="Add", exact=True).click()
    expect(heading(page)).to_have_text("Recovery Codes")

    sign_out(page, portal)
    enter_password(page, portal)
    expect(page.get_by_label("Code", exact=True)).to_be_focused()
    page.keyboard.type(code_of(secret))
    page.keyboard.press("Enter")

    expect_signed_in(page, portal)
    assert complaints == []


def code_of(secret):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))
