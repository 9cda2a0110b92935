"""The life of a certificate by a person with a browser: renewed, re-issued, set aside, taken back, and revoked for good."""

import re

import pytest
from cryptography import x509
from playwright.sync_api import expect

from certificates.csr import read
from tests.e2e.test_first_light import sign_in
from tests.openssl import csr_pem

pytestmark = pytest.mark.browser


def heading(page, text):
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def status(page, word):
    expect(page.locator(".state .status")).to_contain_text(word, timeout=15_000)


def go_on(page, times=1):
    for _ in range(times):
        page.get_by_role("button", name="Continue").click()


def certificate(page):
    """The server certificate of the order that is open."""
    page.get_by_role("link", name="Download").click()
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile(r"\.crt$")).first.click()
    found = x509.load_pem_x509_certificate(download.value.path().read_bytes())
    page.get_by_role("link", name="Back").click()
    return found


def names_of(certificate):
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(
        x509.DNSName
    )


def test_the_whole_life_of_a_certificate(page, portal):
    page.set_default_timeout(15_000)
    sign_in(page, portal, "paul@example.com")
    page.get_by_role("link", name="shop.example.com").first.click()
    before = certificate(page)

    page.get_by_role("link", name="Renew").click()  # with the key and the names that it has
    heading(page, "Renew Certificate")
    page.get_by_label("Comments").fill("Second year.")
    go_on(page)
    heading(page, "Confirm Certificate Details")
    go_on(page)
    heading(page, "Certificate Request Summary")
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("link", name="OK").click()
    status(page, "Issued")
    renewed = certificate(page)
    assert renewed.public_key() == before.public_key()
    assert set(names_of(renewed)) == set(names_of(before))
    assert renewed.not_valid_after_utc > before.not_valid_after_utc
    expect(page.get_by_role("link", name="Renew")).to_have_count(0)
    renewal = page.url
    page.get_by_role("link", name="shop.example.com").click()  # what it is the renewal of
    expect(page.get_by_text("Renewed by order")).to_be_visible()

    page.goto(renewal)
    page.get_by_role("link", name="Re-issue").click()  # with another key and one name more
    heading(page, "Re-Issue Certificate")
    pem = csr_pem("shop.example.com", sans=("shop.example.com", "pay.shop.example.com"))
    page.get_by_label("Paste in CSR").fill(pem)
    expect(page.get_by_text("RSA 2048")).to_be_visible()
    go_on(page, 2)
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("link", name="OK").click()
    status(page, "Issued")
    copy = certificate(page)
    assert (
        copy.public_key().public_numbers()
        == x509.load_pem_x509_csr(read(pem).pem.encode()).public_key().public_numbers()
    )
    assert "pay.shop.example.com" in names_of(copy)

    page.get_by_role("link", name="Unused").click()
    page.get_by_role("link", name="No", exact=True).click()
    status(page, "Issued")
    page.get_by_role("link", name="Unused").click()
    page.get_by_role("button", name="Yes").click()
    status(page, "Unused")
    expect(page.get_by_role("link", name="Download")).to_have_count(0)
    page.get_by_role("link", name="Restore").click()
    page.get_by_role("button", name="Yes").click()
    status(page, "Issued")

    page.get_by_role("link", name="Edit Notification Recipients").click()
    page.get_by_label("Notification Recipients").fill("ops@example.com; web@example.com")
    page.get_by_role("button", name="Update").click()
    for address in ("ops@example.com", "web@example.com"):
        expect(page.get_by_text(address).first).to_be_visible()

    page.get_by_role("link", name="Revoke").click()
    heading(page, "Revoke Certificate")
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("Choose why the certificate is to be revoked.").first).to_be_visible()
    page.get_by_label("The private key associated with the Public Key").check()
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("This cannot be reversed.")).to_be_visible()
    page.get_by_role("button", name="Yes").click()
    status(page, "Revoked")

    page.get_by_role("link", name="Re-issue").click()  # the key is known by now
    page.get_by_label("Paste in CSR").fill(pem)
    expect(page.get_by_text("was reported as stolen or compromised")).to_be_visible()

    page.goto(f"{portal.url}/demo/outbox/")
    expect(page.get_by_role("link", name="The certificate for shop.example.com is revoked").first).to_be_visible()
