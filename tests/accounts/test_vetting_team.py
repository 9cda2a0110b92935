"""How the operator keeps the vetting team: by the command line only."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Administrator
from accounts.states import Status
from tests.factories import PASSWORD
from tests.letters import last_letter, link_in

VIOLA = ["--email=viola@sslportal.example", "--first-name=Viola", "--last-name=Vetter"]


def test_a_vetter_is_invited_and_lands_at_the_desk(client, db):
    call_command("account", "vetter", *VIOLA)
    letter = last_letter("viola@sslportal.example")
    contact = {"first_name": "Viola", "last_name": "Vetter", "job_title": "Vetting", "phone": "+44 20 7946 0005"}

    client.post(link_in(letter), contact | {"password": PASSWORD, "password_again": PASSWORD, "terms": "on"})
    client.post("/sign-in/", {"login": "viola@sslportal.example", "password": PASSWORD})

    assert "vetting team" in letter.text
    assert client.get("/vetting/").status_code == 200


def test_a_dismissed_vetter_is_out_at_once(people, sign_in):
    client = sign_in(people.vera)

    call_command("account", "dismiss", "vera@sslportal.example")

    assert client.get("/vetting/").status_code == 302
    assert Administrator.objects.get(pk=people.vera.pk).status == Status.REMOVED


@pytest.mark.parametrize("email", ["paul@example.com", "nobody@example.com"])
def test_only_vetters_are_dismissed(people, email):
    with pytest.raises(CommandError):
        call_command("account", "dismiss", email)


def test_an_address_that_is_somebodys_is_refused(people):
    with pytest.raises(CommandError, match="already"):
        call_command("account", "vetter", "--email=Vera@sslportal.example", "--first-name=V", "--last-name=V")


def test_the_command_line_unlocks(people, client):
    for _once in range(5):
        client.post("/sign-in/", {"login": "vera@sslportal.example", "password": "wrong-Tulips-1"})

    call_command("account", "unlock", "vera@sslportal.example")

    assert client.post("/sign-in/", {"login": "vera@sslportal.example", "password": PASSWORD}).status_code == 302
