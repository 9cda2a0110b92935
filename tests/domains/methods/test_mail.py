"""The mail with a link (BR 3.2.2.4.4, .13, .14): what it says, to whom, and that its token is kept nowhere."""

import hashlib
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail as django_mail
from django.db import connection

from domains import methods
from domains.actions import requests
from domains.methods import Explanation
from domains.methods.mail import CONFIRM
from domains.models import Attempt, ContactLookup
from profiles.states import Level
from sslportal.kit import outside, tokens
from sslportal.kit.models import Link, OutgoingMail
from tests.factories import make_domain
from tests.letters import last_letter, letters_to, link_in

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
READER = "admin@example.com"
TOKEN = re.compile(r"/confirm/([^/]+)/")


def add(people, choice=READER, name="example.com"):
    return requests.add_domain(people.ov, name, level=Level.OV, choice=choice, by=people.paul)


def token_in(letter):
    return TOKEN.search(letter.text)[1]


def test_the_link_goes_to_the_chosen_address_alone(people):
    add(people)

    (letter,) = (mail for mail in OutgoingMail.objects.all() if "/confirm/" in mail.text)
    assert letter.to == READER
    assert Attempt.objects.get().address == READER


def test_the_mail_says_who_asks_for_which_organization_and_how_long_the_link_works(people):
    add(people)

    letter = last_letter(READER)
    assert letter.subject == "Please confirm control of example.com"
    for told in (
        "Example Corporation would like to obtain certificates for example.com and every name below it.",
        "Example Corporation, London, GB",
        "Paul Example <paul@example.com>",
        "The link works once, within 14 days.",
        "DO NOT approve",
    ):
        assert told in letter.text


def test_the_link_leads_to_the_attempt(people):
    add(people)

    link = tokens.find(CONFIRM, token_in(last_letter(READER)))
    assert link.subject_id == Attempt.objects.get().pk
    assert link_in(last_letter(READER)).startswith("/confirm/")


@pytest.mark.parametrize("policy", ["private", "public-trust"])
def test_the_link_and_the_attempt_end_together(people, settings, policy):
    """BR 3.2.2.4.4: after 30 days at the latest."""
    settings.PORTAL_POLICY = policy

    with time_machine.travel(START, tick=False):
        add(people)

    assert Link.objects.get().expires_at == Attempt.objects.get().expires_at == START + timedelta(days=14)


def test_each_mail_has_a_random_value_of_its_own(people):
    """BR 3.2.2.4.4: unique in each mail; 112 bits or more (BR 1.6.1), here 32 bytes in 43 characters."""
    domain = add(people)
    for _again in range(2):
        requests.reconfirm(domain, choice=READER, by=people.paul)

    sent = [token_in(letter) for letter in letters_to(READER)]
    assert len(set(sent)) == 3
    assert [len(token) for token in sent] == [43] * 3


def test_of_several_mails_only_the_newest_link_works(people):
    domain = add(people)
    requests.reconfirm(domain, choice=READER, by=people.paul)

    first, second = (token_in(letter) for letter in letters_to(READER))
    with pytest.raises(tokens.LinkRefused):
        tokens.find(CONFIRM, first)
    assert tokens.find(CONFIRM, second).used_at is None


def test_the_token_is_kept_nowhere_once_the_mail_is_sent(people, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        add(people)

    (sent,) = [letter for letter in django_mail.outbox if letter.to == [READER]]
    token = TOKEN.search(sent.body)[1]
    assert bytes(Link.objects.get().digest) == hashlib.sha256(token.encode()).digest()
    assert tables_with(token) == []


def tables_with(text):
    """The tables in which the text stands anywhere."""
    with connection.cursor() as cursor:
        found = []
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT count(*) FROM "{table}" row WHERE row::text LIKE %s', [f"%{text}%"])  # noqa: S608
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def test_the_text_would_be_found_if_it_were_kept(people):
    add(people)

    assert tables_with(token_in(last_letter(READER))) == ["kit_outgoingmail"]


def test_the_mail_is_in_the_profiles_language(people):
    people.ov.language = "ja"
    people.ov.save()

    add(people)

    assert last_letter(READER).language == "ja"


def test_an_internationalized_name_is_shown_in_both_forms(people):
    """It is confirmed by mail only where it is there already (D8)."""
    domain = make_domain(people.ov, "xn--bcher-kva.com")

    requests.reconfirm(domain, choice="admin@xn--bcher-kva.com", by=people.paul)

    letter = last_letter("admin@xn--bcher-kva.com")
    assert letter.subject == "Please confirm control of xn--bcher-kva.com (bücher.com)"
    assert "certificates for xn--bcher-kva.com (bücher.com) and every name below it" in letter.text


@pytest.mark.parametrize("method", ["dns-contact", "whois"])
def test_a_contact_that_was_looked_up_gets_the_same_mail(people, settings, method):
    settings.WHOIS_CONTACTS = True
    now = datetime.now(UTC)
    ContactLookup.objects.create(
        name="example.com", asked_at=now, answered_at=now, addresses=[[method, "owner@example.net"]]
    )

    domain = add(people, "owner@example.net")

    assert domain.attempts.get().method == method
    assert last_letter("owner@example.net").subject == "Please confirm control of example.com"


@pytest.mark.parametrize("key", ["mail", "dns-contact", "whois", "manual"])
def test_there_is_nothing_for_a_worker_to_look_for(key):
    assert outside.run(lambda: methods.way(key).check("example.com", "")) is None


def test_it_is_explained_to_whom_the_mail_went_and_until_when_the_link_works(people):
    people.company.time_zone = "Asia/Tokyo"
    people.company.save()
    with time_machine.travel(START.replace(hour=20), tick=False):  # it is the next day in Tokyo
        attempt = add(people).attempts.get()

        assert methods.explain(attempt) == Explanation(
            says=[
                f"A mail with a link is on its way to {READER}. Whoever reads it approves, or does not approve.",
                "The link works once, until Nov. 17, 2026. If the mail has not arrived, look among the unwanted mail, send "
                "it again, or choose another way.",
            ]
        )


def test_it_is_explained_that_the_vetting_team_is_at_it(people):
    attempt = add(people, "manual").attempts.get()

    assert methods.explain(attempt) == Explanation(
        says=[
            "The vetting team is confirming that the organization controls the domain, and may call or write to you. There "
            "is nothing to do here meanwhile."
        ]
    )
