"""The main job, from signing in to a certificate that openssl, nginx and curl trust, by a person with a browser."""

import re
import shutil
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from playwright.sync_api import expect

from certificates.ca.lint import lint
from sslportal.embedded.places import free_port

pytestmark = pytest.mark.browser

NAME = "www.first-light.net"


@pytest.fixture(scope="module")
def csr(tmp_path_factory):
    """What the person made on the server: server.key and server.csr."""
    folder = tmp_path_factory.mktemp("server")
    subprocess.run(
        ["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out", "server.csr",
         "-subj", f"/CN={NAME}"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    return folder


def sign_in(page, portal, email):
    page.goto(f"{portal.url}/sign-in/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(portal.people[email])
    page.get_by_role("button", name="Sign In").click()
    page.get_by_role("button", name="Close").click()  # the Introduction


def test_a_real_csr_becomes_a_certificate_that_openssl_trusts(page, context, portal, csr):
    page.set_default_timeout(15_000)
    sign_in(page, portal, "paul@example.com")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Certificates")

    page.get_by_role("link", name="Add").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("New Certificate Request")
    page.get_by_label("Organization Profile").select_option(label="Example OV")
    page.get_by_label("Certificate Type").select_option("OV")
    page.get_by_label("HASH Algorithm").select_option("SHA-256")
    page.get_by_label("Validity Period").select_option(label="1 year")
    page.get_by_label("CSR", exact=True).fill((csr / "server.csr").read_text())
    expect(page.get_by_text("RSA 2048")).to_be_visible()  # read while we are still there
    page.get_by_label("Comments").fill("First light.")
    page.get_by_role("button", name="Continue").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm Certificate Details")
    expect(page.get_by_label("Common Name")).to_have_value(NAME)
    page.get_by_label("Add SANs").fill("shop.first-light.net, mail.first-light.net")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Remove mail.first-light.net").click()
    page.get_by_label("Notification Recipients").fill("ops@example.com")
    page.get_by_role("button", name="Continue").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm Domain Control")
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_label("Notification Recipients")).to_have_value("ops@example.com")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirmation of Control for domain 1 of 1")
    page.get_by_label("hostmaster@first-light.net").check()
    page.get_by_role("button", name="Continue").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Certificate Request Summary")
    page.get_by_role("button", name="Finish").click()
    page.get_by_role("link", name="OK").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Certificate Details")
    expect(page.get_by_text("the link in the mail to hostmaster@first-light.net has not been used")).to_be_visible()

    confirm_by_mail(context, portal)
    expect(page.locator(".state .status")).to_contain_text("Issued", timeout=15_000)  # by itself: nobody reloads

    page.get_by_role("link", name="Download").click()
    for file in (f"{NAME}.crt", f"{NAME}.fullchain.pem", "ca-bundle.crt", f"{NAME}.p7b"):
        with page.expect_download() as download:
            page.get_by_role("link", name=file).click()
        download.value.save_as(csr / file)
    trusted_by_openssl(page, portal, csr)
    lints_without_errors(csr)
    works_in_nginx(csr)


def confirm_by_mail(context, portal):
    """The owner of the domain reads the mail and approves."""
    mail = context.new_page()
    mail.goto(f"{portal.url}/demo/outbox/")
    mail.get_by_role("link", name="Please confirm control of first-light.net").click()
    mail.get_by_role("link", name=re.compile("confirm")).click()
    expect(mail.get_by_role("heading", level=1)).to_have_text("Confirm Domain Control")
    mail.get_by_label("Approve", exact=True).check()
    mail.get_by_role("button", name="OK").click()
    expect(mail.get_by_text("You approved")).to_be_visible()
    mail.close()


def lints_without_errors(folder):
    """The demo's addresses are at localhost, which no other machine could ask: that is the only thing to find."""
    certificate = x509.load_pem_x509_certificate((folder / f"{NAME}.crt").read_bytes())
    stopping = {finding.code for finding in lint(certificate.public_bytes(Encoding.DER), "private") if finding.stops}
    assert stopping <= {"pkix.invalid_uri_syntax"}


def trusted_by_openssl(page, portal, folder):
    root = page.request.get(f"{portal.url}/pki/ca/root-1.crt").body()
    (folder / "root.der").write_bytes(root)
    run(folder, "openssl", "x509", "-inform", "DER", "-in", "root.der", "-out", "root.pem")
    for name in (NAME, "shop.first-light.net", "first-light.net"):
        said = run(
            folder, "openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", name,
            "-CAfile", "root.pem", "-untrusted", "ca-bundle.crt", f"{NAME}.crt",
        )  # fmt: skip
        assert said.strip() == f"{NAME}.crt: OK"
    mail = subprocess.run(
        ["openssl", "verify", "-verify_hostname", "mail.first-light.net", "-CAfile", "root.pem", "-untrusted",
         "ca-bundle.crt", f"{NAME}.crt"], cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "hostname mismatch" in mail.stderr.lower()


def run(folder, *command):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


NGINX = """
daemon off; pid nginx.pid; error_log error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;
  server {{
    listen 127.0.0.1:{port} ssl;
    server_name {name};
    ssl_certificate {name}.fullchain.pem;
    ssl_certificate_key server.key;
    location / {{ return 200 "hello over tls\\n"; }}
  }}
}}
"""


def works_in_nginx(folder):
    """A real web server with the downloaded files, asked by a real client that knows the root only."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("all but the last step passed: no nginx on this machine; install the package “nginx-light”")
    port = free_port()
    (folder / "nginx.conf").write_text(NGINX.format(port=port, name=NAME))
    server = subprocess.Popen([nginx, "-p", str(folder), "-c", "nginx.conf", "-e", "error.log"])
    try:
        said = ask(folder, port)
    finally:
        server.terminate()
        server.wait(10)
    assert said == "hello over tls\n"


def ask(folder, port):
    to_here = f"{NAME}:{port}:127.0.0.1"
    return run(
        folder, "curl", "--silent", "--show-error", "--cacert", "root.pem", "--resolve", to_here,
        "--retry", "20", "--retry-connrefused", "--retry-delay", "1", f"https://{NAME}:{port}/",
    )  # fmt: skip
