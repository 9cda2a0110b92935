"""Single sign-on in a browser. The identity providers are at 127.0.0.1, the portal is at localhost: two sites, as cookies
and the policy see it."""

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

from tests.accounts.sso.oidc_server import OidcServer
from tests.accounts.sso.saml_idp import SSO_URL, SamlIdp
from tests.running import OF_THE_TESTS, ROOT

pytestmark = pytest.mark.browser


@pytest.fixture
def sso(portal):
    """`manage.py sso` on the running portal; what was set up is removed in the end."""

    def sso(*words):
        where = {
            "DATABASE_URL": f"postgresql://sslportal@/sslportal?host={portal.state.sockets}",
            "SECRET_KEY": portal.state.secret_key.read_text(),
            "PORTAL_URL": portal.url,
        }
        env = {name: value for name, value in os.environ.items() if not name.startswith(OF_THE_TESTS)} | where
        subprocess.run([sys.executable, ROOT / "manage.py", "sso", *map(str, words)], env=env, check=True)

    yield sso
    sso("remove", "example")


@pytest.fixture
def account(portal):
    ((pk,),) = portal.execute("SELECT account_id FROM accounts_administrator WHERE email = %s", "paul@example.com")
    return pk


@pytest.fixture
def oidc_server():
    server = OidcServer()
    yield server
    server.stop()


@pytest.fixture
def saml_page():
    """The identity provider's page: its form brings the answer to the portal."""
    idp = SamlIdp()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if not self.path.startswith("/sso?"):
                return self.send_error(404)
            acs = f"http://localhost:{self.server.portal_port}/sign-in/with/example/acs/"
            fields = "".join(f'<input type=hidden name="{k}" value="{v}">' for k, v in idp.respond(self.path).items())
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            page = f'<title>IdP</title><form method=post action="{acs}">{fields}<button>I am Paul</button></form>'
            return self.wfile.write(page.encode())

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.url = f"http://127.0.0.1:{server.server_port}/sso"
    server.metadata = idp.metadata().replace(SSO_URL.encode(), server.url.encode())
    yield server
    server.shutdown()
    server.server_close()


def sign_in(page, portal, company_page):
    page.set_default_timeout(15_000)
    page.goto(f"{portal.url}/sign-in/with/example/?next=/certificates/")
    page.get_by_role("button", name="Sign in with").click()
    page.wait_for_url(f"{company_page}*")
    page.get_by_role("button", name="I am Paul").click()
    page.wait_for_url(f"{portal.url}/**")


def expect_signed_in(page, portal):
    page.goto(f"{portal.url}/administration/my-preferences/")  # the introduction may come first
    expect(page.get_by_role("banner")).to_contain_text("Paul Primary")


def test_a_person_signs_in_by_openid_connect(page, portal, sso, account, oidc_server, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(oidc_server.client_secret)
    sso("oidc", account, "--slug", "example", "--server-url", oidc_server.url, "--client-id", oidc_server.client_id,
        "--client-secret-file", secret)  # fmt: skip
    sso("on", "example")

    sign_in(page, portal, f"{oidc_server.url}/authorize")

    expect_signed_in(page, portal)


def test_a_person_signs_in_by_saml(page, portal, sso, account, saml_page, tmp_path):
    saml_page.portal_port = portal.port
    metadata = tmp_path / "metadata.xml"
    metadata.write_bytes(saml_page.metadata)
    sso("saml", account, "--slug", "example", "--metadata-file", metadata)
    sso("on", "example")

    sign_in(page, portal, saml_page.url)

    expect_signed_in(page, portal)


def test_somebody_else_is_told_what_to_do(page, portal, sso, account, oidc_server, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(oidc_server.client_secret)
    sso("oidc", account, "--slug", "example", "--server-url", oidc_server.url, "--client-id", oidc_server.client_id,
        "--client-secret-file", secret)  # fmt: skip
    sso("on", "example")
    oidc_server.claims = {"sub": "x", "email": "nobody@example.com", "email_verified": True}

    sign_in(page, portal, f"{oidc_server.url}/authorize")

    expect(page.get_by_role("heading", level=1)).to_have_text("You were not signed in")
