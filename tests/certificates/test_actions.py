"""The verbs of orders: who may do what from where, what follows, and what happens only once."""

import uuid

import pytest
from django.core.exceptions import PermissionDenied

from certificates import csr
from certificates.actions import processing, requests, revocation
from certificates.models import Order
from certificates.states import MOVES, Hold, Reason, Status
from domains.methods import NotOnOffer
from domains.models import Attempt, Domain
from domains.states import Method
from sslportal.kit import audit
from sslportal.kit.models import OutgoingMail
from sslportal.kit.moves import MovedOn
from tests.factories import make_domain, make_ev_profile, make_issued, make_order
from tests.openssl import csr_pem

VERBS = {  # what a person asks for, and the statuses from which it goes
    "approve": (requests.approve_order, {Status.APPROVE: Status.PENDING}),
    "cancel": (requests.cancel_order, {Status.APPROVE: Status.CANCELED, Status.PENDING: Status.CANCELING}),
    "reject": (
        lambda order, by: requests.reject_order(order, reason="No.", by=by),
        {Status.APPROVE: Status.REJECTED, Status.PENDING: Status.REJECTED},
    ),
    "revoke": (
        lambda order, by: revocation.revoke_order(order, reason=Reason.CHANGED, by=by),
        {Status.ISSUED: Status.REVOKED, Status.UNUSED: Status.REVOKED},
    ),
    "mark unused": (revocation.mark_unused, {Status.ISSUED: Status.UNUSED}),
    "restore": (revocation.restore_order, {Status.UNUSED: Status.ISSUED}),
}
MAY = {
    "approve": {"paul"},
    "cancel": {"paul", "stan"},
    "reject": {"vera"},
    "revoke": {"paul", "vera"},
    "mark unused": {"paul"},
    "restore": {"paul"},
}
MOVED_BY = {  # every move of the table is somebody's
    "approve": "approve", "cancel": "cancel", "ask_to_cancel": "cancel", "reject": "reject", "revoke": "revoke",
    "mark_unused": "mark unused", "restore": "restore",
    "finish_canceling": "a worker", "issue": "a worker", "expire": "a worker",
}  # fmt: skip
HAS_CERTIFICATE = {Status.ISSUED, Status.UNUSED, Status.REVOKED, Status.EXPIRED}
PERSONS = ("stranger", "stan", "paul", "gina", "vera")


def wanted(profile, name="www.example.com", **fields):
    values = {
        "profile": profile,
        "level": profile.level,
        "hash_algorithm": "SHA-256",
        "validity": "365-days",
        "request": csr.read(csr_pem()),
        "common_name": name,
        "sans": [],
    }
    return requests.Wanted(**(values | fields))


def submit(profile, by, submission=None, **fields):
    return requests.submit_order(wanted(profile, **fields), submission=submission or uuid.uuid4(), by=by)


@pytest.mark.parametrize("person", PERSONS)
@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_from_every_status_by_every_person(people, verb, status, person):
    action, leads = VERBS[verb]
    make = make_issued if status in HAS_CERTIFICATE else make_order
    order = make(people.ov, people.stan, status=status)
    by = getattr(people, person)

    if person not in MAY[verb]:
        with pytest.raises(PermissionDenied):
            action(order, by=by)
        expected = status
    elif status not in leads:
        with pytest.raises(MovedOn):
            action(order, by=by)
        expected = status
    else:
        action(order, by=by)
        expected = leads[status]

    assert Order.objects.get().status == expected


def test_every_move_of_the_table_is_tried():
    assert set(MOVED_BY) == set(MOVES)
    assert set(MOVED_BY.values()) == {*VERBS, "a worker"}


def test_a_standard_may_revoke_and_set_aside_where_the_profile_says_so(people):
    people.ov.standard_may_revoke = True
    people.ov.save()

    revoked = revocation.revoke_order(make_issued(people.ov, people.paul), reason=Reason.CHANGED, by=people.stan)
    unused = revocation.mark_unused(make_issued(people.ov, people.paul), by=people.stan)

    assert (revoked.status, unused.status) == (Status.REVOKED, Status.UNUSED)


def test_the_table_of_moves_knows_every_status_it_speaks_of():
    spoken_of = {row.target for row in MOVES.values()} | {source for row in MOVES.values() for source in row.sources}

    assert spoken_of <= set(Status)


def test_a_primarys_request_is_pending_and_approved_by_the_primary(people):
    order = submit(people.ov, people.paul)

    assert (order.status, order.approver) == (Status.PENDING, people.paul)
    assert [entry.verb for entry in audit.of(order)] == ["request"]


