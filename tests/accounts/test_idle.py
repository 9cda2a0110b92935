"""How long a session lasts without activity, as pages ask for it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.messages import get_messages

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def after(**more):
    return time_machine.travel(START + timedelta(**more), tick=False)


@pytest.fixture
def paul(sign_in, people):
    """Somebody who signed in at START."""
    with after():
        return sign_in(people.paul)


def test_nobody_has_no_time_left_and_is_led_nowhere(client, db):
    response = client.get("/session/")

    assert (response.status_code, response.json()) == (401, {"left": 0})


def test_asking_tells_the_seconds_that_are_left(paul):
    with after(minutes=10):
        assert paul.get("/session/").json() == {"left": 20 * 60}


def test_asking_is_no_activity(paul):
    for minutes in (10, 20, 29):
        with after(minutes=minutes):
            paul.get("/session/")

    with after(minutes=31):
        assert paul.get("/session/").status_code == 401


def test_staying_begins_anew(paul):
    with after(minutes=29):
        assert paul.post("/session/stay/").json() == {"left": 30 * 60}

    with after(minutes=58):
        assert paul.get("/session/").json() == {"left": 60}


def test_staying_counts_however_soon_it_is_said(paul):
    with after(seconds=5):
        paul.post("/session/stay/")

        assert paul.get("/session/").json() == {"left": 30 * 60}


def test_staying_too_late_is_refused(paul):
    with after(minutes=31):
        assert paul.post("/session/stay/").status_code == 401


def test_staying_needs_the_token_of_a_page(people):
    from django.test import Client

    assert Client(enforce_csrf_checks=True).post("/session/stay/").status_code == 403


def test_every_page_of_a_person_knows_how_long_is_left(paul):
    with after(seconds=10):
        page = paul.get("/certificates/").content.decode()

    assert f'data-idle-left="{30 * 60 - 10}"' in page
    assert 'data-idle="/session/"' in page


def test_the_vetting_desk_warns_too(sign_in, people):
    assert 'data-idle="/session/"' in sign_in(people.vera).get("/vetting/").content.decode()


def test_a_page_for_everybody_does_not_warn(client, db):
    assert "data-idle" not in client.get("/sign-in/").content.decode()


def test_the_sign_in_page_says_why_a_page_has_led_there(client, db):
    response = client.get("/sign-in/", {"why": "idle", "next": "/domains/"})

    assert "after 30 minutes without activity" in response.content.decode()


def test_the_reason_is_told_once(paul):
    with after(minutes=31):
        response = paul.get("/session/")

    assert list(get_messages(response.wsgi_request)) == []


def test_an_operator_may_choose_fewer_minutes(paul, settings):
    settings.IDLE_SIGN_OUT_SECONDS = 15 * 60

    with after(minutes=16):
        page = paul.get("/certificates/", follow=True).content.decode()

    assert "after 15 minutes without activity" in page
