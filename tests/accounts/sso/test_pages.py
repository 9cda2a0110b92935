"""The pages around single sign-on."""

import pytest

from accounts.sso import actions
from tests.accounts.sso.conftest import make_oidc, who_is_signed_in


def test_the_page_says_with_whom(client, oidc):
    page = client.get("/sign-in/with/example/").text

    assert "<h1>Sign In</h1>" in page
    assert "Sign in with Example Corporation" in page


@pytest.mark.parametrize("path", ["", "callback/", "acs/finish/"])
def test_an_unknown_and_a_switched_off_provider_get_the_same_page(client, oidc, path):
    actions.switch(oidc, on=False, by="command line")

    off, unknown = (client.get(f"/sign-in/with/{slug}/{path}") for slug in ("example", "nobody-knows"))

    assert off.status_code == unknown.status_code == 404
    assert off.content == unknown.content
    assert "There is no such sign-in" in off.text


def test_a_get_begins_nothing(client, oidc):
    client.get("/sign-in/with/example/")

    assert "socialaccount_states" not in client.session


def test_beginning_needs_the_forms_token(oidc, client):
    client.handler.enforce_csrf_checks = True

    assert client.post("/sign-in/with/example/").status_code == 403


def test_the_request_cannot_choose_what_is_asked_of_the_server(client, oidc):
    """allauth would take these from the address."""
    address = client.post("/sign-in/with/example/?process=connect&scope=all&auth_params=prompt%3Dnone").text

    assert "prompt" not in address
    assert "scope=all" not in address
    states = client.session["socialaccount_states"].values()
    assert [state["process"] for state, _at, _provider in states] == ["login"]


def test_the_way_out_does_not_weaken_the_policy(client, oidc):
    response = client.post("/sign-in/with/example/")

    assert "form-action 'self'" in response.headers["Content-Security-Policy"]
    assert "no-store" in response.headers["Cache-Control"]


def test_the_next_page_is_kept_through_the_form(client, oidc):
    page = client.get("/sign-in/with/example/?next=/certificates/").text

    assert '<input type="hidden" name="next" value="/certificates/">' in page


def test_a_next_page_elsewhere_is_dropped(client, oidc):
    assert "evil.example" not in client.get("/sign-in/with/example/?next=https://evil.example/").text


def test_the_ordinary_page_tells_of_nobodys_single_sign_on(client, people, oidc_server):
    before = client.get("/sign-in/").text.count("\n")
    make_oidc(people.company, oidc_server)

    page = client.get("/sign-in/").text

    assert page.count("\n") == before
    assert "sign-in/with" not in page


def test_the_refusal_says_what_happened_and_what_to_do(client, oidc):
    page = client.get("/sign-in/with/example/callback/").text

    assert "<h1>You were not signed in</h1>" in page
    assert "ask a Global Administrator" in page
    assert 'href="/sign-in/with/example/"' in page


def test_the_addresses_of_the_other_protocol_are_not_there(client, oidc):
    assert client.post("/sign-in/with/example/acs/", {"SAMLResponse": "x"}).status_code == 404
    assert client.get("/sign-in/with/example/acs/finish/").status_code == 404
    assert client.get("/sign-in/with/example/metadata/").status_code == 404


def test_the_host_of_a_request_does_not_change_our_addresses(client, oidc, settings):
    settings.ALLOWED_HOSTS = ["another.example"]

    page = client.post("/sign-in/with/example/", headers={"host": "another.example"}).text

    assert "redirect_uri=http%3A%2F%2Flocalhost%3A8000%2F" in page


def test_allauths_own_pages_of_single_sign_on_are_not_mounted(client, db):
    for path in ("/3rdparty/", "/3rdparty/signup/", "/social/signup/", "/saml/example/acs/", "/oidc/example/login/"):
        assert client.get(path).status_code == 404
    assert who_is_signed_in(client) is None
