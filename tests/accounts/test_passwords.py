"""The password rule (A4), the way back in for those who forgot (A10), and changing one's own (B7)."""

from datetime import timedelta

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.actions import invitations
from accounts.models import Administrator
from accounts.states import Status
from sslportal.kit.models import HistoryEntry, Link
from tests.factories import PASSWORD, make_person
from tests.letters import last_letter, letters_to, link_in

NEW = "fresh-Tulips-42"
TWICE = {"password": NEW, "password_again": NEW}


def sign_in(client, email="paul@example.com", password=PASSWORD):
    return client.post("/sign-in/", {"login": email, "password": password}).status_code == 302


def codes(password, person=None):
    try:
        validate_password(password, person)
    except ValidationError as error:
        return sorted(one.code for one in error.error_list)
    return []


# The rule


@pytest.mark.parametrize("password", ["tulips-42", "パスワードは安全7!", "a1 234567!", "x" * 126 + "1#"])
def test_good_passwords(password):
    assert codes(password) == []


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("a1#4567", ["length"]),
        ("x" * 127 + "1#", ["length"]),
        ("tulips-and-roses", ["digit"]),
        ("1234-5678-9012", ["letter"]),
        ("tulips42and43", ["symbol"]),
        ("tulips 42 43", ["symbol"]),
        ("password1!", ["common"]),
        ("#Football7", ["common"]),
        ("", ["digit", "length", "letter", "symbol"]),
    ],
)
def test_bad_passwords_break_the_line_of_the_rule(password, code):
    assert codes(password) == code


@pytest.mark.parametrize("password", ["Paul-Example-1", "paul@example.com1", "example.com#1"])
def test_a_password_like_the_person_is_refused(people, password):
    assert codes(password, people.paul) == ["password_too_similar"]


@given(st.text(max_size=200))
def test_any_text_is_judged_without_an_error(text):
    codes(text)


# Forgotten


def ask(client, email="paul@example.com"):
    return client.post("/password/reset/", {"email": email})


@pytest.fixture
def link(client, people):
    ask(client)
    return link_in(last_letter("paul@example.com"))


def test_the_sign_in_page_leads_to_the_reset(client, db):
    assert 'href="/password/reset/"' in client.get("/sign-in/").content.decode()


def test_asking_mails_a_link(client, people):
    response = ask(client, "PAUL@Example.com")

    assert response.headers["Location"] == "/password/reset/sent/"
    assert [letter.subject for letter in letters_to("paul@example.com")] == ["Reset your SSL Portal password"]


@pytest.mark.parametrize("email", ["nobody@example.com", "stan@example.com"])
def test_the_answer_is_the_same_for_every_address(client, people, email):
    responses = [ask(client, "paul@example.com"), ask(client, email)]

    assert responses[0].headers["Location"] == responses[1].headers["Location"]
    assert responses[0].content == responses[1].content


def test_nobody_gets_a_mail_for_an_unknown_address(client, people):
    ask(client, "nobody@example.com")

    assert letters_to("nobody@example.com") == []
    assert not Link.objects.exists()
    assert not HistoryEntry.objects.exists()


def invite_pia(people):
    contact = {"email": "pia@example.com", "first_name": "Pia", "last_name": "P", "job_title": "", "phone": ""}
    invitations.invite(people.company, contact=contact, is_global=False, access={}, by=people.gina)
    return link_in(last_letter("pia@example.com"))


def test_an_invited_person_who_asks_is_reminded_while_the_invitation_stands(client, people):
    first = invite_pia(people)
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        ask(client, "pia@example.com")
        second = link_in(last_letter("pia@example.com"))

        assert "invites you" not in last_letter("pia@example.com").text
        assert client.get(first).status_code == client.get(second).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        ask(client, "pia@example.com")

        assert client.get(second).status_code == 410
    assert len(letters_to("pia@example.com")) == 2


def test_what_a_stranger_asks_is_not_told_as_the_owners_deed(client, people):
    ask(client)

    assert list(HistoryEntry.objects.values_list("verb", "actor")) == [("ask_reset", "portal")]


def test_a_removed_person_gets_nothing(client, people):
    make_person("rita@example.com", people.company, status=Status.REMOVED)

    ask(client, "rita@example.com")

    assert letters_to("rita@example.com") == []


def test_the_link_leads_to_a_new_password(client, link):
    response = client.post(link, TWICE)

    assert response.headers["Location"] == "/password/reset/done/"
    assert sign_in(Client(), password=NEW)
    assert not sign_in(Client(), password=PASSWORD)


def test_a_mail_confirms_the_change(client, link):
    client.post(link, TWICE)

    letter = last_letter("paul@example.com")
    assert letter.subject == "Your SSL Portal password was changed"
    assert NEW not in letter.text + letter.html


