"""The sessions of a person: which there are, what they are called, and how they end."""

from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone

from accounts import sessions
from accounts.user_agents import in_words
from sslportal.kit import audit
from tests.factories import PASSWORD

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36"
HERE = "/administration/my-preferences/"


def signed_in(person, user_agent=CHROME, address="192.0.2.7"):
    client = Client(headers={"User-Agent": user_agent}, REMOTE_ADDR=address)
    client.post("/sign-in/", {"login": person.email, "password": PASSWORD})
    return client


def listed(client):
    return client.get(HERE).context["sessions"]


def is_in(client):
    return client.get("/certificates/").status_code == 200


def end(client, session):
    return client.post(f"{HERE}sessions/{session.pk}/end/")


@pytest.mark.parametrize(
    ("user_agent", "says"),
    [
        (FIREFOX, "Firefox on Windows"),
        (CHROME, "Chrome on Linux"),
        (CHROME.replace("Safari/537.36", "Safari/537.36 Edg/138.0.0.0"), "Edge on Linux"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605 Version/18.5 Safari/605.1",
            "Safari on macOS",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537 Chrome/138.0.0.0 Mobile Safari/537", "Chrome on Android"),
        ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537 Chrome/138.0.0.0 Safari/537", "Chrome on ChromeOS"),
        ("Firefox/1.0", "Firefox"),
        ("curl/8.5.0", "Unknown browser"),
        ("", "Unknown browser"),
    ],
)
def test_browsers_are_told_in_words(user_agent, says):
    assert in_words(user_agent) == says


def test_the_list_tells_browser_and_address_and_which_is_this_one(people):
    signed_in(people.paul, FIREFOX, "192.0.2.8")
    client = signed_in(people.paul)

    rows = [(row.browser, row.address, row.is_this_one) for row in listed(client)]

    assert rows == [("Chrome on Linux", "192.0.2.7", True), ("Firefox on Windows", "192.0.2.8", False)]


def test_last_seen_is_when_something_was_done_last(people):
    start = timezone.now()
    other = signed_in(people.paul, FIREFOX)
    client = signed_in(people.paul)

    with time_machine.travel(start + timedelta(minutes=10), tick=False):
        is_in(other)
    with time_machine.travel(start + timedelta(minutes=20), tick=False):
        seen = [row.seen_at for row in listed(client) if not row.is_this_one]

    assert seen == [start + timedelta(minutes=10)]


def test_a_session_that_was_ended_is_sent_to_sign_in(people):
    other, client = signed_in(people.paul, FIREFOX), signed_in(people.paul)

    end(client, listed(client)[1])

    assert not is_in(other)
    assert is_in(client)
    assert len(listed(client)) == 1
    last = audit.of(people.paul).last()
    assert (last.verb, last.reason) == ("end_session", "Firefox on Windows, 192.0.2.7")


def test_all_others_end_at_once(people):
    others, client = [signed_in(people.paul, FIREFOX) for _one in range(2)], signed_in(people.paul)

    client.post(f"{HERE}sessions/end-others/")

    assert [is_in(other) for other in others] == [False, False]
    assert is_in(client)
    assert audit.of(people.paul).filter(verb="end_session").count() == 2


def test_nobody_ends_the_sessions_of_others(people):
    stan, client = signed_in(people.stan), signed_in(people.paul)

    answer = end(client, UserSession.objects.get(user=people.stan))

    assert answer.status_code == 404
    assert is_in(stan)


def test_the_session_in_use_ends_by_signing_out_only(people):
    client = signed_in(people.paul)

    answer = end(client, listed(client)[0])

    assert answer.status_code == 404
    assert is_in(client)


def test_looking_at_the_address_ends_nothing(people):
    client = signed_in(people.paul)

    assert client.get(f"{HERE}sessions/1/end/").status_code == 405
    assert client.get(f"{HERE}sessions/end-others/").status_code == 405


def test_sessions_that_ended_are_not_listed(people):
    start = timezone.now()
    signed_out, idle = signed_in(people.paul, FIREFOX), signed_in(people.paul, FIREFOX)
    signed_out.post("/sign-out/")

    with time_machine.travel(start + timedelta(minutes=31), tick=False):
        client = signed_in(people.paul)
        rows = listed(client)

    assert [row.is_this_one for row in rows] == [True]
    assert UserSession.objects.filter(user=people.paul).count() == 1
    assert idle is not client


def test_a_new_password_leaves_only_the_session_in_use(people):
    signed_in(people.paul, FIREFOX)
    client = signed_in(people.paul)
    new = {
        "current": PASSWORD,
        "password": "another-Horse-8?",
        "password_again": "another-Horse-8?",
        "form": "password",
    }

    client.post(HERE, new)

    assert [row.is_this_one for row in listed(client)] == [True]


def test_all_sessions_of_a_person_end(people):
    clients, stan = [signed_in(people.paul) for _one in range(2)], signed_in(people.stan)

    count = sessions.end_all(people.paul)

    assert count == 2
    assert [is_in(client) for client in clients] == [False, False]
    assert is_in(stan)


@pytest.mark.parametrize("others", [0, 3])
def test_the_list_costs_the_same_however_long_it_is(people, others, django_assert_num_queries, rf):
    for _one in range(others):
        signed_in(people.paul)
    client = signed_in(people.paul)
    request = rf.get(HERE)
    request.user, request.session = people.paul, client.session

    with django_assert_num_queries(3):
        sessions.panel(request)
