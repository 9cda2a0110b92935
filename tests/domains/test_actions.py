"""The verbs of domains."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from domains import actions
from domains.models import Attempt, Domain
from domains.states import Method, Outcome, Status
from profiles.states import Level
from sslportal.kit import audit, clock, policy, tokens
from sslportal.kit.models import Link, OutgoingMail
from sslportal.kit.moves import MovedOn
from tests.factories import make_attempt, make_domain, make_ev_profile


def add(profile, by, name="example-new.com", *, level=Level.OV, address="admin@example-new.com"):
    return actions.add_domain(profile, name, level=level, address=address, by=by)


def the_link():
    return Link.objects.get()


@pytest.mark.parametrize("person", ["paul", "stan"])
def test_an_added_domain_is_pending_and_the_chosen_address_gets_a_link(people, person):
    domain = add(people.ov, getattr(people, person))

    mail = OutgoingMail.objects.get()
    assert (domain.status, domain.attempts.get().method) == (Status.PENDING, Method.MAIL)
    assert mail.to == "admin@example-new.com"
    assert "/confirm/" in mail.text


@pytest.mark.parametrize("person", ["gina", "stranger", "vera"])
def test_people_without_a_role_in_the_profile_add_nothing(people, person):
    with pytest.raises(PermissionDenied):
        add(people.ov, getattr(people, person))


def test_adding_twice_adds_once(people):
    assert add(people.ov, people.paul) == add(people.ov, people.paul)

    assert OutgoingMail.objects.count() == 1


def test_the_link_lives_as_long_as_the_policy_says(people):
    add(people.ov, people.paul)

    link, days = the_link(), policy.at(clock.now()).confirmation_lifetime_days
    assert abs(link.expires_at - link.created_at - timedelta(days=days)) < timedelta(minutes=1)
    assert days <= 30


@pytest.mark.parametrize(("level", "name"), [(Level.EV, "example-new.com"), (Level.OV, "xn--exmple-cua.com")])
def test_ev_domains_and_idns_go_to_the_vetting_team(people, level, name):
    profile = make_ev_profile(people.company, primary=people.paul)

    domain = add(profile, people.paul, name, level=level, address=f"admin@{name}")

    assert domain.attempts.get().method == Method.MANUAL
    assert list(Domain.objects.awaiting_vetting()) == [domain]
    assert not OutgoingMail.objects.exists()


def test_approving_by_the_link_makes_it_ready_for_as_long_as_the_policy_says(people):
    domain = add(people.ov, people.paul)

    actions.approve_by_link(the_link(), reader="admin@example-new.com")

    domain.refresh_from_db()
    days = policy.at(clock.now()).domain_reuse_days
    assert domain.status == Status.READY
    assert abs(domain.expires_at - clock.now() - timedelta(days=days)) < timedelta(minutes=1)
    assert domain.revet_at < domain.expires_at
    assert [entry.actor for entry in audit.of(domain)] == ["paul@example.com", "admin@example-new.com"]


def test_not_approving_deletes_the_domain_and_keeps_the_attempt(people):
    add(people.ov, people.paul)

    actions.deny_by_link(the_link(), reader="admin@example-new.com")

    attempt = Attempt.objects.get()
    assert not Domain.objects.exists()
    assert (attempt.name, attempt.status) == ("example-new.com", Outcome.DENIED)
    assert "paul@example.com" in [mail.to for mail in OutgoingMail.objects.filter(key__startswith="domain-denied")]


def test_the_link_works_once(people):
    add(people.ov, people.paul)
    link = the_link()
    actions.approve_by_link(link, reader="admin@example-new.com")

    with pytest.raises(tokens.LinkRefused):
        actions.deny_by_link(link, reader="admin@example-new.com")

    assert Domain.objects.get().status == Status.READY


def test_vetting_confirms_and_the_primaries_and_the_requester_are_told(people):
    domain = make_domain(people.ov, status=Status.PENDING, requester=people.stan)
    make_attempt(domain)

    actions.confirm_by_vetting(domain, by=people.vera)

    domain.refresh_from_db()
    assert domain.status == Status.READY
    assert sorted(mail.to for mail in OutgoingMail.objects.all()) == ["paul@example.com", "stan@example.com"]


def test_declining_keeps_the_reason_for_the_customer(people):
    domain = make_domain(people.ov, status=Status.PENDING, requester=people.paul)
    make_attempt(domain)

    actions.decline(domain, reason="Not registered to you.", by=people.vera)

    domain.refresh_from_db()
    assert (domain.status, domain.decline_reason) == (Status.DECLINED, "Not registered to you.")
    assert "Not registered to you." in OutgoingMail.objects.get().text


@pytest.mark.parametrize("person", ["gina", "paul", "stan", "stranger"])
def test_customers_do_not_vet(people, person):
    domain = make_domain(people.ov, status=Status.PENDING)

    with pytest.raises(PermissionDenied):
        actions.confirm_by_vetting(domain, by=getattr(people, person))


@pytest.mark.parametrize("status", [status for status in Status if status not in {Status.PENDING, Status.UPGRADING}])
def test_vetting_decides_on_pending_domains_only(people, status):
    domain = make_domain(people.ov, status=status)

    with pytest.raises(MovedOn):
        actions.confirm_by_vetting(domain, by=people.vera)
    with pytest.raises(MovedOn):
        actions.decline(domain, reason="No.", by=people.vera)


def test_vetting_withdraws_the_link_that_is_out(people):
    domain = add(people.ov, people.paul)

    actions.confirm_by_vetting(domain, by=people.vera)

    assert the_link().used_at is not None


def test_mail_is_in_the_profiles_language(people):
    people.ov.language = "ja"
    people.ov.save()

    add(people.ov, people.paul)

    assert OutgoingMail.objects.get().language == "ja"
