"""Stopping the reminders of one thing by the link in the mail: a person by two clicks, a mail provider by one (RFC 8058)."""

from urllib.parse import urlsplit

import pytest
from django.test import Client

from profiles.notifications import unsubscribing
from profiles.notifications.models import Unsubscribed
from tests.factories import make_order

ADDRESS = "paul.example@example.com"


def link(address=ADDRESS, about="order:5", name="www.example.com"):
    return urlsplit(unsubscribing.url(address, about, name)).path


def stopped():
    return list(Unsubscribed.objects.values_list("address", "about"))


@pytest.fixture
def reader(db):
    """Somebody with the mail in hand, and with a browser that insists on CSRF tokens."""
    return Client(enforce_csrf_checks=True)


def test_looking_at_the_page_changes_nothing_and_reveals_little(reader):
    response = reader.get(link())

    page = response.content.decode()
    assert response.status_code == 200
    assert "www.example.com" in page
    assert "p…@example.com" in page
    assert ADDRESS not in page
    assert stopped() == []


def test_reminders_are_stopped_and_sent_again(reader):
    page = reader.post(link(), {"reminders": "stop"}).content.decode()
    assert "The reminders are stopped" in page
    assert stopped() == [(ADDRESS, "order:5")]

    assert "The reminders are stopped" in reader.get(link()).content.decode()

    page = reader.post(link(), {"reminders": "again"}).content.decode()
    assert "Stop these reminders" in page
    assert stopped() == []


def test_a_mail_provider_stops_them_at_once_and_twice_is_once(reader):
    for _twice in range(2):
        response = reader.post(link(), "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
        assert response.status_code == 200
        assert response.cookies == {}

    assert stopped() == [(ADDRESS, "order:5")]


def test_a_mail_provider_may_send_it_as_a_form_with_parts(reader):
    assert reader.post(link(), {"List-Unsubscribe": "One-Click"}).status_code == 200

    assert stopped() == [(ADDRESS, "order:5")]


def test_something_else_that_is_sent_changes_nothing(reader):
    for sent in ({}, {"reminders": "nonsense"}, {"List-Unsubscribe": "nonsense"}):
        assert reader.post(link(), sent).status_code == 200

    assert stopped() == []


@pytest.mark.parametrize("forged", ["x", "x:y:z", "日本:x", "a" * 2000, link().split("/")[2][:-1], "%00"])
def test_a_link_that_is_not_ours_changes_nothing(reader, forged):
    for response in (
        reader.get(f"/unsubscribe/{forged}/"),
        reader.post(f"/unsubscribe/{forged}/", {"List-Unsubscribe": "One-Click"}),
    ):
        assert response.status_code == 404
        assert "This link is not one of ours" in response.content.decode()
    assert stopped() == []


def test_a_link_for_one_thing_stops_no_other(reader):
    Unsubscribed.objects.create(address=ADDRESS, about="domain:7")

    assert "Stop these reminders" in reader.get(link()).content.decode()


def test_the_page_is_in_the_readers_language(reader):
    page = reader.get(link(name="株式会社例"), headers={"Accept-Language": "ja"}).content.decode()

    assert '<html lang="ja">' in page
    assert "株式会社例" in page


def test_markup_in_a_name_is_text(reader):
    page = reader.get(link(name="<b>x</b>")).content.decode()

    assert "&lt;b&gt;x&lt;/b&gt;" in page


def test_a_link_fits_into_a_line_of_a_mail():
    longest = unsubscribing.url(
        "a" * 240 + "@example.com", "profile:" + "9" * 18, "".join(map(chr, range(0x4E00, 0x4E64)))
    )

    assert len(f"List-Unsubscribe: <{longest}>") <= 998


def test_the_page_of_the_order_marks_recipients_who_have_stopped_its_reminders(people, sign_in):
    order = make_order(people.ov, people.stan, recipients=["Ann@example.com", "bob@example.com"])
    other = make_order(people.ov, people.stan, recipients=["bob@example.com"])
    unsubscribing.unsubscribe("ann@example.com", f"order:{order.pk}")

    paul = sign_in(people.paul)
    page, of_other = (" ".join(paul.get(one.get_absolute_url()).content.decode().split()) for one in (order, other))

    assert page.count("(has stopped the reminders of its end)") == 1
    assert page.index("Ann@example.com") < page.index("(has stopped") < page.index("bob@example.com")
    assert "(has stopped" not in of_other