def test_a_standards_request_waits_and_the_primaries_are_told(people):
    order = submit(people.ov, people.stan)

    assert (order.status, order.approver) == (Status.APPROVE, None)
    assert OutgoingMail.objects.get(key=f"certificate-approve:{order.pk}").to == "paul@example.com"


def test_a_standard_may_approve_where_the_profile_says_so(people):
    people.ov.standard_may_approve = True
    people.ov.save()

    assert submit(people.ov, people.stan).status == Status.PENDING


def test_a_person_without_a_role_in_the_profile_cannot_request(people):
    for person in (people.gina, people.stranger, people.vera):
        with pytest.raises(PermissionDenied):
            submit(people.ov, person)

    assert not Order.objects.exists()


def test_the_same_submission_sent_twice_makes_one_order(people):
    submission = uuid.uuid4()

    first, second = (submit(people.ov, people.paul, submission) for _ in range(2))

    assert first == second
    assert Order.objects.count() == 1


def test_the_subject_is_the_profiles_vetted_data_as_of_the_request(people):
    order = submit(people.ov, people.paul)
    people.ov.organization = "Renamed Ltd"
    people.ov.save()

    order.refresh_from_db()

    assert (order.organization, order.locality, order.country) == ("Example Corporation", "London", "GB")


def test_an_ev_order_keeps_the_registration_data(people):
    profile = make_ev_profile(people.company, primary=people.paul)

    order = submit(profile, people.paul)

    assert order.subject["registration_number"] == "01234567"
    assert order.subject["business_category"] == "Private Organization"


def test_a_new_name_adds_its_domain_and_mails_the_chosen_address(people):
    submit(people.ov, people.paul, name="www.new-example.org", controls={"new-example.org": "admin@new-example.org"})

    domain = Domain.objects.get()
    attempt = domain.attempts.get()
    assert (domain.name, domain.status, attempt.method) == ("new-example.org", "pending", Method.MAIL)
    assert [mail.to for mail in OutgoingMail.objects.filter(key__startswith="domain-confirm")] == [
        "admin@new-example.org"
    ]


def test_an_address_that_is_not_on_offer_is_refused(people):
    with pytest.raises(NotOnOffer):
        submit(people.ov, people.paul, name="www.new-example.org", controls={"new-example.org": "me@evil.example"})

    assert not Order.objects.exists()


def test_names_that_mix_scripts_hold_the_order_for_the_vetting_team(people):
    make_domain(people.ov)

    order = submit(people.ov, people.paul, name="xn--pple-43d.example.com")

    assert order.hold == Hold.NAMES
    assert list(Order.objects.awaiting_vetting()) == [order]


def test_domains_to_upgrade_are_locked_in_one_order_whatever_the_order_of_the_names(people):
    """Else two requests for the same names at once could wait for each other."""
    profile = make_ev_profile(people.company, primary=people.paul)
    domains = [make_domain(profile, f"example.{top}").name for top in ("com", "org", "net")]

    submit(profile, people.paul, name="www.example.net", sans=["www.example.org", "www.example.com"])

    assert list(Attempt.objects.order_by("pk").values_list("name", flat=True)) == domains


def test_releasing_lets_a_held_order_go_on(people):
    make_domain(people.ov)
    order = submit(people.ov, people.paul, name="xn--pple-43d.example.com")

    requests.release_order(order, by=people.vera)

    order.refresh_from_db()
    assert order.hold == ""
    assert not Order.objects.awaiting_vetting().exists()
    with pytest.raises(MovedOn):
        requests.release_order(order, by=people.victor)


def test_only_the_vetting_team_releases(people):
    order = make_order(people.ov, people.paul, hold=Hold.LINT)

    with pytest.raises(PermissionDenied):
        requests.release_order(order, by=people.paul)


def test_rejecting_tells_the_requester_why(people):
    order = make_order(people.ov, people.paul, recipients=["web@example.com"])

    requests.reject_order(order, reason="Not your trade mark.", by=people.vera)

    mails = OutgoingMail.objects.filter(key=f"certificate-rejected:{order.pk}")
    assert sorted(mail.to for mail in mails) == ["paul@example.com", "web@example.com"]
    assert "Not your trade mark." in mails[0].text


def test_canceling_a_pending_order_is_finished_by_the_worker(people):
    order = requests.cancel_order(make_order(people.ov, people.paul), by=people.stan)

    processing.process_order(order)

    order.refresh_from_db()
    assert order.status == Status.CANCELED
    assert [entry.verb for entry in audit.of(order)] == ["ask_to_cancel", "finish_canceling"]
