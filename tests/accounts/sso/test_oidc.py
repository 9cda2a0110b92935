"""Signing in by OpenID Connect, against a server on this machine."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from accounts import locking
from accounts.sso import actions
from sslportal.kit.models import HistoryEntry
from tests.accounts.sso.conftest import leave, make_oidc, who_is_signed_in
from tests.factories import make_person

STRANGERS_KEY = rsa.generate_private_key(65537, 2048)


def come_back(client, server, address):
    return client.get(portal_path(server.authorize(urlsplit(address).query)))


def portal_path(address):
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}" == "http://localhost:8000"
    return f"{parts.path}?{parts.query}"


def sign_in(client, provider, server, **form):
    return come_back(client, server, leave(client, provider, **form))


def refusals(provider):
    return list(HistoryEntry.objects.filter(verb="sso_refused", account_id=provider.account_id).values_list("reason"))


def test_an_administrator_of_the_account_signs_in(client, people, oidc, oidc_server):
    response = sign_in(client, oidc, oidc_server)

    assert response.headers["Location"] == "/"
    assert who_is_signed_in(client) == people.paul.pk


def test_the_session_is_watched_for_idleness(client, oidc, oidc_server):
    sign_in(client, oidc, oidc_server)

    assert time.time() - client.session["seen_at"] < 60


def test_neither_tokens_nor_claims_are_kept(client, oidc, oidc_server):
    sign_in(client, oidc, oidc_server)

    link = oidc.links.get()
    assert (link.uid, link.extra_data) == ("subject-of-paul", {})
    assert not link.socialtoken_set.exists()


def test_the_request_carries_state_nonce_and_pkce(client, oidc):
    asked = parse_qs(urlsplit(leave(client, oidc)).query)

    assert asked["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} <= asked.keys()
    assert asked["redirect_uri"] == ["http://localhost:8000/sign-in/with/example/callback/"]


def test_one_is_led_to_the_page_one_wanted(client, oidc, oidc_server):
    response = sign_in(client, oidc, oidc_server, next="/certificates/")

    assert response.headers["Location"] == "/?next=%2Fcertificates%2F"  # by the start page


@pytest.mark.parametrize("next_url", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_next_leads_nowhere_else(client, oidc, oidc_server, next_url):
    assert sign_in(client, oidc, oidc_server, next=next_url).headers["Location"] == "/"


def test_an_address_that_only_userinfo_tells_is_asked_for_there(client, people, oidc, oidc_server):
    oidc_server.userinfo = {"sub": "subject-of-paul", "email": "paul@example.com", "email_verified": True}
    oidc_server.missing_claims = ("email", "email_verified")

    sign_in(client, oidc, oidc_server)

    assert who_is_signed_in(client) == people.paul.pk


def test_userinfo_of_another_subject_is_refused(client, oidc, oidc_server):
    oidc_server.userinfo = {"sub": "somebody-else", "email": "paul@example.com", "email_verified": True}
    oidc_server.missing_claims = ("email",)

    assert_refused(client, sign_in(client, oidc, oidc_server))


def test_a_locked_password_does_not_bar_it_and_is_unlocked_by_it(client, people, oidc, oidc_server):
    for _try in range(6):
        client.post("/sign-in/", {"login": "paul@example.com", "password": "wrong-password-1!"})
    assert locking.is_locked("paul@example.com")

    sign_in(client, oidc, oidc_server)

    assert who_is_signed_in(client) == people.paul.pk
    assert not locking.is_locked("paul@example.com")


def assert_refused(client, response, status=403):
    assert response.status_code == status
    assert who_is_signed_in(client) is None


@pytest.mark.parametrize(
    "email", ["stranger@example.org", "vera@sslportal.example", "nobody@example.com", "", "Paul@example.com "]
)
def test_nobody_else_is_let_in(client, people, oidc, oidc_server, email):
    oidc_server.claims = {"sub": "subject", "email": email, "email_verified": True}

    assert_refused(client, sign_in(client, oidc, oidc_server))
    assert not oidc.links.exists()


def test_a_refusal_is_told_to_the_accounts_history(client, people, oidc, oidc_server):
    oidc_server.claims = {"sub": "subject", "email": "vera@sslportal.example", "email_verified": True}

    sign_in(client, oidc, oidc_server)

    assert refusals(oidc) == [("vera@sslportal.example",)]


@pytest.mark.parametrize("verified", [False, None, "false", 0, "yes"])
def test_an_address_that_is_not_verified_is_refused(client, oidc, oidc_server, verified):
    oidc_server.claims["email_verified"] = verified

    assert_refused(client, sign_in(client, oidc, oidc_server))


def test_an_address_counts_without_verification_where_the_operator_said_so(client, people, oidc, oidc_server):
    make_oidc(people.company, oidc_server, trusts_addresses=True)
    del oidc_server.claims["email_verified"]

    sign_in(client, oidc, oidc_server)

    assert who_is_signed_in(client) == people.paul.pk


def test_a_letter_that_only_looks_like_one_is_another(client, people, oidc, oidc_server):
    make_person("kate@example.com", people.company)
    oidc_server.claims["email"] = "\N{KELVIN SIGN}ate@example.com"

    assert_refused(client, sign_in(client, oidc, oidc_server))


def test_the_case_of_the_address_does_not_matter(client, people, oidc, oidc_server):
    oidc_server.claims["email"] = "Paul@Example.com"

    sign_in(client, oidc, oidc_server)

    assert who_is_signed_in(client) == people.paul.pk


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"aud": "another-client"},
        {"aud": ["the-portal", "another"], "azp": "another"},
        {"nonce": "of another sign-in"},
        {"exp": 1_700_000_000},
        {"iat": 4_000_000_000},
        {"sub": 7},
    ],
    ids=lambda claims: next(iter(claims)),
)
def test_a_token_that_is_not_for_this_is_refused(client, oidc, oidc_server, claims):
    oidc_server.token_claims = claims

    assert_refused(client, sign_in(client, oidc, oidc_server))
    assert refusals(oidc) == []


@pytest.mark.parametrize("claim", ["iss", "aud", "exp", "iat", "sub", "nonce"])
def test_a_token_without_what_it_must_say_is_refused(client, oidc, oidc_server, claim):
    oidc_server.missing_claims = (claim,)

    assert_refused(client, sign_in(client, oidc, oidc_server))


def test_an_unsigned_token_is_refused(client, oidc, oidc_server):
    oidc_server.signing_key, oidc_server.algorithm = None, "none"

    assert_refused(client, sign_in(client, oidc, oidc_server))


@pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
def test_a_token_signed_with_the_shared_secret_is_refused(client, oidc, oidc_server):
    oidc_server.signing_key, oidc_server.algorithm = oidc_server.client_secret, "HS256"

    assert_refused(client, sign_in(client, oidc, oidc_server))


@pytest.mark.parametrize("kid", ["first", "unknown"])
def test_a_token_of_another_key_is_refused(client, oidc, oidc_server, kid):
    oidc_server.signing_key, oidc_server.kid = STRANGERS_KEY, kid

    assert_refused(client, sign_in(client, oidc, oidc_server))


@pytest.mark.parametrize(
    "answer", [b"[]", b"{}", b"<html>", b'{"access_token": "a"}', b'"access_token"', b"x" * 600_000]
)
def test_a_token_endpoint_that_answers_nonsense_is_refused(client, oidc, oidc_server, answer):
    oidc_server.token_answer = answer

    assert_refused(client, sign_in(client, oidc, oidc_server))


def test_a_token_endpoint_that_redirects_is_not_followed(client, oidc, oidc_server):
    oidc_server.token_status = 302

    assert_refused(client, sign_in(client, oidc, oidc_server))
    assert "/userinfo" not in oidc_server.asked


def test_nothing_is_asked_but_what_was_found_at_configuration(client, oidc, oidc_server):
    oidc_server.reset()

    sign_in(client, oidc, oidc_server)

    assert oidc_server.asked == ["/token", "/keys"]


def test_an_answer_is_taken_once(client, oidc, oidc_server):
    back = portal_path(oidc_server.authorize(urlsplit(leave(client, oidc)).query))
    client.get(back)
    client.logout()

    assert_refused(client, client.get(back))


def test_the_answer_to_another_browser_is_refused(client, oidc, oidc_server):
    address = leave(client, oidc)
    client.cookies.clear()

    assert_refused(client, come_back(client, oidc_server, address))


@pytest.mark.parametrize("query", ["", "error=access_denied", "code=x&state=y", "error=access_denied&state=y"])
def test_a_callback_that_answers_nothing_is_refused(client, oidc, query):
    leave(client, oidc)

    assert_refused(client, client.get(f"/sign-in/with/example/callback/?{query}"))


def test_somebody_who_cancels_gets_the_same_page(client, oidc, oidc_server):
    state = parse_qs(urlsplit(leave(client, oidc)).query)["state"][0]

    assert_refused(client, client.get(f"/sign-in/with/example/callback/?error=access_denied&state={state}"))


def test_switching_off_ends_what_has_begun(client, oidc, oidc_server):
    address = leave(client, oidc)
    actions.switch(oidc, on=False, by="command line")

    assert_refused(client, come_back(client, oidc_server, address), status=404)


def test_the_answer_of_one_accounts_server_does_not_serve_at_anothers(client, people, oidc, oidc_server):
    other = make_oidc(people.foreign, oidc_server, "foreign")
    leave(client, other)
    back = portal_path(oidc_server.authorize(urlsplit(leave(client, oidc)).query))

    assert_refused(client, client.get(back.replace("/example/", "/foreign/")))


def test_the_two_servers_may_know_the_portal_by_the_same_client_id(client, people, oidc, oidc_server):
    make_oidc(people.foreign, oidc_server, "foreign")

    sign_in(client, oidc, oidc_server)

    assert who_is_signed_in(client) == people.paul.pk


def test_the_secret_is_not_in_the_database_in_clear(oidc, oidc_server):
    assert oidc_server.client_secret not in oidc.sealed_secret
    assert oidc.client_secret == oidc_server.client_secret
