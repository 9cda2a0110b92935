"""The vetting team's decisions: who may, when, with what on the checklist, and what becomes of the profile."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from certificates.states import Status as OrderStatus
from profiles.models import Contact, EvRequest, OrganizationProfile
from profiles.states import Level, Status
from profiles.vetting import actions, checklists
from profiles.vetting.models import Check, VettingCase
from profiles.vetting.states import Status as CaseStatus
from sslportal.kit import audit, clock, policy
from sslportal.kit.models import OutgoingMail
from sslportal.kit.moves import MovedOn, Refused, move
from tests.factories import make_case, make_check, make_domain, make_ev_profile, make_order, make_people, make_profile


def midnight(day=0):
    return checklists.beginning_of(clock.now().date() - timedelta(days=day))


def make_ev_request(profile, requester, **fields):
    person = {"last_name": "Example", "job_title": "CFO", "email": "x@example.com", "phone": "+44 20 7946 0000",
              "address1": "1 Example Street", "locality": "London", "state": "Greater London", "postal_code": "EC1A 1AA",
              "country": "GB"}  # fmt: skip
    values = {"status": EvRequest.Status.VETTING, "answered_at": clock.now(), "answered_from": "192.0.2.1",
              "terms_version": "2026-11"}  # fmt: skip
    return EvRequest.objects.create(
        profile=profile,
        requester=requester,
        approver=Contact.objects.create(first_name="Ann", **person),
        signer=Contact.objects.create(first_name="Sam", **person),
        submission=uuid.uuid4(),
        **(values | fields),
    )


@pytest.fixture
def upgrading(people):
    profile = people.ov
    profile.status = Status.UPGRADING
    profile.save()
    make_ev_request(profile, people.gina)
    return profile


@pytest.fixture
def ev_case(people, upgrading):
    return make_case(upgrading, Level.EV, checked_by=people.vera, except_for=("terms",))


def recipients():
    return set(OutgoingMail.objects.values_list("to", flat=True))


# OV


def test_a_complete_ov_case_is_approved_by_one_person(people, pending):
    case = make_case(pending, checked_by=people.vera)

    actions.approve(case, by=people.vera)

    pending.refresh_from_db(), case.refresh_from_db()
    days = policy.at(clock.now()).profile_reuse_days
    assert (pending.status, pending.level, case.status) == (Status.READY, Level.OV, CaseStatus.APPROVED)
    assert pending.expires_at == midnight() + timedelta(days=days)
    assert pending.ev_expires_at is None
    assert pending.revet_at < pending.expires_at
    assert recipients() == {people.paul.email, people.gina.email}
    assert audit.of(pending).last().verb == "approve"


def test_approval_counts_from_the_oldest_check(people, pending):
    case = make_case(pending, checked_by=people.vera, except_for=("address",))
    make_check(case, "address", by=people.vera, checked_on=clock.now().date() - timedelta(days=100))

    actions.approve(case, by=people.vera)

    pending.refresh_from_db()
    assert pending.expires_at == midnight(100) + timedelta(days=policy.at(clock.now()).profile_reuse_days)


@pytest.mark.parametrize("item", checklists.items(Level.OV), ids=lambda item: item.key)
def test_approval_with_a_missing_item_is_refused_and_names_it(people, pending, item):
    case = make_case(pending, checked_by=people.vera, except_for=(item.key,))

    with pytest.raises(actions.NotComplete, match=f"Still to do: {item.title} \\(Missing\\)\\.$"):
        actions.approve(case, by=people.victor)

    pending.refresh_from_db()
    assert pending.status == Status.PENDING


@pytest.mark.parametrize(("days_too_old", "is_approved"), [(1, True), (0, False)])
def test_approval_with_an_outdated_item_is_refused_and_names_it(people, pending, days_too_old, is_approved):
    case = make_case(pending, checked_by=people.vera, except_for=("address",))
    age = policy.at(clock.now()).profile_reuse_days - days_too_old
    make_check(case, "address", by=people.vera, checked_on=clock.now().date() - timedelta(days=age))

    if is_approved:
        actions.approve(case, by=people.vera)
    else:
        with pytest.raises(actions.NotComplete, match=r"Address \(Too old\)"):
            actions.approve(case, by=people.vera)

    pending.refresh_from_db()
    assert (pending.status == Status.READY) is is_approved


def test_the_newest_check_of_an_item_counts(people, pending):
    case = make_case(pending, checked_by=people.vera)
    make_check(case, "address", by=people.vera, checked_on=clock.now().date() - timedelta(days=2000))

    with pytest.raises(actions.NotComplete):
        actions.approve(case, by=people.vera)


def test_declining_tells_the_customer_why(people, pending):
    actions.decline(make_case(pending), reason="Not in the register.", by=people.vera)

    pending.refresh_from_db()
    assert (pending.status, pending.reason) == (Status.DECLINED, "Not in the register.")
    assert recipients() == {people.paul.email, people.gina.email}
    assert all("Not in the register." in mail.text for mail in OutgoingMail.objects.all())


# EV


def test_ev_takes_two_people(people, ev_case):
    actions.first_approve(ev_case, by=people.vera)
    actions.approve(ev_case, by=people.victor)

    profile = OrganizationProfile.objects.get(pk=ev_case.profile_id)
    rules = policy.at(clock.now())
    assert (profile.status, profile.level) == (Status.READY, Level.EV)
    assert profile.ev_expires_at == midnight() + timedelta(days=rules.ev_profile_reuse_days)
    assert profile.expires_at == midnight() + timedelta(days=rules.profile_reuse_days)
    assert (profile.business_category, profile.jurisdiction_country) == ("Private Organization", "GB")
    assert profile.registration_number == "01234567"
    assert profile.ev_requests.get().status == EvRequest.Status.APPROVED
    assert recipients() == {people.paul.email, people.gina.email}


def test_ev_by_one_person_twice_is_refused(people, ev_case):
    actions.first_approve(ev_case, by=people.vera)

    with pytest.raises(actions.NeedsAnother, match="You gave the first approval"):
        actions.approve(ev_case, by=people.vera)

    ev_case.profile.refresh_from_db()
    assert (ev_case.profile.status, ev_case.profile.level) == (Status.UPGRADING, Level.OV)


def test_ev_without_a_first_approval_is_refused(people, ev_case):
    with pytest.raises(actions.NeedsAnother, match="the first one has not been given"):
        actions.approve(ev_case, by=people.victor)


def test_who_collected_evidence_cannot_give_the_final_approval(people, ev_case):
    actions.first_approve(ev_case, by=people.victor)

    with pytest.raises(actions.NeedsAnother, match="Legal existence"):
        actions.approve(ev_case, by=people.vera)


def test_a_check_after_the_first_approval_voids_it(people, ev_case):
    actions.first_approve(ev_case, by=people.vera)

    actions.record_check(
        ev_case, checklists.find("EV", "phone"), source="Called.", checked_on=clock.now().date(), by=people.vera
    )

    ev_case.refresh_from_db()
    assert (ev_case.first_approver, ev_case.first_approved_at) == (None, None)


def test_the_first_approval_needs_everything_too(people, upgrading):
    case = make_case(upgrading, Level.EV, checked_by=people.vera, except_for=("denied", "terms"))

    with pytest.raises(actions.NotComplete, match=r"Denied lists \(Missing\)"):
        actions.first_approve(case, by=people.vera)


def test_ev_without_accepted_terms_is_refused(people, upgrading):
    upgrading.ev_requests.update(status=EvRequest.Status.SIGNING, terms_version="")
    case = make_case(upgrading, Level.EV, checked_by=people.vera, except_for=("terms",))

    with pytest.raises(actions.NotComplete, match="EV terms accepted"):
        actions.first_approve(case, by=people.vera)


def test_what_was_found_for_ov_counts_for_ev_where_it_is_the_same_item(people, upgrading):
    make_case(upgrading, checked_by=people.vera, status=CaseStatus.APPROVED)

    lines = checklists.checklist(make_case(upgrading, Level.EV))

    assert {line.item.key for line in lines if line.is_complete} == {"phone", "terms"}


def test_what_was_found_about_people_counts_for_that_case_only(people, ev_case):
    ev_case.status = CaseStatus.DECLINED
    ev_case.save()

    lines = checklists.checklist(make_case(ev_case.profile, Level.EV))

    missing = {line.item.key for line in checklists.incomplete(lines)}
    assert missing == {"approver", "signer", "denied"}


def test_a_declined_upgrade_leaves_the_profile_ready_at_ov(people, ev_case):
    actions.decline(ev_case, reason="The signer is unknown there.", by=people.vera)

    profile = OrganizationProfile.objects.get(pk=ev_case.profile_id)
    assert (profile.status, profile.level, profile.reason) == (
        Status.READY,
        Level.OV,
        "The signer is unknown there.",
    )
    assert profile.ev_requests.get().status == EvRequest.Status.DECLINED


# Suspending, resuming, vetting again


def test_suspending_and_resuming_an_upgrade(people, ev_case):
    profile = actions.suspend(ev_case.profile, reason="A complaint.", by=people.vera)
    assert (profile.status, profile.reason) == (Status.SUSPENDED, "A complaint.")

    profile = actions.resume(profile, by=people.victor)

    assert (profile.status, profile.reason) == (Status.UPGRADING, "")
    assert VettingCase.objects.get().status == CaseStatus.OPEN


def test_nothing_is_approved_while_it_is_suspended(people, ev_case):
    actions.suspend(ev_case.profile, reason="A complaint.", by=people.vera)

    with pytest.raises(MovedOn, match="is Suspended now"):
        actions.first_approve(ev_case, by=people.vera)


def test_suspending_ends_a_revetting(people):
    case = actions.start_revetting(people.ov, by=people.vera)

    actions.suspend(people.ov, reason="A complaint.", by=people.vera)
    profile = actions.resume(people.ov, by=people.vera)

    case.refresh_from_db()
    assert (profile.status, case.status) == (Status.READY, CaseStatus.WITHDRAWN)


@pytest.mark.parametrize("status", [Status.READY, Status.EXPIRING, Status.EXPIRED])
def test_revetting_leads_back_to_ready(people, status):
    profile = make_profile(people.company, "Old", status=status)
    case = actions.start_revetting(profile, by=people.vera)
    for item in checklists.items(Level.OV):
        make_check(case, item.key, by=people.vera)

    actions.approve(case, by=people.vera)

    profile.refresh_from_db()
    assert (profile.status, audit.of(profile).last().verb) == (Status.READY, "renew")


def test_a_revetting_that_the_end_overtakes_stays_in_the_queue_and_goes_on(people):
    case = actions.start_revetting(people.ov, by=people.vera)
    move(people.ov, "expire")

    assert list(VettingCase.objects.awaiting_vetting()) == [case]
    assert actions.start_revetting(people.ov, by=people.vera) == case


def test_an_upgrade_that_the_end_overtakes_is_over(people, ev_case):
    move(ev_case.profile, "expire")

    case = actions.start_revetting(ev_case.profile, by=people.vera)

    ev_case.refresh_from_db()
    assert (case.level, case.is_revetting, ev_case.status) == (Level.OV, True, CaseStatus.WITHDRAWN)
    assert EvRequest.objects.get().status == EvRequest.Status.CANCELED


def test_revetting_ev_takes_two_people_again(people):
    profile = make_ev_profile(people.company)
    make_ev_request(profile, people.gina, status=EvRequest.Status.APPROVED)
    case = actions.start_revetting(profile, by=people.vera)
    for item in checklists.items(Level.EV):
        if item.key != "terms":
            make_check(case, item.key, by=people.vera)

    actions.first_approve(case, by=people.vera)
    actions.approve(case, by=people.victor)

    profile.refresh_from_db()
    assert (profile.status, profile.level) == (Status.READY, Level.EV)


@pytest.mark.parametrize("status", [Status.PENDING, Status.SUSPENDED, Status.DECLINED])
def test_from_elsewhere_there_is_no_revetting(people, status):
    with pytest.raises(MovedOn):
        actions.start_revetting(make_profile(people.company, "Old", status=status), by=people.vera)


def test_the_queue_opens_one_case_a_profile(people, pending):
    assert actions.open_case(pending, Level.OV) == actions.open_case(pending, Level.OV)


# Who may, and who was faster

DECISIONS = {
    "take": lambda case, by: actions.take(case, by=by),
    "release": lambda case, by: actions.release(case, by=by),
    "check": lambda case, by: actions.record_check(
        case, checklists.find("OV", "phone"), source="Called.", checked_on=clock.now().date(), by=by
    ),
    "first_approve": lambda case, by: actions.first_approve(case, by=by),
    "approve": lambda case, by: actions.approve(case, by=by),
    "decline": lambda case, by: actions.decline(case, reason="No.", by=by),
    "suspend": lambda case, by: actions.suspend(case.profile, reason="No.", by=by),
    "resume": lambda case, by: actions.resume(case.profile, by=by),
    "revet": lambda case, by: actions.start_revetting(case.profile, by=by),
}


@pytest.mark.parametrize("person", ["gina", "paul", "stan", "stranger"])
@pytest.mark.parametrize("decision", DECISIONS)
def test_only_the_vetting_team_decides(people, pending, decision, person):
    case = make_case(pending, checked_by=people.vera)

    with pytest.raises(PermissionDenied):
        DECISIONS[decision](case, getattr(people, person))

    pending.refresh_from_db()
    assert pending.status == Status.PENDING
    assert not audit.of(pending).exists()


@pytest.mark.parametrize("decision", ["take", "check", "first_approve", "approve", "decline"])
def test_a_case_that_was_closed_meanwhile_is_told(people, pending, decision):
    case = make_case(pending, checked_by=people.vera)
    actions.decline(VettingCase.objects.get(), reason="No.", by=people.victor)
    checks = Check.objects.count()

    with pytest.raises(Refused, match=r"Somebody was faster: the case of “New” was closed \(Declined\)"):
        DECISIONS[decision](case, people.vera)

    assert Check.objects.count() == checks


def test_what_somebody_has_taken_is_not_taken_again(people, pending):
    case = make_case(pending)
    actions.take(case, by=people.vera)

    with pytest.raises(MovedOn, match="Vera"):
        actions.take(case, by=people.victor)


def test_given_back_it_can_be_taken(people, pending):
    case = make_case(pending)
    actions.take(case, by=people.vera)
    actions.release(case, by=people.victor)

    assert actions.take(case, by=people.victor).taken_by == people.victor


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_is_told():
    people = make_people()
    profile = make_profile(people.company, "New", status=Status.PENDING)
    make_case(profile, checked_by=people.vera)
    together, told = threading.Barrier(2), []

    def decide(act, person):
        case = VettingCase.objects.select_related("profile").get()
        together.wait()
        try:
            act(case, person)
        except Refused as refusal:
            told.append(str(refusal))
        finally:
            connection.close()

    threads = [
        threading.Thread(target=decide, args=(DECISIONS["approve"], people.vera)),
        threading.Thread(target=decide, args=(DECISIONS["decline"], people.victor)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    profile.refresh_from_db()
    closing = [entry for entry in audit.of(profile) if entry.verb in ("approve", "decline")]
    assert len(told) == 1
    assert "Somebody was faster" in told[0]
    assert len(closing) == 1
    assert VettingCase.objects.get().status == (
        CaseStatus.APPROVED if profile.status == Status.READY else CaseStatus.DECLINED
    )


@pytest.mark.django_db(transaction=True)
def test_of_two_first_approvals_at_once_one_counts():
    people = make_people()
    profile = make_profile(people.company, "New", status=Status.UPGRADING)
    make_ev_request(profile, people.gina)
    make_case(profile, Level.EV, checked_by=people.vera, except_for=("terms",))
    together, told = threading.Barrier(2), []

    def decide(person):
        case = VettingCase.objects.select_related("profile").get()
        together.wait()
        try:
            actions.first_approve(case, by=person)
        except Refused as refusal:
            told.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=(person,)) for person in (people.vera, people.victor)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(told) == 1
    assert audit.of(profile).filter(verb="first_approval").count() == 1


def test_orders_that_waited_for_the_profile_go_on(people, ca, django_capture_on_commit_callbacks):
    make_domain(people.ov)
    actions.suspend(people.ov, reason="A complaint.", by=people.vera)
    order = make_order(people.ov, people.paul)

    with django_capture_on_commit_callbacks(execute=True):
        actions.resume(people.ov, by=people.vera)

    order.refresh_from_db()
    assert order.status == OrderStatus.ISSUED
