"""The pages of the site seal: where its script is created, and what a visitor sees who comes from it."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from certificates import rules, seal_picture
from certificates.states import Status
from tests.certificates.test_seal import CERTIFIED, NOBODY, page_of, tree
from tests.factories import make_issued, make_order


@pytest.fixture
def order(people):
    return make_issued(people.ov, people.paul, sans=["*.example.com", "xn--bcher-kva.example"])


# The page behind the seal


def test_the_page_says_what_the_certificate_says_and_nothing_of_the_account(people):
    order = make_issued(
        people.ov, people.paul, sans=["shop.example.com"], comments="For the shop.", recipients=["ops@example.com"]
    )

    page = page_of(order).content.decode()

    for fact in (
        "www.example.com",
        "shop.example.com",
        "Example Corporation",
        "London",
        order.certificate.serial_number,
    ):
        assert fact in page
    assert '<span class="status tone-good">' in page
    for private in ("paul", "For the shop.", "ops@", "Example OV", f"#{order.pk}", "csrfmiddlewaretoken"):
        assert private not in page


def test_the_page_is_always_fresh_and_in_no_search_engine(order):
    for page in (page_of(order), page_of(NOBODY)):
        assert "no-store" in page["Cache-Control"]
        assert page["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize(
    ("referer", "host", "is_covered"),
    [
        ("https://www.example.com/", "www.example.com", True),
        ("https://WWW.Example.com:8443/shop?a=b", "www.example.com", True),
        ("https://www.example.com./", "www.example.com", True),
        ("https://shop.example.com", "shop.example.com", True),  # by the wildcard
        ("https://a.shop.example.com", "a.shop.example.com", False),  # which stands for one label
        ("https://example.com/", "example.com", False),
        ("https://bücher.example/", "xn--bcher-kva.example", True),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example", True),
        ("https://evil.example/www.example.com/", "evil.example", False),
        ("https://www.example.com@evil.example/", "evil.example", False),
        ("https://evil.example\\@www.example.com/", "evil.example", False),
        ("https://www.example.com.evil.example/", "www.example.com.evil.example", False),
        ("https://evilexample.com/", "evilexample.com", False),
        ("https://com/", "com", False),
        ("http://192.0.2.1:8080/", "192.0.2.1", False),
        ("http://[2001:db8::1]:8080/", "2001:db8::1", False),
        ("http://localhost/", "localhost", False),
    ],
)
def test_the_page_tells_whether_the_seal_may_stand_where_it_was_seen(people, referer, host, is_covered):
    order = make_issued(people.ov, people.paul, sans=["*.example.com", "xn--bcher-kva.example"])

    page = page_of(order, referer=referer)
    text = page.content.decode()

    assert (page.context["seen_on"], page.context["is_covered"]) == (host, is_covered)
    assert (f"You came here from {host}" in text) is True
    assert ("This certificate does not cover" in text) is not is_covered


@pytest.mark.parametrize(
    "referer",
    [
        "", "/", "about:blank", "android-app://com.example/", "javascript:alert(1)", "https://", "https://[::1",
        "https://*.example.com/", "www.example.com",
        "https://<script>alert(1)</script>/", 'https://a"onload="x/', "https://a b/", "https://" + "a" * 300 + ".example/",
        "https://\x00/", "https://evil.example%00/", "\xff\xfe", "https://①②③.example\u2488/",
        "https://" + "xn--" * 2000, "https://" + "ü" * 2000,
    ],
)  # fmt: skip
def test_a_nonsense_referer_is_as_good_as_none(order, referer):
    page = page_of(order, referer=referer)
    text = page.content.decode()

    assert page.status_code == 200
    assert page.context["seen_on"] == ""
    assert "You came here from" not in text
    assert "<script>alert" not in text


def test_who_comes_from_the_portal_itself_is_told_nothing(order):
    assert page_of(order, referer="http://testserver/certificates/1/site-seal/").context["seen_on"] == ""


@pytest.mark.parametrize(
    ("typed", "host", "is_covered"),
    [
        ("www.example.com", "www.example.com", True),
        (" https://www.example.com/shop ", "www.example.com", True),
        ("bücher.example", "xn--bcher-kva.example", True),
        ("evil.example:443", "evil.example", False),
    ],
)
def test_a_visitor_can_ask_about_a_website(order, typed, host, is_covered):
    page = page_of(order, query=f"?site={typed}")

    assert (page.context["asked"], page.context["is_asked_covered"]) == (host, is_covered)
    verdict = "covers" if is_covered else "does not cover"
    assert f"This certificate {verdict} {host}" in page.content.decode()


@pytest.mark.parametrize(
    "typed", ["", "*.example.com", "ftp://www.example.com", "<script>alert(1)</script>", "a" * 3000]
)
def test_what_is_no_address_of_a_website_is_told_so(order, typed):
    page = page_of(order, query=f"?site={typed}")

    assert page.status_code == 422
    assert "site" in page.context["form"].errors
    assert "<script>alert" not in page.content.decode()


def test_the_page_speaks_the_visitors_language(order):
    assert '<html lang="ja">' in page_of(order, accept_language="ja").content.decode()


# Creating the script


@pytest.fixture
def paul(people, sign_in):
    return sign_in(people.paul)


def script(client, order, **chosen):
    values = {"size": "medium", "tone": "light", "language": "en", **chosen}
    return client.get(reverse("certificates:site-seal", args=[order.pk]), values).context["script"]


def test_the_first_page_offers_three_sizes_and_no_script_yet(paul, order):
    page = paul.get(f"/certificates/{order.pk}/site-seal/")
    text = page.content.decode()

    assert re.findall(r'name="size" value="(\w+)"', text) == ["small", "medium", "large"]
    assert len(re.findall(rf'<img src="/seal/{order.seal}/\w+-light-en.svg"', text)) == 3
    assert "script" not in page.context


def test_a_script_needs_pictures_of_the_portal_and_nothing_else(paul, order, settings):
    settings.PORTAL_URL = "https://portal.example"

    page = paul.get(f"/certificates/{order.pk}/site-seal/?size=medium&tone=light&language=en")

    assert page.context["script"] == (
        f'<a href="https://portal.example/seal/{order.seal}/"\n'
        '   target="_blank" rel="noopener" referrerpolicy="origin"><img\n'
        f'   src="https://portal.example/seal/{order.seal}/medium-light-en.svg" referrerpolicy="no-referrer"\n'
        '   width="200" height="60" alt="Site Seal of SSL Portal: check the certificate of www.example.com"></a>'
    )
    assert page.context["source"] == "img-src https://portal.example"


def test_the_operators_name_stays_text_in_the_script(paul, order, settings):
    settings.PORTAL_BRAND = 'Trust "><script>alert(1)</script>'

    page = paul.get(f"/certificates/{order.pk}/site-seal/?size=small&tone=light&language=en")

    assert 'alt="Site Seal of Trust &quot;&gt;&lt;script&gt;alert(1)' in page.context["script"]
    assert "<script>alert" not in page.content.decode()


def test_every_choice_leads_to_a_picture_that_is_there(paul, order):
    for size in seal_picture.SIZES:
        for tone in ("light", "dark", "auto"):
            for language in seal_picture.LANGUAGES:
                made = script(paul, order, size=size, tone=tone, language=language)
                pictures = re.findall(r'(?:src|srcset)="http://localhost:8000(/[^"]+)"', made)
                drawn = [tree(Client().get(picture).content) for picture in pictures]

                assert len(drawn) == (2 if tone == "auto" else 1)
                assert {one.get("width") for one in drawn} == set(re.findall(r'width="(\d+)"', made))


def test_each_order_has_a_script_of_its_own(paul, people, order):
    other = make_issued(people.ov, people.paul)

    assert script(paul, order) != script(paul, other)


def test_what_cannot_be_chosen_is_refused(paul, order):
    page = paul.get(f"/certificates/{order.pk}/site-seal/?size=huge&tone=pink&language=de")

    assert page.status_code == 422
    assert set(page.context["form"].errors) == {"size", "tone", "language"}


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.ISSUED}))
def test_only_an_issued_order_gets_a_script(paul, people, status):
    make = make_issued if status in CERTIFIED else make_order
    order = make(people.ov, people.paul, status=status)

    page = paul.get(f"/certificates/{order.pk}/site-seal/?size=medium&tone=light&language=en", follow=True)

    assert page.redirect_chain == [(f"/certificates/{order.pk}/", 302)]
    assert "Only a certificate that is issued has a site seal" in page.content.decode()
    assert not rules.may_seal(people.paul, order)
