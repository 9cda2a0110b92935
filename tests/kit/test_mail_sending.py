"""Sending: each mail once, whatever the server does; kept while there is none; given up after three days of refusals."""

import asyncio
import threading
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection

from sslportal.kit import clock, mail, outbox, smtp, tasks
from sslportal.kit.mail import File, Letter
from sslportal.kit.models import OutgoingMail
from sslportal.kit.moves import Refused
from tests.mail_server import Sink, Stubborn

LETTER = Letter(
    subject="Größe: www.example.com",
    paragraphs=["A <b>bold</b> word.", ".a dot begins this line\n.\n..and these"],
    action=("Look", "https://portal.example.com/x/"),
    files=[
        File("www.example.com.crt", "application/pkix-cert", b"PEM"),
        File("例.txt", "text/plain", "日本\r\n".encode()),
    ],
)

pytestmark = pytest.mark.django_db


def post(*to, letter=LETTER, **more):
    return mail.post(letter, to=to or ["paul@example.com"], **{"key": "test:1", "language": "en"} | more)


def use(settings, port, timeout=10.0):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, timeout


def send_later(**after):
    with time_machine.travel(clock.now() + timedelta(**after), tick=False):
        outbox.send_waiting()


def statuses():
    return dict(OutgoingMail.objects.values_list("to", "status"))


