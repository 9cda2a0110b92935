"""Where signing in leads."""

from types import SimpleNamespace

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp

from profiles.states import Status
from tests.factories import PASSWORD


@pytest.fixture
def people(people) -> SimpleNamespace:
    """Paul has seen the Introduction often enough; gina has not."""
    people.paul.shows_introduction = False
    people.paul.save()
    return people


def sign_in(client, email="paul@example.com", **more):
    """The addresses that signing in leads over, to the page that is shown in the end."""
    response = client.post("/sign-in/", {"login": email, "password": PASSWORD, **more}, follow=True)
    return [url for url, _status in response.redirect_chain]


def test_with_a_ready_profile_one_lands_at_the_certificates(client, people):
    assert sign_in(client) == ["/", "/certificates/"]


@pytest.mark.parametrize("status", [Status.UPGRADING, Status.RE_VETTING, Status.EXPIRING])
def test_a_profile_that_takes_orders_is_as_good_as_ready(client, people, status):
    people.ov.account.profiles.update(status=status)

    assert sign_in(client) == ["/", "/certificates/"]


@pytest.mark.parametrize("status", [Status.PENDING, Status.SUSPENDED, Status.EXPIRED, Status.DECLINED])
def test_while_no_profile_takes_orders_one_lands_at_the_account(client, people, status):
    people.ov.account.profiles.update(status=status)

    assert sign_in(client) == ["/", "/administration/account/"]


def test_a_profile_of_another_account_does_not_count(client, people):
    people.ov.account.profiles.update(status=Status.PENDING)
    people.foreign.profiles.update(status=Status.READY)

    assert sign_in(client) == ["/", "/administration/account/"]


def test_the_page_that_was_asked_for_comes_first(client, people):
    assert sign_in(client, next="/domains/?q=x") == ["/?next=%2Fdomains%2F%3Fq%3Dx", "/domains/?q=x"]


def test_the_introduction_comes_before_all(client, people):
    assert sign_in(client, "gina@example.com") == ["/", "/introduction/"]


def test_the_introduction_leads_on_to_the_page_that_was_asked_for(client, people):
    chain = sign_in(client, "gina@example.com", next="/domains/")

    assert chain[-1] == "/introduction/?next=%2Fdomains%2F"
    response = client.post("/introduction/", {"next": "/domains/"})
    assert response.headers["Location"] == "/domains/"


def test_the_introduction_comes_once_a_sign_in(client, people):
    sign_in(client, "gina@example.com")

    assert client.get("/").headers["Location"] == "/certificates/"


def test_closing_the_introduction_leads_to_where_work_begins(client, people):
    people.ov.account.profiles.update(status=Status.PENDING)
    sign_in(client, "gina@example.com")

    response = client.post("/introduction/", {"again": "on"}, follow=True)

    assert response.redirect_chain[-1][0] == "/administration/account/"


def test_the_vetting_team_gets_no_introduction(client, people):
    assert sign_in(client, "vera@sslportal.example") == ["/", "/vetting/"]


def test_the_vetting_team_comes_to_the_page_that_was_asked_for(client, people):
    assert sign_in(client, "vera@sslportal.example", next="/vetting/domains/domain/")[-1] == "/vetting/domains/domain/"


@pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_the_start_page_leads_nowhere_else(client, people, url):
    sign_in(client)

    assert client.get("/", {"next": url}).headers["Location"] == "/certificates/"


def test_nobody_is_asked_to_sign_in_and_lands_by_the_same_rule(client, people):
    assert client.get("/").headers["Location"] == "/sign-in/"


def test_a_second_factor_leads_to_the_same_places(client, people):
    totp.TOTP.activate(people.gina, totp.generate_totp_secret())
    codes = RecoveryCodes.activate(people.gina)

    response = client.post(
        "/sign-in/", {"login": "gina@example.com", "password": PASSWORD, "next": "/domains/"}, follow=True
    )
    response = client.post(response.redirect_chain[-1][0], {"code": codes.get_unused_codes()[0]}, follow=True)

    assert response.redirect_chain[-1][0] == "/introduction/?next=%2Fdomains%2F"
