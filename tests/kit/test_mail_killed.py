"""Workers may be killed at any moment: no mail is lost, and none is sent twice. With real processes and a real mail server."""

import random
from collections import Counter
from datetime import timedelta
from time import sleep

import pytest

from sslportal.kit import clock, outbox
from sslportal.kit.letters import Letter
from sslportal.kit.mail import Post, post_many
from sslportal.kit.models import OutgoingMail
from tests.killable import Workers
from tests.mail_server import Sink
from tests.running import wait_until

KILLS, MAILS = 40, 200
LETTER = Letter(subject="Expires soon", paragraphs=["Line by line.\n" * 50])

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


class Deadly(Sink):
    """A mail server at which the workers are killed: so many times at a recipient, and when it has got a mail."""

    kill_at_rcpt = kill_at_end = 0
    workers = None

    async def handle_RCPT(self, *args):
        if self.kill_at_rcpt:
            self.kill_at_rcpt -= 1
            self.workers.kill(*self.workers.children)
        return await super().handle_RCPT(*args)

    async def handle_DATA(self, *args):
        answer = await super().handle_DATA(*args)
        if self.kill_at_end:
            self.kill_at_end -= 1
            self.workers.kill(*self.workers.children)
        return answer


@pytest.fixture(scope="module")
def workers(django_db_setup):
    with Deadly() as sink, Workers("tests.mail_workers", EMAIL_PORT=str(sink.controller.port)) as workers:
        sink.workers, workers.sink = workers, sink
        yield workers


@pytest.fixture
def sink(workers):
    workers.sink.got.clear()
    return workers.sink


@pytest.fixture
def post(settings):
    """Write mails that nobody sends in this process: there is no mail server at its port."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    def post(number):
        first = OutgoingMail.objects.count()
        numbers = range(first, first + number)
        post_many(Post(LETTER, f"person-{one}@example.com", f"test:{one}", "en") for one in numbers)

    return post


def ids(*statuses):
    return set(OutgoingMail.objects.filter(status__in=statuses).values_list("message_id", flat=True))


def wait_until_none_waits():
    wait_until(lambda: not ids("waiting"), 60, lambda: list(OutgoingMail.objects.values_list("status", "last_error")))


def arrived(sink):
    """How often each mail arrived, by its identity."""
    return Counter(message["Message-ID"] for message in sink.got)


def test_workers_killed_at_random_moments_neither_lose_a_mail_nor_send_it_twice(people, post, sink, workers):
    chance = random.Random()  # noqa: S311  # no secret
    post(MAILS)
    for _kill in range(KILLS):
        if len(ids("waiting")) < MAILS // 4:
            post(MAILS // 4)
        sleep(chance.uniform(0, 0.05))
        workers.kill(chance.choice(workers.children))
    wait_until_none_waits()
    wait_until(lambda: ids("sent") <= set(arrived(sink)), 10, lambda: arrived(sink))

    assert set(arrived(sink).values()) == {1}

    OutgoingMail.objects.filter(status="handing").update(handed_at=clock.now() - timedelta(minutes=11))
    for mail in OutgoingMail.objects.filter(outbox.uncertain()).exclude(message_id__in=arrived(sink)):
        outbox.send_again(
            mail, by=people.vera
        )  # as a person would who asked: killed between our commit and the last bytes
    wait_until_none_waits()
    wait_until(lambda: set(arrived(sink)) == ids("sent", "handing"), 10, lambda: arrived(sink))
    assert arrived(sink) == Counter(ids("sent", "handing"))


def test_what_a_worker_was_handing_over_when_it_was_killed_is_not_sent_again(post, sink):
    sink.kill_at_end = 1
    post(1)
    wait_until(lambda: not sink.kill_at_end, 20, lambda: "no mail arrived")

    post(5)

    wait_until_none_waits()
    wait_until(lambda: len(sink.got) == 6, 10, lambda: arrived(sink))
    assert len(ids("handing")) == 1
    assert arrived(sink) == Counter(ids("sent", "handing"))


def test_a_mail_whose_worker_was_killed_before_the_end_is_sent_by_the_next(post, sink):
    sink.kill_at_rcpt = 3
    post(1)
    wait_until(lambda: ids("sent"), 20, lambda: arrived(sink))

    assert sink.kill_at_rcpt == 0
    assert arrived(sink) == Counter(ids("sent"))