def test_the_link_works_once(client, link):
    client.post(link, TWICE)

    again = client.post(link, {"password": "other-Tulips-43", "password_again": "other-Tulips-43"})

    assert again.status_code == 410
    assert sign_in(Client(), password=NEW)


def test_opening_the_link_changes_nothing(client, link):
    client.get(link)
    client.head(link)

    assert sign_in(Client())
    assert client.post(link, TWICE).status_code == 302


def test_the_link_expires_after_four_hours(client, link):
    with time_machine.travel(timezone.now() + timedelta(hours=5)):
        response = client.post(link, TWICE)

    assert response.status_code == 410
    assert "ask for a new mail" in response.content.decode()


def test_a_stranger_who_asks_again_does_not_end_the_owners_link(client, link):
    ask(client)
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        ask(client)
        second = link_in(last_letter("paul@example.com"))

        assert second != link
        assert client.post(link, TWICE).status_code == 302
        assert client.get(second).status_code == 410


def test_changing_the_password_ends_the_link(client, link, people):
    signed_in = Client()
    sign_in(signed_in)
    signed_in.post("/administration/my-preferences/", {"form": "password", "current": PASSWORD, **TWICE})

    assert client.get(link).status_code == 410


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"password": NEW, "password_again": "another-Tulip-1"}, "password_again"),
        ({"password": "tulips", "password_again": "tulips"}, "password"),
        ({"password": "Paul-Example-1", "password_again": "Paul-Example-1"}, "password"),
        ({}, "password"),
    ],
)
def test_what_is_wrong_is_said_and_the_link_stays(client, link, sent, field):
    response = client.post(link, sent)

    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert client.post(link, TWICE).status_code == 302


def test_a_reset_ends_every_session(client, link):
    signed_in = Client()
    sign_in(signed_in)

    client.post(link, TWICE)

    assert signed_in.get("/certificates/").status_code == 302


def test_within_five_minutes_one_mail_is_enough(client, people):
    answers = {ask(client).status_code for _once in range(10)}

    assert answers == {302}
    assert len(letters_to("paul@example.com")) == 1


def test_many_requests_from_one_place_are_slowed_down(client, people):
    answers = [ask(client, f"somebody{number}@example.com").status_code for number in range(25)]

    assert answers[0] == 302
    assert answers[-1] == 429


# Changed by oneself

PAGE = "/administration/my-preferences/"


def change(client, current=PASSWORD, **sent):
    return client.post(PAGE, {"form": "password", "current": current, **TWICE, **sent})


def test_the_own_password_is_changed(client, people):
    sign_in(client)

    response = change(client)

    assert response.headers["Location"] == PAGE
    assert client.get(PAGE).status_code == 200
    assert sign_in(Client(), password=NEW)
    assert last_letter("paul@example.com").subject == "Your SSL Portal password was changed"


def test_other_sessions_end(client, people):
    other = Client()
    sign_in(client)
    sign_in(other)

    change(client)

    assert other.get("/certificates/").status_code == 302


def test_the_current_password_must_be_right(client, people):
    sign_in(client)

    response = change(client, current="wrong-Tulips-1")

    assert response.status_code == 422
    assert list(response.context["password_form"].errors) == ["current"]
    assert sign_in(Client())


def test_the_new_password_keeps_the_rule(client, people):
    sign_in(client)

    response = change(client, password="short", password_again="short")

    assert list(response.context["password_form"].errors) == ["password"]


def test_guessing_the_current_password_locks(client, people):
    sign_in(client)

    for _once in range(5):
        change(client, current="wrong-Tulips-1")

    assert not sign_in(Client())


# The other preferences


def test_contact_information_is_updated_but_not_the_address(client, people):
    sign_in(client)
    contact = {
        "first_name": "Paula",
        "last_name": "Prime",
        "job_title": "CTO",
        "phone": "+81 3 1234 5678",
        "language": "ja",
    }

    client.post(PAGE, {"form": "contact", **contact, "email": "mallory@example.com"})

    paul = Administrator.objects.get(pk=people.paul.pk)
    assert (paul.first_name, paul.language, paul.email) == ("Paula", "ja", "paul@example.com")


def test_the_vetting_team_has_preferences_too(client, people):
    sign_in(client, "vera@sslportal.example")

    assert change(client).headers["Location"] == PAGE


def test_no_typed_password_is_kept_with_the_tries(client, people):
    sign_in(client)

    change(client, current="wrong-Tulips-1")

    kept = str(list(AccessAttempt.objects.values()))
    assert [typed for typed in ("wrong-Tulips-1", NEW) if typed in kept] == []


@pytest.mark.parametrize("path", ["/vetting/password_change/", "/vetting/password_change/done/"])
def test_the_desk_has_no_password_page_of_its_own(client, people, path):
    sign_in(client, "vera@sslportal.example")

    assert client.get(path).headers["Location"] == PAGE
