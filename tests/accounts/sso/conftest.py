"""Identity providers on this machine, and accounts that use them."""

import html
import re
from types import SimpleNamespace

import pytest

from accounts.sso import actions, given
from accounts.sso.models import Kind
from tests.accounts.sso.oidc_server import OidcServer
from tests.accounts.sso.saml_idp import SamlIdp


@pytest.fixture(scope="session")
def running_oidc_server():
    server = OidcServer()
    yield server
    server.stop()


@pytest.fixture
def oidc_server(running_oidc_server):
    return running_oidc_server.reset()


@pytest.fixture
def oidc(people, oidc_server):
    """The company's people sign in by the OpenID Connect server."""
    return make_oidc(people.company, oidc_server)


def make_oidc(account, server, slug="example", **fields):
    provider = actions.configure(
        account, slug, Kind.OIDC, given.discover(server.url), by="command line",
        **{"client_id": server.client_id, "client_secret": server.client_secret, **fields},
    )  # fmt: skip
    actions.switch(provider, on=True, by="command line")
    provider.refresh_from_db()
    return provider


@pytest.fixture(scope="session")
def saml_keys():
    """The keys of two identity providers: that of the company, and one that nobody trusts."""
    return SimpleNamespace(ours=SamlIdp(), other=SamlIdp())


@pytest.fixture
def idp(saml_keys):
    return saml_keys.ours


@pytest.fixture
def saml(people, idp):
    """The company's people sign in by the SAML identity provider."""
    return make_saml(people.company, idp)


def make_saml(account, idp, slug="example"):
    provider = actions.configure(account, slug, Kind.SAML, given.read_metadata(idp.metadata()), by="command line")
    actions.switch(provider, on=True, by="command line")
    provider.refresh_from_db()
    return provider


def leave(client, provider, **form):
    """Begin to sign in; return the address at the identity provider that the page leads to."""
    response = client.post(provider.get_absolute_url(), form)
    assert response.status_code == 200, response.content
    return html.unescape(re.search(r'<meta http-equiv="refresh" content="0; url=([^"]*)"', response.text)[1])


def who_is_signed_in(client):
    return int(client.session.get("_auth_user_id", 0)) or None