def test_a_mail_arrives_whole_after_the_commit(sink, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        (row,) = post(unsubscribe="https://portal.example.com/unsubscribe/x/")

    (message,) = sink.got
    certificate, text_file = message.iter_attachments()
    text = message.get_body(["plain"]).get_content().replace("\r\n", "\n")
    assert (message["To"], message["Subject"]) == ("paul@example.com", "Größe: www.example.com")
    assert (message["Message-ID"], message["Auto-Submitted"]) == (row.message_id, "auto-generated")
    assert message["List-Unsubscribe"] == "<https://portal.example.com/unsubscribe/x/>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "\n.a dot begins this line\n.\n..and these\n" in text
    assert "A &lt;b&gt;bold&lt;/b&gt; word." in message.get_body(["html"]).get_content()
    assert (certificate.get_filename(), certificate.get_content()) == ("www.example.com.crt", b"PEM")
    assert (text_file.get_filename(), text_file.get_content()) == ("例.txt", "日本\r\n")
    assert OutgoingMail.objects.get().status == "sent"


def test_what_was_sent_is_not_kept(sink):
    (row,) = post(unsubscribe="https://portal.example.com/unsubscribe/x/")

    outbox.send_waiting()

    row.refresh_from_db()
    assert (row.letter, row.text, row.html, row.unsubscribe, row.attachments.count()) == ({}, "", "", "", 0)


def test_the_demo_keeps_what_was_sent_and_sends_nothing(settings):
    settings.PORTAL_DEMO, settings.EMAIL_BACKEND = True, "django.core.mail.backends.dummy.EmailBackend"
    (row,) = post()

    outbox.send_waiting()

    row.refresh_from_db()
    assert (row.status, "bold" in row.text, row.attachments.count()) == ("sent", True, 2)


def test_a_batch_goes_over_one_connection(sink):
    post(*[f"person-{number}@example.com" for number in range(5)])

    assert not outbox.send_waiting()

    assert (len(sink.got), sink.connections) == (5, 1)


def test_the_task_goes_on_until_nothing_waits(sink, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(outbox, "AT_ONCE", 2)
    post(*[f"person-{number}@example.com" for number in range(5)])

    with django_capture_on_commit_callbacks(execute=True):
        tasks.send_waiting_mail()

    assert (len(sink.got), sink.connections) == (5, 3)


def test_without_mail_no_server_is_asked(sink):
    outbox.send_waiting()

    assert sink.connections == 0


def test_one_recipient_of_three_that_is_refused_keeps_the_others_from_nothing(sink):
    sink.answers["paul@example.com"] = "550 no such person"
    post("gina@example.com", "paul@example.com", "stan@example.com")

    outbox.send_waiting()

    assert statuses() == {"gina@example.com": "sent", "paul@example.com": "waiting", "stan@example.com": "sent"}
    assert OutgoingMail.objects.get(status="waiting").last_error == "recipient: 550 no such person"
    assert sink.connections == 1


def test_what_the_server_refuses_is_tried_again_with_the_same_message_id(sink):
    (row,) = post()
    sink.answer = "451 come back later"

    outbox.send_waiting()
    outbox.send_waiting()

    row.refresh_from_db()
    assert (row.status, row.attempts, row.handed_at) == ("waiting", 1, None)
    assert row.last_error == "hand over: 451 come back later"
    sink.answer = "250 OK"
    with time_machine.travel(row.next_try_at + timedelta(seconds=1), tick=False):
        outbox.send_waiting()
    assert [message["Message-ID"] for message in sink.got] == [row.message_id]


def test_the_longer_it_is_refused_the_more_seldom_it_is_tried(sink):
    sink.answer = "451 come back later"
    (row,) = post()
    waits = []

    for _try in range(9):
        with time_machine.travel(row.next_try_at + timedelta(seconds=1), tick=False):
            outbox.send_waiting()
            row.refresh_from_db()
            waits.append((row.next_try_at - clock.now()).total_seconds() // 60)

    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_three_days_of_refusals_are_counted_from_the_first_and_then_said(sink, settings):
    (row,) = post()
    there, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    send_later(days=4)  # nobody was there to refuse it
    settings.EMAIL_PORT, sink.answers["paul@example.com"] = there, "550 no such person"

    send_later(days=5)
    assert statuses() == {"paul@example.com": "waiting"}
    send_later(days=8, minutes=1)

    row.refresh_from_db()
    assert (row.status, row.attempts, row.last_error) == ("failed", 2, "recipient: 550 no such person")
    assert "portal.example.com/x/" in row.text


def test_a_local_part_beyond_ascii_goes_where_it_is_taken(sink):
    post("山田@例え.jp")

    outbox.send_waiting()

    (message,) = sink.got
    assert message.envelope_to == ["山田@xn--r8jz45g.jp"]
    assert "To: 山田@xn--r8jz45g.jp\r\n".encode() in message.raw


def test_a_local_part_beyond_ascii_fails_clearly_where_it_is_not_taken(settings):
    with Sink(takes_utf8=False) as sink:
        use(settings, sink.controller.port)
        post("山田@example.com", "paul@example.com")

        outbox.send_waiting()

        assert statuses() == {"山田@example.com": "failed", "paul@example.com": "sent"}
    assert "SMTPUTF8" in OutgoingMail.objects.get(status="failed").last_error


def test_a_mail_that_cannot_be_written_keeps_no_other_waiting(sink):
    broken, _good = post("gina@example.com", "paul@example.com")
    OutgoingMail.objects.filter(pk=broken.pk).update(message_id="<x>\nBcc: everybody@example.com")

    outbox.send_waiting()

    assert statuses() == {"gina@example.com": "waiting", "paul@example.com": "sent"}


def test_a_server_that_is_not_there_loses_no_mail_and_is_left_alone(sink, settings):
    there, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    post("gina@example.com", "paul@example.com")

    outbox.send_waiting()

    assert set(OutgoingMail.objects.values_list("status", "attempts")) == {("waiting", 0)}
    assert "refused" in outbox.server_trouble()["error"]
    settings.EMAIL_PORT = there
    outbox.send_waiting()
    assert sink.connections == 0
    send_later(seconds=16)
    assert set(statuses().values()) == {"sent"}
    assert outbox.server_trouble() is None


def test_the_pauses_grow_to_minutes(settings):
    use(settings, 1)
    post()
    pauses = []

    for _try in range(7):
        with time_machine.travel(outbox.server_trouble()["until"] if pauses else clock.now(), tick=False):
            outbox.send_waiting()
            pauses.append((outbox.server_trouble()["until"] - clock.now()).total_seconds())

    assert pauses == [15, 30, 60, 120, 240, 300, 300]


def test_a_cache_that_forgets_costs_nothing_but_one_more_try(sink, settings):
    there, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    post()
    outbox.send_waiting()
    settings.EMAIL_PORT = there

    cache.clear()
    outbox.send_waiting()

    assert len(sink.got) == 1


@pytest.mark.parametrize("then", ["hang", "close", "drip"])
@pytest.mark.parametrize("until", ["greeting", "MAIL", "RCPT", "DATA", "text"])
def test_a_server_that_goes_silent_before_the_end_is_left_and_the_mail_waits(settings, until, then):
    with Stubborn(until, then) as server:
        use(settings, server.port, timeout=0.3)
        post("gina@example.com", "paul@example.com", "stan@example.com")

        assert not outbox.send_waiting()

        assert set(statuses().values()) == {"waiting"}
        assert (server.got, server.connections) == ([], 1)
        assert outbox.server_trouble() is not None
        assert not outbox.send_waiting()
        assert server.connections == 1


@pytest.mark.parametrize("then", ["hang", "close", "drip"])
def test_a_server_that_does_not_answer_to_the_end_is_asked_again_later(settings, monkeypatch, then):
    monkeypatch.setattr(smtp, "FINAL", 1)
    with Stubborn("end", then) as server:
        use(settings, server.port, timeout=0.3)
        (row,) = post()

        outbox.send_waiting()

        row.refresh_from_db()
        assert (row.status, row.attempts, row.handed_at, len(server.got)) == ("waiting", 1, None, 1)
        assert row.next_try_at > clock.now()


def test_a_server_that_takes_mail_and_never_says_so_gets_it_three_times_at_most(settings):
    with Stubborn("end", "close") as server:
        use(settings, server.port)
        (row,) = post()

        for hours in range(8):
            send_later(hours=hours)

        row.refresh_from_db()
        assert (row.status, row.attempts, len(server.got)) == ("handing", 3, 3)
    with time_machine.travel(clock.now() + timedelta(hours=8), tick=False):
        assert outbox.is_uncertain(row)
        assert outbox.can_be_sent_again(row)


def test_the_reply_to_the_whole_mail_may_take_longer(settings):
    class Slow(Sink):
        async def handle_DATA(self, *args):
            await asyncio.sleep(0.6)
            return await super().handle_DATA(*args)

    with Slow() as server:
        use(settings, server.controller.port, timeout=0.3)
        post()

        outbox.send_waiting()

        assert set(statuses().values()) == {"sent"}


def test_a_connection_that_ends_between_two_mails_is_followed_by_another(settings):
    with Stubborn("MAIL", "close", after=2) as server:
        use(settings, server.port)
        post(*[f"person-{number}@example.com" for number in range(5)])

        while outbox.send_waiting():
            pass

        assert (len(server.got), server.connections) == (5, 3)
    assert set(OutgoingMail.objects.values_list("status", "attempts")) == {("sent", 1)}


def test_a_server_that_refuses_a_recipient_and_hangs_up_has_refused_it(settings):
    class Rude(Sink):
        async def handle_RCPT(self, server, session, envelope, address, options):
            if address == "gina@example.com":
                server.loop.call_soon(server.transport.close)
                return "550 no such person"
            return await super().handle_RCPT(server, session, envelope, address, options)

    with Rude() as sink:
        use(settings, sink.controller.port)
        post("gina@example.com", "paul@example.com")

        assert outbox.send_waiting()
        assert not outbox.send_waiting()

    assert statuses() == {"gina@example.com": "waiting", "paul@example.com": "sent"}
    assert OutgoingMail.objects.get(status="waiting").last_error == "recipient: 550 no such person"


def test_one_mail_at_which_the_server_hangs_up_keeps_no_other_waiting(settings):
    with Stubborn("RCPT", "close") as server:
        use(settings, server.port)
        post("gina@example.com", "paul@example.com")
        outbox.send_waiting()
    with Sink() as sink:
        use(settings, sink.controller.port)
        send_later(seconds=16)

        assert statuses() == {"gina@example.com": "waiting", "paul@example.com": "sent"}
        send_later(seconds=62)
        assert set(statuses().values()) == {"sent"}


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_take_the_same_mail(settings):
    class ForTwo(Sink):
        async def handle_RCPT(self, *args):
            while self.connections < 2:
                await asyncio.sleep(0.01)
            return await super().handle_RCPT(*args)

    def work():
        try:
            outbox.send_waiting()
        finally:
            connection.close()

    with ForTwo() as sink:
        use(settings, 1)
        post(*[f"person-{number}@example.com" for number in range(30)])
        cache.clear()
        use(settings, sink.controller.port)
        workers = [threading.Thread(target=work) for _worker in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

        assert sorted(message["To"] for message in sink.got) == sorted(statuses())


def test_what_a_dead_worker_was_handing_over_is_uncertain_and_not_sent_by_itself(sink, people):
    (row,) = post()
    OutgoingMail.objects.update(status="handing", handed_at=clock.now())

    send_later(days=1)

    assert sink.got == []
    assert not OutgoingMail.objects.filter(outbox.uncertain()).exists()
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
        assert OutgoingMail.objects.filter(outbox.uncertain()).exists()
        outbox.send_again(row, by=people.vera)
        outbox.send_waiting()
    assert [message["Message-ID"] for message in sink.got] == [row.message_id]


def test_a_failed_mail_that_is_sent_again_has_three_days_more(sink, people):
    (row,) = post()
    OutgoingMail.objects.update(status="failed", attempts=80, refused_at=clock.now() - timedelta(days=9))
    sink.answer = "451 not now"

    outbox.send_again(row, by=people.vera)
    outbox.send_waiting()

    row.refresh_from_db()
    assert (row.status, row.attempts) == ("waiting", 1)


@pytest.mark.parametrize("status", ["waiting", "handing", "sent"])
def test_only_what_failed_or_is_uncertain_is_sent_again(people, status):
    (row,) = post()
    OutgoingMail.objects.update(status=status, handed_at=clock.now())

    with pytest.raises(Refused):
        outbox.send_again(row, by=people.vera)


def test_what_has_no_address_to_go_to_is_not_sent_again(people):
    post("paul@example.com\nBcc: everybody@example.com")

    with pytest.raises(Refused):
        outbox.send_again(OutgoingMail.objects.get(), by=people.vera)


def test_a_clock_that_was_wrong_for_a_while_stops_no_mail(sink, settings):
    post()
    port = settings.EMAIL_PORT
    settings.EMAIL_PORT = 1  # where no server is
    send_later(days=30)
    settings.EMAIL_PORT = port

    outbox.send_waiting()

    assert statuses() == {"paul@example.com": "sent"}
