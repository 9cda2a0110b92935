"""Locked after five wrong passwords, and the way back in (A5)."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from axes.models import AccessAttempt
from django.db import connections
from django.test import Client

from sslportal.kit.models import HistoryEntry
from tests.factories import PASSWORD, make_people
from tests.letters import last_letter, letters_to, link_in

WRONG = "wrong-Tulips-1"


def attempt(email="paul@example.com", password=WRONG, **headers):
    return Client().post("/sign-in/", {"login": email, "password": password}, **headers)


def lock(email="paul@example.com"):
    return [attempt(email) for _once in range(5)]


def test_the_fifth_wrong_password_locks(people):
    answers = [response.status_code for response in lock()]

    assert answers == [200, 200, 200, 200, 403]


def test_the_right_password_no_longer_helps(people):
    lock()

    response = attempt(password=PASSWORD)

    assert response.status_code == 403
    assert "Locked" in response.content.decode()


def test_the_page_says_how_to_get_in_again(people):
    page = lock()[-1].content.decode()

    assert 'href="/password/reset/"' in page
    assert "Global Administrator" in page


def test_a_success_resets_the_count(people):
    for _once in range(4):
        attempt()
    attempt(password=PASSWORD)

    answers = [attempt().status_code for _once in range(4)]

    assert answers == [200, 200, 200, 200]


def test_tries_are_counted_whatever_the_browser_the_place_and_the_case(people):
    for number, email in enumerate(["paul@example.com", "PAUL@example.com", " paul@example.com ", "Paul@Example.Com"]):
        attempt(email, HTTP_USER_AGENT=f"browser {number}", REMOTE_ADDR=f"192.0.2.{number}")

    assert attempt(REMOTE_ADDR="198.51.100.7").status_code == 403


def test_one_locked_person_locks_nobody_else(people):
    lock()

    assert attempt("stan@example.com", PASSWORD).status_code == 302


def test_an_unknown_address_gets_the_same_answers(people):
    known = lock()
    unknown = lock("nobody@example.com")

    assert [one.status_code for one in known] == [one.status_code for one in unknown]
    assert known[-1].content == unknown[-1].content
    assert attempt("nobody@example.com").content == attempt().content


def test_the_owner_gets_one_mail(people):
    lock()
    attempt()
    attempt(password=PASSWORD)

    assert [letter.subject for letter in letters_to("paul@example.com")] == ["Your SSL Portal user ID is locked"]
    assert HistoryEntry.objects.filter(verb="lock", subject="paul@example.com").count() == 1


def test_nobody_gets_a_mail_for_an_unknown_address(people):
    lock("nobody@example.com")

    assert letters_to("nobody@example.com") == []


def test_trying_on_makes_nothing_longer(people):
    lock()
    before = list(AccessAttempt.objects.values())

    for _once in range(3):
        attempt()

    assert list(AccessAttempt.objects.values()) == before


def test_no_password_is_kept(people):
    attempt(password="my-secret-Guess-1")

    assert "my-secret-Guess-1" not in str(list(AccessAttempt.objects.values()))


def test_a_reset_unlocks(people):
    lock()
    Client().post("/password/reset/", {"email": "paul@example.com"})
    new = "fresh-Tulips-42"

    Client().post(link_in(last_letter("paul@example.com")), {"password": new, "password_again": new})

    assert attempt(password=new).status_code == 302


def test_a_global_administrator_unlocks(people, sign_in):
    lock()
    page = f"/administration/administrators/{people.paul.pk}/"
    client = sign_in(people.gina)
    assert "Unlock" in client.get(page).content.decode()

    client.post(f"{page}unlock/")

    assert attempt(password=PASSWORD).status_code == 302
    assert HistoryEntry.objects.filter(verb="unlock", actor="gina@example.com").exists()


def test_the_list_marks_who_is_locked(people, sign_in):
    lock()

    lines = b"".join(sign_in(people.gina).get("/administration/administrators/?export=all")).decode().splitlines()

    assert [line.split(",")[1] for line in lines if "Locked" in line] == ["paul@example.com"]


def test_a_locked_persons_sessions_go_on(people, client):
    client.post("/sign-in/", {"login": "paul@example.com", "password": PASSWORD})

    lock()

    assert client.get("/certificates/").status_code == 200


@pytest.mark.parametrize("email", ["", "x" * 5000, "\x00@example.com", "a@b", "﹫"])
def test_odd_addresses_are_no_error(people, email):
    assert attempt(email).status_code == 200


def test_a_very_long_password_is_refused_before_it_is_hashed(people):
    response = attempt(password="x" * 1_000_000)

    assert response.status_code == 200


def test_known_and_unknown_addresses_take_the_same_time(people, settings):
    """With the hasher of real installations, whose time is what an address could be told by."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    people.paul.set_password(PASSWORD)
    people.paul.save()
    took = {"paul@example.com": [], "nobody@example.com": []}

    for _once in range(4):
        for email, times in took.items():
            began = time.perf_counter()
            attempt(email)
            times.append(time.perf_counter() - began)

    known, unknown = (statistics.median(times) for times in took.values())
    assert 0.5 < known / unknown < 2


@pytest.mark.django_db(transaction=True)
def test_tries_that_come_at_once_are_counted_one_after_the_other():
    make_people()

    def guess(number):
        try:
            return attempt(REMOTE_ADDR=f"192.0.2.{number}").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(12) as threads:
        answers = sorted(threads.map(guess, range(12)))

    assert answers == [200] * 4 + [403] * 8
