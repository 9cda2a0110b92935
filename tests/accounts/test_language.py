"""In which language pages are: the person's choice, else the browser's (K2)."""

import pytest

PAGE = "/administration/my-preferences/"


@pytest.fixture
def paul(sign_in, people):
    return sign_in(people.paul)


def ask(client, accepts="en"):
    return client.get(PAGE, headers={"accept-language": accepts})


def choose(client, language):
    fields = {
        "form": "contact", "first_name": "Paul", "last_name": "Primary", "job_title": "Engineer", "phone": "+44 20 7946 0001",
        "page_language": language, "language": "en",
    }  # fmt: skip
    return client.post(PAGE, fields)


@pytest.mark.parametrize(("chosen", "accepts", "language"), [
    ("", "ja", "ja"), ("", "en-GB", "en"), ("ja", "en-GB", "ja"), ("en", "ja", "en"),
])  # fmt: skip
def test_pages_are_in_the_chosen_language_or_the_browsers(paul, chosen, accepts, language):
    assert choose(paul, chosen).status_code == 302

    page = ask(paul, accepts)

    assert page.headers["Content-Language"] == language
    assert f'<html lang="{language}' in page.content.decode()


def test_the_choice_does_not_follow_to_others(paul, client, people, sign_in):
    choose(paul, "ja")

    stan = sign_in(people.stan)

    assert ask(stan, "en").headers["Content-Language"] == "en"


def test_a_language_that_there_is_not_is_refused_at_its_field(paul):
    page = choose(paul, "xx")

    assert page.status_code == 422
    assert list(page.context["contact_form"].errors) == ["page_language"]
