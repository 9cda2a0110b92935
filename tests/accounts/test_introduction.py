"""The Introduction: slides, where they lead, and whether they come again."""

from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation

from accounts.introduction import SLIDES
from tests.factories import PASSWORD


def shown(response):
    """The title of the slide that is visible."""
    context = response.context
    return context["slides"][context["shown"] - 1][0].title


def test_the_first_slide_is_shown_at_first(sign_in, people):
    response = sign_in(people.paul).get("/introduction/")

    assert shown(response) == SLIDES[0].title
    assert response.content.decode().count("hidden>") >= len(SLIDES) - 1


@pytest.mark.parametrize("number", range(1, len(SLIDES) + 1))
def test_each_slide_has_an_address(sign_in, people, number):
    response = sign_in(people.paul).get("/introduction/", {"slide": number})

    assert shown(response) == SLIDES[number - 1].title


@pytest.mark.parametrize("asked", ["0", "99", "-1", "x", "", "²"])
def test_a_slide_that_does_not_exist_is_the_first(sign_in, people, asked):
    response = sign_in(people.paul).get("/introduction/", {"slide": asked})

    assert shown(response) == SLIDES[0].title


def test_the_arrows_are_links_that_keep_where_closing_leads(sign_in, people):
    page = sign_in(people.paul).get("/introduction/", {"slide": 3, "next": "/domains/"}).content.decode()

    assert 'href="?slide=2&amp;next=%2Fdomains%2F"' in page
    assert 'href="?slide=4&amp;next=%2Fdomains%2F"' in page
    assert '<input type="hidden" name="next" value="/domains/">' in page


def test_the_first_slide_has_nothing_before_and_the_last_nothing_after(sign_in, people):
    client = sign_in(people.paul)

    first, last = (client.get("/introduction/", {"slide": slide}).context for slide in (1, len(SLIDES)))

    assert (first["before"], first["after"]) == (0, 2)
    assert (last["before"], last["after"]) == (len(SLIDES) - 1, 0)


def test_slides_lead_only_to_pages_that_the_person_may_use(sign_in, people):
    urls = {
        name: {url for _slide, url in sign_in(getattr(people, name)).get("/introduction/").context["slides"] if url}
        for name in ("paul", "gina")
    }

    assert urls["paul"] - urls["gina"] == {"/certificates/new/"}  # gina has no role in a profile here


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_slide_has_a_small_picture_in_every_language(language):
    with translation.override(language):
        pictures = [Path("static", slide.picture) for slide in SLIDES]

    assert [picture for picture in pictures if not picture.exists()] == []
    assert [picture for picture in pictures if picture.stat().st_size > 60_000] == []


def test_closing_with_the_box_cleared_ends_the_introduction_for_good(sign_in, people):
    sign_in(people.paul).post("/introduction/", {})

    chain = Client().post("/sign-in/", {"login": "paul@example.com", "password": PASSWORD}, follow=True).redirect_chain
    assert chain[-1][0] == "/certificates/"


def test_ticking_the_box_brings_it_back(sign_in, people):
    people.paul.shows_introduction = False
    people.paul.save()

    sign_in(people.paul).post("/introduction/", {"again": "on"})

    people.paul.refresh_from_db()
    assert people.paul.shows_introduction


def test_a_change_of_the_box_is_kept_while_the_slides_stay(sign_in, people):
    response = sign_in(people.paul).post("/introduction/", {"go": "keep"})

    people.paul.refresh_from_db()
    assert response.status_code == 204
    assert not people.paul.shows_introduction


@pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_closing_leads_nowhere_else(sign_in, people, url):
    response = sign_in(people.paul).post("/introduction/", {"next": url})

    assert response.headers["Location"] == "/"


def test_the_help_menu_leads_to_the_introduction(sign_in, people):
    assert '<a href="/introduction/">Introduction</a>' in sign_in(people.paul).get("/certificates/").content.decode()


def test_the_vetting_team_has_no_help_of_the_customers(sign_in, people):
    assert "/introduction/" not in sign_in(people.vera).get("/vetting/").content.decode()
