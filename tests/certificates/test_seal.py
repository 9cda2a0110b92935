"""The site seal: valid only for a certificate that is, in caches for five minutes at most, and honest about where it stands."""

import re
import uuid
from datetime import timedelta
from xml.etree import ElementTree

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from certificates import seal, seal_picture
from certificates.actions import revocation
from certificates.models import Order
from certificates.states import Kind, Reason, Status
from tests.factories import make_issued, make_order

SVG = "{http://www.w3.org/2000/svg}"
NOBODY = uuid.UUID(int=0)


def picture_of(order, look="medium-light-en", **headers):
    """The answer to a browser that shows some website."""
    return Client().get(reverse("seal:image", args=[getattr(order, "seal", order), look]), headers=headers)


def page_of(order, query="", **headers):
    return Client().get(reverse("seal:verify", args=[getattr(order, "seal", order)]) + query, headers=headers)


def tree(drawn):
    return ElementTree.fromstring(drawn)  # noqa: S314  # it is our own


def words_in(response):
    return [text.text for text in tree(response.content).iter(f"{SVG}text")]


def word_in(response):
    return words_in(response)[0]


def age(response, name="max-age"):
    return int(re.search(rf"\b{name}=(\d+)", response["Cache-Control"]).group(1))


def renewal_of(source, by, **fields):
    return make_issued(source.profile, by, kind=Kind.RENEWAL, source=source, **fields)


@pytest.fixture
def order(people):
    return make_issued(people.ov, people.paul, sans=["*.example.com", "xn--bcher-kva.example"])


# What a seal says by the status of its order. Without a certificate there is no seal to speak of.
SAID = {
    Status.APPROVE: "Not valid",
    Status.PENDING: "Not valid",
    Status.CANCELING: "Not valid",
    Status.CANCELED: "Not valid",
    Status.REJECTED: "Not valid",
    Status.ISSUED: "Valid",
    Status.UNUSED: "Unused",
    Status.REVOKED: "Revoked",
    Status.EXPIRED: "Expired",
}
CERTIFIED = {Status.ISSUED, Status.UNUSED, Status.REVOKED, Status.EXPIRED}


@pytest.mark.parametrize("status", Status)
def test_a_seal_is_valid_for_an_issued_certificate_only(people, status):
    make = make_issued if status in CERTIFIED else make_order
    order = make(people.ov, people.paul, status=status)

    picture, page = picture_of(order), page_of(order)

    assert word_in(picture) == SAID[status]
    assert picture.status_code == page.status_code == (200 if status in CERTIFIED else 404)
    assert ("Valid" in words_in(picture)) == (status == Status.ISSUED)


@pytest.mark.parametrize("status", sorted(set(Status) - CERTIFIED))
def test_a_status_without_a_certificate_is_not_valid_even_with_one(people, status):
    order = make_issued(people.ov, people.paul, status=status)

    assert word_in(picture_of(order)) == "Not valid"


@pytest.mark.parametrize(
    ("status", "said"), [(Status.ISSUED, "Expired"), (Status.UNUSED, "Expired"), (Status.REVOKED, "Revoked")]
)
def test_a_certificate_past_its_end_is_not_valid_before_any_sweep(people, status, said):
    order = make_issued(people.ov, people.paul, status=status, days=30, age=31)

    assert word_in(picture_of(order)) == said
    assert page_of(order).context["standing"].word == said


def test_a_seal_is_valid_until_the_last_second_of_its_certificate(order):
    with time_machine.travel(order.certificate.not_after, tick=False):
        assert word_in(picture_of(order)) == "Valid"
    with time_machine.travel(order.certificate.not_after + timedelta(seconds=1), tick=False):
        assert word_in(picture_of(order)) == "Expired"


@pytest.mark.parametrize("look", seal_picture.LOOKS)
def test_a_seal_nobody_knows_says_so_in_every_look(db, look):
    picture = picture_of(NOBODY, look)

    assert picture.status_code == 404
    assert picture["Content-Type"] == "image/svg+xml"
    assert tree(picture.content).find(f"{SVG}g/{SVG}circle") is not None


def test_a_page_of_a_seal_nobody_knows_says_so(db):
    page = page_of(NOBODY)

    assert page.status_code == 404
    assert "There is no such seal." in page.content.decode()


# Renewals: which certificate counts

