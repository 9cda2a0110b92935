"""The page behind the link in the confirmation mail."""

import re

import pytest
import time_machine

from domains.actions import requests
from domains.models import Domain
from domains.states import Status
from profiles.states import Level
from sslportal.kit.models import Link
from tests.letters import last_letter, link_in


@pytest.fixture
def link(people):
    requests.add_domain(people.ov, "example-new.com", level=Level.OV, choice="admin@example-new.com", by=people.paul)
    return link_in(last_letter("admin@example-new.com"))


def test_it_shows_who_asks_for_which_organization_and_what_approving_means(client, link):
    page = client.get(link).content.decode()

    for told in ("example-new.com", "Example Corporation", "paul@example.com", "every name below it"):
        assert told in page


def test_opening_the_link_changes_nothing(client, link):
    for _ in range(3):
        client.get(link)
        client.head(link)

    assert Domain.objects.get().status == Status.PENDING
    assert Link.objects.get().used_at is None


def test_approve(client, link):
    response = client.post(link, {"answer": "approve"})

    assert "You approved" in response.content.decode()
    assert Domain.objects.get().status == Status.READY


def test_do_not_approve(client, link):
    response = client.post(link, {"answer": "deny"})

    assert "You did not approve" in response.content.decode()
    assert not Domain.objects.exists()


def test_no_answer_is_asked_for_again(client, link):
    response = client.post(link, {})

    assert response.status_code == 422
    assert "Choose Approve or DO NOT approve." in response.content.decode()
    assert Link.objects.get().used_at is None


def test_a_used_link_says_so(client, link):
    client.post(link, {"answer": "approve"})

    for response in (client.get(link), client.post(link, {"answer": "deny"})):
        assert response.status_code == 410
        assert "used already" in response.content.decode()
    assert Domain.objects.get().status == Status.READY


def test_an_expired_link_says_so(client, link):
    with time_machine.travel(Link.objects.get().expires_at):
        response = client.get(link)

    assert response.status_code == 410
    assert "has expired" in response.content.decode()


@pytest.mark.parametrize("token", ["x", "A" * 43, "A" * 5000])
def test_a_forged_link_says_so(client, db, token):
    response = client.get(f"/confirm/{token}/")

    assert response.status_code == 410
    assert "not one of ours" in response.content.decode()


def test_the_page_is_not_cached_and_tells_nobody_where_it_was_opened_from(client, link):
    headers = client.get(link).headers

    assert "no-store" in headers["Cache-Control"]
    assert headers["Referrer-Policy"] == "same-origin"


def test_the_mail_reaches_its_server_and_the_link_in_it_approves(
    client, people, sink, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        requests.add_domain(
            people.ov, "example-new.com", level=Level.OV, choice="admin@example-new.com", by=people.paul
        )
    [letter] = [one for one in sink.got if one["To"] == "admin@example-new.com"]
    text = letter.get_body(("plain",)).get_content()

    client.post(re.search(r"/confirm/[\w-]+/", text)[0], {"answer": "approve"})

    assert letter["Subject"] == "Please confirm control of example-new.com"
    assert Domain.objects.get().status == Status.READY
