"""Posting: one mail a person and event, few queries for many, and nothing that raises for what somebody has typed."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from sslportal.kit import mail
from sslportal.kit.mail import File, Letter, Post
from sslportal.kit.models import MailAttachment, OutgoingMail

LETTER = Letter(
    subject="Hello\nBcc: everybody@example.com",
    paragraphs=["A <b>bold</b> word."],
    facts=[("Domain", "example.com")],
    action=("Look", "https://portal.example.com/x/"),
    after=["Until\r\nthen\0."],
    files=[File("www.example.com.crt", "application/pkix-cert", b"PEM")],
)


def post(letter=LETTER, **more):
    return mail.post(letter, **{"to": ["paul@example.com"], "key": "test:1", "language": "en"} | more)


def queries_of(do):
    with CaptureQueriesContext(connection) as captured:
        do()
    return len(captured)


def many(numbers):
    return (Post(LETTER, f"person-{number}@example.com", f"expiry:{number}", "en") for number in numbers)


pytestmark = pytest.mark.django_db


def test_a_row_is_rendered_when_it_is_read():
    (row,) = post()

    row.refresh_from_db()

    assert "Domain: example.com" in row.text
    assert "https://portal.example.com/x/" in row.text
    assert "Until\nthen\ufffd." in row.text
    assert "A &lt;b&gt;bold&lt;/b&gt; word." in row.html
    assert row.subject == "Hello Bcc: everybody@example.com"


def test_one_mail_a_person_and_event():
    first = post(to=["paul@example.com", "PAUL@example.com ", "gina@example.com", ""])
    again = post(to=["gina@example.com", "stan@example.com"])

    assert [row.to for row in first] == ["paul@example.com", "gina@example.com"]
    assert [row.to for row in again] == ["stan@example.com"]
    assert OutgoingMail.objects.count() == MailAttachment.objects.count() == 3


def test_five_hundred_recipients_take_as_many_queries_as_one():
    one = queries_of(lambda: post(key="test:one"))

    many = queries_of(lambda: post(to=[f"person-{number}@example.com" for number in range(500)]))

    assert many == one
    assert OutgoingMail.objects.count() == 501


def test_many_letters_take_a_constant_number_of_queries_for_five_hundred():
    five_hundred = queries_of(lambda: mail.post_many(many(range(500))))

    thousand = queries_of(lambda: mail.post_many(many(range(500, 1500))))

    assert thousand == 2 * five_hundred
    assert mail.post_many(many(range(1400, 1600))) == 100


@pytest.mark.django_db(transaction=True)
def test_an_event_that_did_not_happen_sends_no_mail(sink):
    with pytest.raises(RuntimeError), transaction.atomic():
        post()
        raise RuntimeError

    assert not OutgoingMail.objects.exists()
    assert sink.got == []


@pytest.mark.parametrize(
    "address",
    [
        "paul@example.com\nBcc: everybody@example.com",
        "paul@example.com\r\nRCPT TO:<everybody@example.com>",
        '"paul"@example.com',
        '"paul@example.com" <everybody@example.com>',
        "paul@example.com>\x00",
        "paul @example.com",
        "paul@example.com,everybody@example.com",
        "paul@everybody@example.com",
        "paul..smith@example.com",
        "paul@[127.0.0.1]",
        "paul@-example.com",
        "paul@",
        "@example.com",
        "paul",
        "\ud800@example.com",
        "p\u202eaul@example.com",
        f"{'p' * 65}@example.com",
        f"paul@{'example.' * 40}com",
    ],
)
def test_an_address_that_cannot_be_mailed_fails_visibly_and_keeps_nobody_from_the_mail(address):
    posted = post(to=["gina@example.com", address, "stan@example.com"])

    assert [row.to for row in posted] == ["gina@example.com", "stan@example.com"]
    failed = OutgoingMail.objects.get(status="failed")
    assert failed.to.isprintable()
    assert failed.last_error.startswith("Not an address to mail to: ")
    assert failed.text == ""


@pytest.mark.parametrize(
    ("given", "mailed"),
    [
        (" Paul@Example.COM\n", "paul@example.com"),
        ("paul@例え.jp", "paul@xn--r8jz45g.jp"),
        ("山田@例え。jp", "山田@xn--r8jz45g.jp"),
        ("cafe\u0301@example.com", "café@example.com"),
        ("o'neil+certs=x@example.com", "o'neil+certs=x@example.com"),
        ("root@localhost", "root@localhost"),
    ],
)
def test_an_address_is_mailed_in_one_spelling(given, mailed):
    (row,) = post(to=[given])

    assert row.to == mailed


def test_what_stands_in_a_letter_never_raises():
    odd = Letter(
        subject="\0\ud800" + "x" * 400,
        paragraphs=["\ud800", 5],
        facts=[("\0", None)],
        files=[File('../../a"b\r\nX: y.crt', "text/plain\r\nX: y", b""), File("...", "application/pdf", b"")],
    )

    (row,) = post(odd, unsubscribe="https://portal.example.com/no more/>\r\nBcc: x")

    row.refresh_from_db()
    assert len(row.subject) == 300
    assert [(file.name, file.content_type) for file in row.attachments.order_by("pk")] == [
        ("_.._a_b X_ y.crt", "application/octet-stream"),
        ("file", "application/pdf"),
    ]
    assert row.unsubscribe == "https://portal.example.com/no%20more/%3E%20Bcc:%20x"


def test_a_link_to_unsubscribe_ends_both_parts():
    (row,) = post(unsubscribe="https://portal.example.com/unsubscribe/x/")

    assert "To get no more mail of this kind:\nhttps://portal.example.com/unsubscribe/x/\n" in row.text
    assert 'href="https://portal.example.com/unsubscribe/x/"' in row.html
