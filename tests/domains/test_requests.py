"""What administrators do with domains: add, choose a way, upgrade, have looked, stop reminders, delete."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction

from accounts.models import Subscription
from domains import counting, rules
from domains.actions import requests
from domains.methods import NotOnOffer
from domains.models import Attempt, Domain
from domains.states import Method, Outcome, Status
from profiles.states import Level
from profiles.states import Status as ProfileStatus
from profiles.vetting import actions as profile_vetting
from sslportal.kit import audit, clock, policy
from sslportal.kit.models import Link, OutgoingMail
from sslportal.kit.moves import MovedOn
from tests.factories import make_attempt, make_domain, make_ev_profile, make_order, make_people, make_profile
from tests.letters import letters_to

ADMIN = "admin@example-new.com"


def add(profile, by, name="example-new.com", *, level=Level.OV, choice=ADMIN):
    return requests.add_domain(profile, name, level=level, choice=choice, by=by)


def subscribe(account, domains):
    today = clock.now().date()
    day = timedelta(days=1)
    Subscription.objects.create(account=account, product="SSL", domains=domains, starts_on=today, ends_on=today + day)


# Adding


@pytest.mark.parametrize("person", ["paul", "stan"])
def test_an_added_domain_is_pending_and_the_chosen_address_gets_a_link(people, person):
    domain = add(people.ov, getattr(people, person))

    assert (domain.status, domain.attempts.get().method) == (Status.PENDING, Method.MAIL)
    assert ["/confirm/" in letter.text for letter in letters_to(ADMIN)] == [True]


@pytest.mark.parametrize("person", ["gina", "stranger", "vera"])
def test_people_without_a_role_in_the_profile_add_nothing(people, person):
    with pytest.raises(PermissionDenied):
        add(people.ov, getattr(people, person))

    assert not Domain.objects.exists()


def test_the_requester_the_primaries_and_the_profiles_list_are_told(people):
    people.ov.domain_recipients = ["hostmaster@example.com"]
    people.ov.save()

    add(people.ov, people.stan)

    told = OutgoingMail.objects.filter(key__startswith="domain-added").values_list("to", flat=True)
    assert sorted(told) == ["hostmaster@example.com", "paul@example.com", "stan@example.com"]


def test_adding_twice_adds_once(people):
    assert add(people.ov, people.paul) == add(people.ov, people.paul)

    assert len(letters_to(ADMIN)) == 1


def test_the_same_domain_may_be_added_for_several_profiles(people):
    other = make_profile(people.company, "Other", primary=people.paul)

    assert add(people.ov, people.paul) != add(other, people.paul)


@pytest.mark.parametrize("choice", ["root@example-new.com", "admin@example.com", "nonsense", "skip"])
def test_what_is_not_on_offer_cannot_be_chosen(people, choice):
    with pytest.raises(NotOnOffer):
        add(people.ov, people.paul, choice=choice)

    assert not Domain.objects.exists()


@pytest.mark.parametrize(
    ("choice", "method"), [(ADMIN, "mail"), ("dns", "dns"), ("file", "file"), ("manual", "manual"), ("", "manual")]
)
def test_each_way_sets_its_attempt_going(people, choice, method):
    attempt = add(people.ov, people.paul, choice=choice).attempts.get()

    is_looked_for = method in ("dns", "file")
    assert attempt.method == method
    assert (attempt.next_check_at is not None, len(attempt.value)) == (is_looked_for, 40 if is_looked_for else 0)


@pytest.mark.parametrize("choice", [ADMIN, "dns", "file"])
def test_a_link_record_or_file_counts_as_long_as_the_policy_says(people, choice):
    attempt = add(people.ov, people.paul, choice=choice).attempts.get()

    days = policy.at(clock.now()).confirmation_lifetime_days
    assert abs(attempt.expires_at - attempt.created_at - timedelta(days=days)) < timedelta(minutes=1)
    assert days <= 30


@pytest.mark.parametrize(("level", "name"), [(Level.EV, "example-new.com"), (Level.OV, "xn--exmple-cua.com")])
def test_ev_domains_and_idns_go_to_the_vetting_team_whatever_was_chosen(people, level, name):
    profile = make_ev_profile(people.company, primary=people.paul)

    domain = add(profile, people.paul, name, level=level, choice=f"admin@{name}")

    assert domain.attempts.get().method == Method.MANUAL
    assert list(Domain.objects.awaiting_vetting()) == [domain]
    assert not letters_to(f"admin@{name}")


@pytest.mark.parametrize("status", ["suspended", "expired", "declined"])
def test_a_profile_that_is_down_takes_no_domains(people, status):
    type(people.ov).objects.filter(pk=people.ov.pk).update(status=status)
    people.ov.refresh_from_db()

    with pytest.raises(requests.NotNow):
        add(people.ov, people.paul)


def test_a_new_profiles_domains_are_confirmed_while_it_is_vetted(people):
    new = make_profile(people.company, "New", primary=people.paul, status=ProfileStatus.PENDING)

    assert add(new, people.paul).status == Status.PENDING


def test_an_ov_profile_takes_no_ev_domain(people):
    with pytest.raises(requests.NotNow):
        add(people.ov, people.paul, level=Level.EV)


def test_mail_is_in_the_profiles_language(people):
    people.ov.language = "ja"
    people.ov.save()

    add(people.ov, people.paul)

    assert set(OutgoingMail.objects.values_list("language", flat=True)) == {"ja"}


# The subscription (D16)


def test_one_domain_too_many_is_refused(people):
    subscribe(people.company, 1)
    add(people.ov, people.paul)

    with pytest.raises(counting.OverSubscription):
        add(people.ov, people.paul, "example-more.com", choice="dns")

    assert [domain.name for domain in Domain.objects.all()] == ["example-new.com"]


def test_a_domain_counts_once_however_many_profiles_have_it(people):
    subscribe(people.company, 1)
    other = make_profile(people.company, "Other", primary=people.paul)
    add(people.ov, people.paul)

    add(other, people.paul)

    assert counting.unique_domains(people.company) == 1


def test_a_declined_domain_does_not_count(people):
    subscribe(people.company, 1)
    make_domain(people.ov, "example-declined.com", status=Status.DECLINED)

    assert add(people.ov, people.paul).status == Status.PENDING


def test_an_account_without_subscriptions_has_no_limit(people):
    for number in range(3):
        add(people.ov, people.paul, f"example{number}.com", choice="dns")

    assert counting.over_subscription(people.company, ["example9.com"]) == 0


# Choosing again


def test_the_same_address_gets_a_new_link_and_the_old_one_leads_nowhere(people):
    domain = add(people.ov, people.paul)

    requests.reconfirm(domain, choice=ADMIN, by=people.stan)

    old, new = Link.objects.order_by("pk")
    assert (old.used_at is None, new.used_at is None) == (False, True)
    assert [attempt.status for attempt in domain.attempts.order_by("pk")] == [Outcome.WITHDRAWN, Outcome.WAITING]
    assert len(letters_to(ADMIN)) == 2


def test_a_pending_domain_stays_pending_when_the_way_changes(people):
    domain = add(people.ov, people.paul)

    requests.reconfirm(domain, choice="dns", by=people.paul)

    domain.refresh_from_db()
    assert (domain.status, domain.attempts.open().get().method) == (Status.PENDING, Method.DNS)
    assert [entry.verb for entry in audit.of(domain)] == ["add", "choose"]


def test_going_over_to_the_vetting_team_cannot_be_undone(people):
    domain = add(people.ov, people.paul)
    requests.reconfirm(domain, choice="manual", by=people.paul)

    with pytest.raises(requests.NotNow):
        requests.reconfirm(domain, choice=ADMIN, by=people.paul)


def test_no_more_than_five_mails_a_day_go_to_strangers(people):
    domain = add(people.ov, people.paul)
    for _ in range(4):
        requests.reconfirm(domain, choice=ADMIN, by=people.paul)

    with pytest.raises(requests.NotNow):
        requests.reconfirm(domain, choice="webmaster@example-new.com", by=people.paul)
    assert domain.attempts.open().get().address == ADMIN

    with time_machine.travel(clock.now() + timedelta(hours=25)):
        requests.reconfirm(domain, choice=ADMIN, by=people.paul)
    assert len(letters_to(ADMIN)) == 6


def test_deleting_and_adding_again_does_not_start_the_count_of_mails_anew(people):
    domain = add(people.ov, people.paul)
    for _ in range(4):
        requests.reconfirm(domain, choice=ADMIN, by=people.paul)
    requests.delete_domain(domain, by=people.paul)

    with pytest.raises(requests.NotNow):
        add(people.ov, people.paul)


@pytest.mark.parametrize("status", [Status.READY, Status.EXPIRING, Status.EXPIRED])
def test_a_confirmed_domain_is_re_vetted(people, status):
    domain = make_domain(people.ov, status=status)

    requests.reconfirm(domain, choice="dns", by=people.stan)

    domain.refresh_from_db()
    assert (domain.status, domain.attempts.get().level) == (Status.RE_VETTING, Level.OV)


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.DECLINED])
def test_others_are_not(people, status):
    domain = make_domain(people.ov, status=status)

    with pytest.raises(requests.NotNow):
        requests.reconfirm(domain, choice="dns", by=people.paul)


# The upgrade to EV (D9)


@pytest.fixture
def ev(people):
    return make_ev_profile(people.company, primary=people.paul, standard=people.stan)


@pytest.mark.parametrize("choice", ["admin@example.com", "dns", "file", "manual"])
def test_an_upgrading_domain_is_confirmed_in_the_way_that_was_chosen(people, ev, choice):
    domain = make_domain(ev)

    requests.upgrade_domain(domain, choice=choice, by=people.stan)

    domain.refresh_from_db()
    attempt = domain.attempts.get()
    assert (domain.status, domain.level) == (Status.UPGRADING, Level.OV)
    assert (attempt.level, attempt.needs_vetting) == (Level.EV, True)


def test_a_domain_of_an_ov_profile_is_not_upgraded(people):
    with pytest.raises(requests.NotNow):
        requests.upgrade_domain(make_domain(people.ov), by=people.paul)


def test_an_ev_domain_is_not_upgraded(people, ev):
    with pytest.raises(requests.NotNow):
        requests.upgrade_domain(make_domain(ev, level=Level.EV), by=people.paul)


def test_no_address_gets_mail_without_end_by_ever_new_names_below_its_domain(people, monkeypatch):
    monkeypatch.setattr(requests, "MAILS_TO_ONE", 3)
    other = make_profile(people.company, "Other", primary=people.paul)
    for number, profile in enumerate([people.ov, other, people.ov]):
        add(profile, people.paul, f"n{number}.example-new.com")

    with pytest.raises(requests.NotNow, match=ADMIN):
        add(other, people.paul, "n4.example-new.com")

    add(other, people.paul, "n4.example-new.com", choice="dns")
    add(people.foreign_ov, people.stranger, "n5.example-new.com")
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        add(people.ov, people.paul, "n6.example-new.com")
    assert len(letters_to(ADMIN)) == 5


# Looking now, and no more reminders


def test_check_now_is_for_what_is_looked_for(people):
    with pytest.raises(requests.NotNow):
        requests.check_now(add(people.ov, people.paul), by=people.paul)


def test_check_now_looks_often_again(people):
    domain = add(people.ov, people.paul, choice="dns")
    Attempt.objects.update(next_check_at=clock.now() + timedelta(hours=1), tries=9)

    requests.check_now(domain, by=people.stan)

    attempt = domain.attempts.get()
    assert (attempt.tries, attempt.next_check_at <= clock.now()) == (0, True)


def test_reminders_stop_for_an_expiring_domain_only(people):
    expiring = make_domain(people.ov, status=Status.EXPIRING)

    requests.stop_reminders(expiring, by=people.stan)

    expiring.refresh_from_db()
    assert expiring.no_reminders is True
    with pytest.raises(requests.NotNow):
        requests.stop_reminders(expiring, by=people.stan)
    with pytest.raises(requests.NotNow):
        requests.stop_reminders(make_domain(people.ov, "ready.example"), by=people.stan)


# Deleting (D12)


@pytest.mark.parametrize("status", [status for status in Status if status != Status.SUSPENDED])
def test_a_domain_of_any_other_status_can_be_deleted_and_its_attempts_stay(people, status):
    domain = make_domain(people.ov, status=status)
    make_attempt(domain)

    requests.delete_domain(domain, by=people.stan)

    attempt = Attempt.objects.get()
    assert not Domain.objects.exists()
    assert (attempt.name, attempt.status) == ("example.com", Outcome.WITHDRAWN)
    assert ["deleted" in letter.subject for letter in letters_to("paul@example.com")] == [True]


def test_a_suspended_domain_stays_so_that_it_is_not_added_again_and_confirmed(people):
    domain = make_domain(people.ov, status=Status.SUSPENDED)

    with pytest.raises(requests.NotNow, match="suspended"):
        requests.delete_domain(domain, by=people.paul)

    assert Domain.objects.get() == domain


@pytest.mark.parametrize("status", ["approve", "pending", "canceling"])
@pytest.mark.parametrize("name", ["example.com", "a.b.example.com", "*.example.com"])
def test_a_domain_of_an_order_under_way_stays(people, status, name):
    domain = make_domain(people.ov)
    order = make_order(people.ov, people.paul, name="www.example.org", sans=[name], status=status)

    with pytest.raises(requests.InUse, match=str(order.pk)):
        requests.delete_domain(domain, by=people.paul)

    assert Domain.objects.get() == domain


@pytest.mark.parametrize("status", ["issued", "canceled", "rejected", "expired", "revoked"])
def test_orders_that_are_done_do_not_hold_it(people, status):
    domain = make_domain(people.ov)
    make_order(people.ov, people.paul, status=status)

    requests.delete_domain(domain, by=people.paul)

    assert not Domain.objects.exists()


def test_orders_of_other_profiles_and_other_names_do_not_hold_it(people):
    domain = make_domain(people.ov)
    make_order(people.foreign_ov, people.stranger)
    make_order(people.ov, people.paul, name="www.notexample.com")

    requests.delete_domain(domain, by=people.paul)

    assert not Domain.objects.exists()


# Who may


@pytest.mark.parametrize("person", ["gina", "stranger", "vera"])
@pytest.mark.parametrize(
    "act",
    [
        lambda domain, by: requests.reconfirm(domain, choice="dns", by=by),
        lambda domain, by: requests.upgrade_domain(domain, by=by),
        lambda domain, by: requests.check_now(domain, by=by),
        lambda domain, by: requests.stop_reminders(domain, by=by),
        lambda domain, by: requests.delete_domain(domain, by=by),
    ],
)
def test_people_without_a_role_in_the_profile_do_nothing(people, person, act):
    domain = make_domain(people.ov, status=Status.EXPIRING)

    with pytest.raises(PermissionDenied):
        act(domain, getattr(people, person))


@pytest.mark.django_db(transaction=True)
def test_nobody_is_kept_from_adding_by_who_decides_about_the_profile_just_then():
    """The one locks the account and writes a domain of the profile, the other locks the profile and writes its history."""
    people, both_have_locked, done = make_people(), threading.Barrier(2), []

    def run(act):
        try:
            with transaction.atomic():
                act()
                both_have_locked.wait(10)
            done.append(act)
        finally:
            connection.close()

    acts = [
        lambda: add(people.ov, people.paul, choice="dns"),
        lambda: profile_vetting.suspend(people.ov, reason="Reported.", by=people.vera),
    ]
    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(done) == 2


def test_who_is_second_is_told(people):
    domain = make_domain(people.ov)
    stale = Domain.objects.get()
    requests.delete_domain(domain, by=people.paul)

    with pytest.raises((MovedOn, Domain.DoesNotExist)):
        requests.delete_domain(stale, by=people.stan)


@pytest.mark.parametrize("status", ["suspended", "expired", "declined"])
def test_nothing_is_confirmed_for_a_profile_that_is_down(people, ev, status):
    domain = make_domain(ev)
    type(ev).objects.filter(pk=ev.pk).update(status=status)

    for act in (requests.reconfirm, requests.upgrade_domain):
        with pytest.raises(requests.NotNow):
            act(Domain.objects.get(), choice="admin@example.com", by=people.paul)

    assert not letters_to("admin@example.com")
    assert domain.attempts.count() == 0


def test_the_mails_of_an_account_have_a_limit(people):
    domain = make_domain(people.ov, "example-other.com", status=Status.DECLINED)
    for number in range(requests.MAILS_OF_AN_ACCOUNT):
        make_attempt(domain, method=Method.MAIL, address=f"admin@example{number}.com", status=Outcome.DENIED)

    with pytest.raises(requests.NotNow, match="for your account"):
        add(people.ov, people.paul)
    assert add(people.ov, people.paul, choice="dns").status == Status.PENDING


@pytest.mark.parametrize("person", ["gina", "paul", "stan", "stranger", "vera"])
def test_who_may_manage_is_the_same_one_by_one_and_in_one_query(people, person):
    one = getattr(people, person)
    profiles = [people.ov, people.foreign_ov]

    assert rules.managed_by(one) == {profile.pk for profile in profiles if rules.may_manage(one, profile)}
