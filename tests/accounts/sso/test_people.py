"""Who is who: subjects of the identity provider, and people here."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)

from accounts.sso import actions
from accounts.sso.actions import admit
from accounts.states import Status
from sslportal.kit import audit
from tests.accounts.sso.conftest import leave, make_saml, who_is_signed_in
from tests.accounts.sso.test_saml import come_back
from tests.factories import make_person


def let_in(provider, subject, email):
    link = admit(provider, subject, email)
    return link and link.user


def remove(person):
    person.status = Status.REMOVED
    person.save()


def verbs(account):
    return list(audit.of(account).values_list("verb", flat=True))


def test_a_subject_stays_the_person_whatever_the_address_says_later(people, saml):
    let_in(saml, "s1", "paul@example.com")

    assert let_in(saml, "s1", "gina@example.com") == people.paul
    assert let_in(saml, "s1", "") == people.paul


def test_a_person_is_one_subject_only(people, saml):
    let_in(saml, "s1", "paul@example.com")

    assert let_in(saml, "s2", "paul@example.com") is None
    assert [link.uid for link in saml.links] == ["s1"]


def test_a_pending_administrator_is_not_let_in(people, saml):
    make_person("petra@example.com", people.company, status=Status.PENDING)

    assert let_in(saml, "s1", "petra@example.com") is None


def test_somebody_who_was_removed_is_not_let_in(people, saml):
    let_in(saml, "s1", "paul@example.com")
    remove(people.paul)

    assert let_in(saml, "s1", "paul@example.com") is None


def test_the_link_of_somebody_who_was_removed_serves_nobody_else(people, saml):
    let_in(saml, "s1", "paul@example.com")
    remove(people.paul)

    assert let_in(saml, "s1", "gina@example.com") is None


def test_somebody_who_comes_back_is_linked_to_the_new_entry(people, saml):
    let_in(saml, "s1", "paul@example.com")
    remove(people.paul)
    again = make_person("paul@example.com", people.company)

    assert let_in(saml, "s1", "paul@example.com") == again


def test_somebody_who_went_to_another_account_is_not_let_in(people, saml):
    let_in(saml, "s1", "paul@example.com")
    people.paul.account = people.foreign
    people.paul.save()

    assert let_in(saml, "s1", "paul@example.com") is None


def test_the_same_subject_at_two_providers_is_two_people(people, saml, idp):
    other = make_saml(people.foreign, idp, "foreign")

    assert let_in(saml, "s1", "paul@example.com") == people.paul
    assert let_in(other, "s1", "stranger@example.org") == people.stranger


def test_nobody_is_let_in_while_it_is_off(people, saml):
    actions.switch(saml, on=False, by="command line")

    assert let_in(saml, "s1", "paul@example.com") is None


def test_the_first_time_is_told_to_the_history_and_no_other(people, saml):
    let_in(saml, "s1", "paul@example.com")
    let_in(saml, "s1", "paul@example.com")

    assert verbs(people.company) == ["sso_configure", "sso_on", "sso_link"]


def test_unlinking_lets_another_subject_be_the_person(people, saml):
    let_in(saml, "s1", "paul@example.com")

    actions.unlink(saml, "Paul@example.com", by="command line")

    assert let_in(saml, "s2", "paul@example.com") == people.paul


def test_unlinking_somebody_who_was_never_there_says_so(people, saml):
    with pytest.raises(actions.NotPossible, match="has signed in"):
        actions.unlink(saml, "gina@example.com", by="command line")


def test_a_very_long_subject_is_kept_as_its_digest(client, people, saml, idp):
    for _time in range(2):
        client.logout()
        come_back(client, idp.respond(leave(client, saml), subject="s" * 256))

    assert who_is_signed_in(client) == people.paul.pk
    assert saml.links.get().uid.startswith("sha256:")


def code_of(secret):
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


@pytest.fixture
def second_factor(people):
    secret = generate_totp_secret()
    TOTP.activate(people.paul, secret)
    assert Authenticator.objects.filter(user=people.paul).exists()
    return secret


def test_a_second_factor_is_asked_for_as_after_a_password(client, people, saml, idp, second_factor):
    response = come_back(client, idp.respond(leave(client, saml)))

    assert who_is_signed_in(client) is None
    client.post(response.headers["Location"], {"code": code_of(second_factor)})
    assert who_is_signed_in(client) == people.paul.pk


def test_neither_password_nor_tokens_wait_in_the_session_for_the_second_factor(
    client, people, saml, idp, second_factor
):
    come_back(client, idp.respond(leave(client, saml)))

    assert people.paul.password not in str(dict(client.session))


def test_switching_off_before_the_second_factor_ends_it(client, saml, idp, second_factor):
    response = come_back(client, idp.respond(leave(client, saml)))
    actions.switch(saml, on=False, by="command line")

    client.post(response.headers["Location"], {"code": code_of(second_factor)})

    assert who_is_signed_in(client) is None


def test_a_person_who_is_signed_in_gives_way_to_the_one_who_comes(client, people, saml, idp, sign_in):
    sign_in(people.gina)

    come_back(client, idp.respond(leave(client, saml)))

    assert who_is_signed_in(client) == people.paul.pk


def test_a_provider_that_was_removed_leads_to_the_page_of_unknown_ones(client, saml, idp):
    form = idp.respond(leave(client, saml))
    actions.remove(saml, by="command line")

    assert come_back(client, form).status_code == 404