S = Status
CHAINS = [  # the statuses of an order, its renewal, the renewal's …; which of them counts; what the seal says
    ([S.ISSUED, S.ISSUED], 1, "Valid"),
    ([S.EXPIRED, S.ISSUED], 1, "Valid"),
    ([S.REVOKED, S.ISSUED], 1, "Valid"),
    ([S.ISSUED, S.APPROVE], 0, "Valid"),
    ([S.ISSUED, S.PENDING], 0, "Valid"),
    ([S.ISSUED, S.CANCELING], 0, "Valid"),
    ([S.ISSUED, S.CANCELED], 0, "Valid"),
    ([S.ISSUED, S.REJECTED], 0, "Valid"),
    ([S.EXPIRED, S.PENDING], 0, "Expired"),
    ([S.ISSUED, S.UNUSED], 0, "Valid"),
    ([S.ISSUED, S.EXPIRED], 0, "Valid"),
    ([S.EXPIRED, S.UNUSED], 1, "Unused"),
    ([S.ISSUED, S.REVOKED], 1, "Revoked"),
    ([S.ISSUED, S.REVOKED, S.PENDING], 1, "Revoked"),
    ([S.ISSUED, S.REVOKED, S.ISSUED], 2, "Valid"),
    ([S.EXPIRED, S.EXPIRED, S.ISSUED], 2, "Valid"),
    ([S.EXPIRED, S.EXPIRED, S.ISSUED, S.APPROVE], 2, "Valid"),
    ([S.EXPIRED, S.EXPIRED, S.EXPIRED], 2, "Expired"),
]


@pytest.mark.parametrize(
    ("statuses", "counts", "said"), CHAINS, ids=lambda value: "-".join(value) if isinstance(value, list) else None
)
def test_the_newest_certificate_that_holds_counts_unless_a_newer_one_was_revoked(people, statuses, counts, said):
    chain = []
    for number, status in enumerate(statuses):
        make = make_issued if status in CERTIFIED else make_order
        follows = {"kind": Kind.RENEWAL, "source": chain[-1]} if chain else {}
        chain.append(make(people.ov, people.paul, status=status, name=f"www{number}.example.com", **follows))

    assert seal.order_of(chain[0].seal) == chain[counts]
    assert words_in(picture_of(chain[0]))[:2] == [said, f"www{counts}.example.com"]


def test_a_renewal_keeps_the_old_seal_working(people):
    old = make_issued(people.ov, people.paul, days=30)
    new = renewal_of(old, people.paul)

    with time_machine.travel(old.certificate.not_after + timedelta(days=1)):
        assert word_in(picture_of(old)) == "Valid"
        assert page_of(old).context["certificate"] == new.certificate


def test_a_copy_has_a_seal_of_its_own(people, order):
    copy = make_issued(people.ov, people.paul, kind=Kind.REISSUE, source=order)

    revocation.revoke_order(copy, reason=Reason.OTHER, detail="Lost.", by=people.paul)

    assert word_in(picture_of(order)) == "Valid"
    assert word_in(picture_of(copy)) == "Revoked"


def test_a_renewal_of_a_copy_is_nothing_to_the_original(people):
    old = make_issued(people.ov, people.paul, days=30, age=31, status=Status.EXPIRED)
    copy = make_issued(people.ov, people.paul, kind=Kind.REISSUE, source=old)
    renewal_of(copy, people.paul)

    assert word_in(picture_of(old)) == "Expired"


def test_orders_that_renew_one_another_in_a_circle_are_not_followed_for_ever(people, order):
    second = renewal_of(order, people.paul)
    Order.objects.filter(pk=order.pk).update(kind=Kind.RENEWAL, source=second)

    assert seal.order_of(order.seal) == second


def test_a_seal_takes_one_query_however_often_it_was_renewed(people, order, django_assert_num_queries):
    last = order
    for _number in range(12):
        last = renewal_of(last, people.paul)
    client = Client()

    with django_assert_num_queries(1):
        response = client.get(reverse("seal:image", args=[order.seal, "large-dark-ja"]))

    assert response.status_code == 200
    assert seal.order_of(order.seal) == last


# The picture and caches


def test_a_revocation_outlives_two_caches_in_a_row_by_five_minutes_at_most(people, order):
    picture = picture_of(order)

    assert picture["Cache-Control"] == "public, must-revalidate, max-age=150"
    assert 2 * age(picture) <= 300


@pytest.mark.parametrize(("left", "kept"), [(1000, 150), (300, 150), (100, 50), (1, 0), (0, 0)])
def test_no_cache_keeps_a_valid_seal_beyond_the_certificate(order, left, kept):
    with time_machine.travel(order.certificate.not_after - timedelta(seconds=left), tick=False):
        picture = picture_of(order)

    assert word_in(picture) == "Valid"
    assert age(picture) == kept


