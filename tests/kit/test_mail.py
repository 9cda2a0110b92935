"""The outbox: one mail a person and event, carried to a real mail server, kept while there is none."""

from datetime import timedelta

import pytest
import time_machine
from django.db import transaction

from sslportal.kit import clock, mail
from sslportal.kit.mail import File, Letter
from sslportal.kit.models import OutgoingMail

LETTER = Letter(
    subject="Hello\nBcc: everybody@example.com",
    paragraphs=["A <b>bold</b> word."],
    facts=[("Domain", "example.com")],
    action=("Look", "https://portal.example.com/x/"),
    files=[File("www.example.com.crt", "application/pkix-cert", b"PEM")],
)


def post(**more):
    values = {"to": ["paul@example.com"], "key": "test:1", "language": "en"} | more
    return mail.post(LETTER, **values)


@pytest.mark.django_db
def test_a_mail_arrives_whole(sink, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        post()

    (message,) = sink.got
    text, html, file = (message.get_body(["plain"]), message.get_body(["html"]), next(message.iter_attachments()))
    assert (message["To"], message["Subject"]) == ("paul@example.com", "Hello Bcc: everybody@example.com")
    assert message["Bcc"] is None
    assert "https://portal.example.com/x/" in text.get_content()
    assert "A &lt;b&gt;bold&lt;/b&gt; word." in html.get_content()
    assert (file.get_filename(), file.get_content()) == ("www.example.com.crt", b"PEM")
    assert OutgoingMail.objects.get().status == "sent"


@pytest.mark.django_db
def test_one_mail_a_person_and_event(sink, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        post(to=["paul@example.com", "PAUL@example.com ", "gina@example.com"])
        post()

    assert sorted(message["To"] for message in sink.got) == ["gina@example.com", "paul@example.com"]


@pytest.mark.django_db
def test_delivering_twice_sends_once(sink):
    (row,) = post()

    mail.deliver(row.pk)
    mail.deliver(row.pk)

    assert len(sink.got) == 1


@pytest.mark.django_db
def test_what_the_server_refuses_is_tried_again_later(sink):
    (row,) = post()
    sink.answer = "451 come back later"

    mail.deliver(row.pk)

    row.refresh_from_db()
    assert (row.status, row.attempts) == ("waiting", 1)
    assert row.next_try_at > clock.now()
    sink.answer = "250 OK"
    with time_machine.travel(row.next_try_at + timedelta(seconds=1), tick=False):
        mail.deliver(row.pk)
    assert len(sink.got) == 1


@pytest.mark.django_db
def test_a_server_that_is_not_there_loses_no_mail(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    (row,) = post()

    mail.deliver(row.pk)

    row.refresh_from_db()
    assert (row.status, row.attempts) == ("waiting", 1)
    assert "refused" in row.last_error
    with time_machine.travel(clock.now() + timedelta(days=10), tick=False):
        mail.deliver(row.pk)
    row.refresh_from_db()
    assert row.status == "waiting"


@pytest.mark.django_db
def test_what_is_refused_for_three_days_is_given_up_and_said_so(sink):
    sink.answer = "550 no such person"
    (row,) = post()

    with time_machine.travel(clock.now() + mail.GIVE_UP_AFTER + timedelta(seconds=1), tick=False):
        mail.deliver(row.pk)

    row.refresh_from_db()
    assert row.status == "failed"


@pytest.mark.django_db
def test_what_was_sent_is_not_kept(sink):
    (row,) = post()

    mail.deliver(row.pk)

    row.refresh_from_db()
    assert (row.text, row.html, row.attachments.count()) == ("", "", 0)


@pytest.mark.django_db(transaction=True)
def test_an_event_that_did_not_happen_sends_no_mail(sink):
    with pytest.raises(RuntimeError), transaction.atomic():
        post()
        raise RuntimeError

    assert not OutgoingMail.objects.exists()
    assert sink.got == []
