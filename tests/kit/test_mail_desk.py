"""Outgoing mail at the desk: what did not get away is seen, and sent again by one button. Nobody reads letters there."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sslportal.kit import clock, mail, outbox
from sslportal.kit.mail import Letter
from sslportal.kit.models import OutgoingMail

LETTER = Letter(subject="Set up your account", paragraphs=["A secret word."], action=("Go", "https://x.example/token/"))
LIST = "/vetting/kit/outgoingmail/"


@pytest.fixture
def vera(people, sign_in):
    return sign_in(people.vera)


def posted(to, **fields):
    """A mail to the address, with these values in its row."""
    (row,) = mail.post(LETTER, to=[to], key=f"test:{to}", language="en")
    OutgoingMail.objects.filter(pk=row.pk).update(**fields)
    row.refresh_from_db()
    return row


@pytest.fixture
def mails(people):
    now = clock.now()
    return {
        "failed": posted(
            "failed@example.com", status="failed", last_error="recipient: 550 no such person", attempts=20
        ),
        "uncertain": posted("uncertain@example.com", status="handing", handed_at=now - timedelta(minutes=11)),
        "handing": posted("handing@example.com", status="handing", handed_at=now),
        "long": posted("long@example.com", created_at=now - timedelta(hours=2)),
        "waiting": posted("waiting@example.com"),
        "sent": posted("sent@example.com", status="sent"),
    }


def shown(client, state):
    return sorted(row.to.partition("@")[0] for row in client.get(f"{LIST}?state={state}").context["cl"].result_list)


def test_the_front_page_says_how_many_need_somebody(vera, mails):
    page = vera.get("/vetting/").content.decode()

    assert f'href="{LIST}?state=failed"' in page
    assert "1 mail could not be sent" in page
    assert "Of 1 mail it is uncertain whether it was sent" in page


def test_the_front_page_is_silent_where_all_is_well(vera):
    posted("waiting@example.com")
    posted("failed@example.com", status="failed", created_at=clock.now() - timedelta(days=40))

    page = vera.get("/vetting/").content.decode()

    assert "state=failed" not in page
    assert "state=uncertain" not in page


def test_the_list_is_narrowed_to_what_is_worth_a_look(vera, mails):
    assert {state: shown(vera, state) for state in ("failed", "uncertain", "long", "waiting", "sent")} == {
        "failed": ["failed"],
        "uncertain": ["uncertain"],
        "long": ["long"],
        "waiting": ["long", "waiting"],
        "sent": ["sent"],
    }
    assert len(shown(vera, "")) == len(shown(vera, "%00nonsense")) == 6


def test_the_list_takes_as_many_queries_for_three_as_for_one(vera):
    def count():
        with CaptureQueriesContext(connection) as captured:
            vera.get(LIST)
        return len(captured)

    posted("one@example.com")
    one = count()

    posted("two@example.com")
    posted("three@example.com")

    assert count() == one


def test_pages_show_why_and_not_what(vera, mails):
    failed = vera.get(f"{LIST}{mails['failed'].pk}/change/").content.decode()
    everything = vera.get(LIST).content.decode() + failed

    assert "recipient: 550 no such person" in failed
    assert "Send again" in failed
    assert "secret word" not in everything
    assert "x.example/token" not in everything


@pytest.mark.parametrize("state", ["failed", "uncertain"])
def test_what_failed_or_is_uncertain_is_sent_again(vera, mails, sink, state, django_capture_on_commit_callbacks):
    row = mails[state]
    OutgoingMail.objects.exclude(pk=row.pk).delete()

    with django_capture_on_commit_callbacks(execute=True):
        answer = vera.post(f"{LIST}{row.pk}/send-again/", follow=True)

    assert f"The mail to {row.to} is on its way again." in answer.content.decode()
    assert [message["Message-ID"] for message in sink.got] == [row.message_id]
    assert "Sent again" in answer.content.decode()
    assert "Send again" not in answer.content.decode()


@pytest.mark.parametrize("state", ["handing", "waiting", "sent"])
def test_what_is_on_its_way_has_no_button_and_is_not_sent_again(vera, mails, state):
    row = mails[state]

    page = vera.get(f"{LIST}{row.pk}/change/").content.decode()
    answer = vera.post(f"{LIST}{row.pk}/send-again/", follow=True).content.decode()

    row.refresh_from_db()
    assert "Send again" not in page
    assert "This mail cannot be sent again" in answer
    assert row.status == state


def test_the_list_says_since_when_the_mail_server_is_away(vera, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    posted("waiting@example.com")
    outbox.send_waiting()

    away = vera.get(LIST).content.decode()
    cache.clear()
    back = vera.get(LIST).content.decode()

    assert "The mail server takes no mail since:" in away
    assert "Connection refused" in away
    assert "The mail server takes no mail" not in back