def test_a_seal_that_is_not_valid_is_kept_no_longer(people):
    order = make_issued(people.ov, people.paul, status=Status.UNUSED)

    assert age(picture_of(order)) == age(picture_of(NOBODY)) == 150


def test_a_cache_may_ask_whether_the_picture_has_changed(people, order):
    first = picture_of(order)
    same = picture_of(order, if_none_match=first["ETag"])
    revocation.revoke_order(order, reason=Reason.OTHER, detail="Lost.", by=people.paul)
    other = picture_of(order, if_none_match=first["ETag"])

    assert (same.status_code, same.content) == (304, b"")
    assert same["Cache-Control"] == first["Cache-Control"]
    assert same["Content-Security-Policy"] == first["Content-Security-Policy"]
    assert (other.status_code, word_in(other)) == (200, "Revoked")


@pytest.mark.parametrize("look", seal_picture.LOOKS)
def test_every_look_answers_the_same_to_everybody(people, sign_in, order, look):
    address = reverse("seal:image", args=[order.seal, look])
    first = Client().get(address)
    signed_in = sign_in(people.paul)
    again = signed_in.get(address, headers={"Accept-Language": "ja", "Referer": "https://evil.example/"})

    assert again.content == first.content
    for answer in (first, again):
        assert "Vary" not in answer.headers
        assert not answer.cookies
        assert answer["Content-Language"] == look.split("-")[2]


def test_a_seal_does_not_keep_a_session_alive(people, sign_in, order, django_assert_num_queries):
    client = sign_in(people.paul)

    with time_machine.travel(timezone.now() + timedelta(minutes=20)), django_assert_num_queries(1):
        picture = client.get(reverse("seal:image", args=[order.seal, "small-light-en"]))

    assert not picture.cookies


def test_other_websites_may_show_the_picture_and_nothing_in_it_can_act(order):
    picture = picture_of(order)

    assert picture["Content-Type"] == "image/svg+xml"
    assert picture["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert picture["X-Content-Type-Options"] == "nosniff"
    assert set(picture["Content-Security-Policy"].split("; ")) == {"default-src 'none'", "frame-ancestors 'none'"}
    assert picture["X-Robots-Tag"] == "noindex"
    tags = {element.tag.removeprefix(SVG) for element in tree(picture.content).iter()}
    assert tags == {"svg", "title", "rect", "path", "g", "text"}


@pytest.mark.parametrize(
    "look", ["huge-light-en", "medium-pink-en", "medium-light-de", "medium-light", "medium-light-en-x"]
)
def test_a_look_that_is_not_on_offer_does_not_exist(order, look):
    assert picture_of(order, look).status_code == 404


def test_what_stands_in_the_picture_is_text(people, settings):
    settings.PORTAL_BRAND = "<b>Trust & Sons</b>"
    order = make_issued(people.ov, people.paul, organization='A "<script>" & \x07 Co')

    assert words_in(picture_of(order, "large-light-en"))[2:] == [
        "www.example.com", 'A "<script>" &  Co', "Certificate by <b>Trust & Sons</b>",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("*.example.com", "*.example.com"),
        ("xn--wgv71a119e.jp", "日本語.jp"),
        ("xn--80ak6aa92e.com", "xn--80ak6aa92e.com"),  # аррӏе in Cyrillic letters
    ],
)
def test_a_name_is_shown_as_people_read_it_unless_it_could_deceive(people, name, shown):
    order = make_issued(people.ov, people.paul, name=name)

    assert words_in(picture_of(order))[1] == shown


def test_of_a_long_name_the_end_is_shown(people):
    order = make_issued(people.ov, people.paul, name="www.paypal.com.sign-in.of-a-very-long-department.example.net")

    shown = words_in(picture_of(order))[1]

    assert shown.startswith("…")
    assert shown.endswith("department.example.net")


@pytest.mark.parametrize("look", seal_picture.LOOKS.values(), ids=lambda look: look.key)
@pytest.mark.parametrize("status", sorted(CERTIFIED))
def test_nothing_leaves_its_room(people, settings, look, status):
    settings.PORTAL_BRAND = "W" * 70
    order = make_issued(people.ov, people.paul, status=status, name="m" * 63 + ".example", organization="株" * 64)

    drawn = tree(seal_picture.draw(look, order))

    for text in drawn.iter(f"{SVG}text"):
        x, width = float(text.get("x")), float(text.get("textLength"))
        begins = x - width if text.get("text-anchor") == "end" else x
        assert look.size.band < begins
        assert begins + width < look.size.width
