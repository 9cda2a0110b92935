"""Signing in, and being signed out."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.states import Status
from sslportal.kit.models import HistoryEntry
from tests.factories import PASSWORD


def sign_in(client, email="paul@example.com", password=PASSWORD, follow=False, **more):
    return client.post("/sign-in/", {"login": email, "password": password, **more}, follow=follow)


def test_a_stranger_is_sent_to_the_sign_in_page_and_back(client, people):
    response = client.get("/certificates/")

    assert response.headers["Location"] == "/sign-in/?next=/certificates/"
    people.paul.shows_introduction = False
    people.paul.save()
    response = sign_in(client, next="/certificates/", follow=True)
    assert response.redirect_chain[-1][0] == "/certificates/"


@pytest.mark.parametrize("email", ["paul@example.com", "PAUL@Example.com"])
def test_the_case_of_the_address_does_not_matter(client, people, email):
    assert sign_in(client, email).status_code == 302


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client, people):
    wrong = sign_in(client, password="wrong-password-1!")
    unknown = sign_in(client, email="nobody@example.com")

    says = [list(response.context["form"].non_field_errors()) for response in (wrong, unknown)]
    assert says[0] == says[1] != []


def test_a_deactivated_person_cannot_sign_in(client, people):
    people.paul.status = Status.REMOVED
    people.paul.save()

    sign_in(client)

    assert client.get("/certificates/").status_code == 302


@pytest.mark.parametrize("next_url", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_next_leads_nowhere_else(client, people, next_url):
    assert sign_in(client, next=next_url).headers["Location"] == "/"


def test_the_vetting_team_lands_at_its_desk(client, people):
    sign_in(client, "vera@sslportal.example")

    assert client.get("/").headers["Location"] == "/vetting/"


def test_thirty_idle_minutes_sign_out(client, people):
    sign_in(client)

    with time_machine.travel(timezone.now() + timedelta(minutes=31), tick=False):
        response = client.get("/certificates/")

    assert response.headers["Location"].startswith("/sign-in/")


def test_doing_something_keeps_one_signed_in(client, people):
    start = timezone.now()
    sign_in(client)

    for minutes in (20, 40, 60):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            assert client.get("/certificates/").status_code == 200


def test_a_page_that_refreshes_itself_is_not_somebody_doing_something(client, people):
    start = timezone.now()
    sign_in(client)

    for minutes in (20, 29):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            client.get("/certificates/", headers={"X-Background": "1"})
    with time_machine.travel(start + timedelta(minutes=31), tick=False):
        assert client.get("/certificates/").status_code == 302


def test_sign_out_ends_the_session(client, people):
    sign_in(client)

    client.post("/sign-out/")

    assert client.get("/certificates/").status_code == 302


@pytest.mark.parametrize("address", ["/sign-up/", "/signup/", "/accounts/signup/"])
def test_nobody_signs_up_by_themselves(client, db, address):
    assert client.get(address).status_code == 404


def test_a_session_that_somebody_prepared_is_not_the_one_that_signs_in(client, people):
    client.get("/sign-in/")
    client.session["planted"] = True
    client.session.save()
    before = client.session.session_key

    sign_in(client)

    assert client.session.session_key != before


def test_signing_out_leaves_nothing_of_the_session(client, people):
    sign_in(client)
    client.get("/certificates/?q=secret-search")
    before = client.session.session_key

    client.post("/sign-out/")
    client.cookies["sslportal_session"] = before

    assert client.get("/certificates/").status_code == 302


def test_lists_are_as_they_were_left_until_the_next_sign_in(client, people):
    sign_in(client, "gina@example.com")
    client.get("/administration/administrators/?q=stan&rows=50")
    assert "stan@example.com" in client.get("/administration/administrators/").content.decode()
    assert 'value="stan"' in client.get("/administration/administrators/").content.decode()

    client.post("/sign-out/")
    sign_in(client, "gina@example.com")

    assert 'value="stan"' not in client.get("/administration/administrators/").content.decode()


def test_signing_in_and_out_is_told_in_the_history(client, people):
    sign_in(client)
    client.post("/sign-out/")

    told = HistoryEntry.objects.filter(actor="paul@example.com").order_by("pk").values_list("verb", "account_id")
    assert list(told) == [("sign_in", people.company.pk), ("sign_out", people.company.pk)]
