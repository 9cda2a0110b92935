"""The vetting team's desk: what waits, and the decisions, each of them one action."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from certificates import keys
from certificates.actions.revocation import revoke_order
from certificates.models import Order
from certificates.states import Hold, Reason, Status
from domains.models import Domain
from domains.states import Status as DomainStatus
from profiles.states import Level
from profiles.states import Status as ProfileStatus
from sslportal.kit import clock
from tests.factories import make_attempt, make_case, make_domain, make_issued, make_order, make_profile


@pytest.fixture
def vera(people, sign_in):
    return sign_in(people.vera)


@pytest.fixture
def domain(people):
    domain = make_domain(people.ov, "example-new.com", status=DomainStatus.PENDING)
    make_attempt(domain)
    return domain


@pytest.fixture
def order(people):
    return make_order(people.ov, people.paul, hold=Hold.NAMES, hold_detail="xn--pple-43d.example.com")


def test_the_desk_shows_what_waits_and_nothing_else(people, vera, domain, order):
    make_domain(people.ov, "example-ready.com")
    make_order(people.ov, people.paul, name="issued.example.com", status=Status.ISSUED)

    shown = vera.get("/vetting/").content.decode()

    for waiting in ("example-new.com", "www.example.com", "could deceive"):
        assert waiting in shown
    for not_waiting in ("example-ready.com", "issued.example.com"):
        assert not_waiting not in shown


def queue(client):
    return client.get("/vetting/").context["queue"]


def decide(client, order, key, **answers):
    """Open the page of a decision on the order, and send it."""
    where = f"/vetting/certificates/order/{order.pk}/decide/{key}/"
    return client.post(where, {**answers, "seen": client.get(where).context["seen"]})


def days_ago(days):
    return clock.now() - timedelta(days=days)


def wait_for_everything(people, number):
    """A profile, a domain and an order, each older than those of the next number."""
    profile = make_profile(people.company, f"New {number}", status=ProfileStatus.PENDING)
    make_case(profile, opened_at=days_ago(30 - number))
    domain = make_domain(
        people.ov, f"example-{number}.com", status=DomainStatus.PENDING, updated_at=days_ago(20 - number)
    )
    make_attempt(domain)
    make_order(
        people.ov, people.paul, name=f"www{number}.example.net", hold=Hold.NAMES, updated_at=days_ago(10 - number)
    )


def test_the_queue_holds_profiles_domains_and_orders_oldest_first(people, vera):
    for number in (2, 1):
        wait_for_everything(people, number)

    rows = queue(vera)

    assert [(row.kind, str(getattr(row.thing, "common_name", row.thing)), row.days) for row in rows] == [
        ("Organization profile", "New 1", 29),
        ("Organization profile", "New 2", 28),
        ("Domain", "example-1.com", 19),
        ("Domain", "example-2.com", 18),
        ("Order", "www1.example.net", 9),
        ("Order", "www2.example.net", 8),
    ]


def test_the_queue_says_what_waits_for_a_thing_and_who_has_it(people, vera, domain):
    upgrading = make_profile(people.company, "Up", status=ProfileStatus.UPGRADING)
    make_case(upgrading, Level.EV, taken_by=people.victor)
    make_order(upgrading, people.paul, level=Level.OV)
    make_order(upgrading, people.paul, level=Level.EV)
    for name in ("example-new.com", "a.example-new.com", "other-example-new.com"):
        make_order(people.ov, people.paul, name=name)

    by_kind = {row.kind: row for row in queue(vera)}

    assert (by_kind["Upgrade to EV"].blocks, by_kind["Upgrade to EV"].taken_by) == (1, people.victor)
    assert (by_kind["Domain"].blocks, by_kind["Domain"].taken_by) == (2, None)


def test_the_queue_takes_as_many_queries_however_much_waits(people, vera):
    wait_for_everything(people, 1)
    vera.get("/vetting/")

    with CaptureQueriesContext(connection) as few:
        vera.get("/vetting/")
    for number in (2, 3, 4):
        wait_for_everything(people, number)
    with CaptureQueriesContext(connection) as many:
        vera.get("/vetting/")

    assert len(many) == len(few)


def test_the_queue_shows_the_hundred_oldest(people, vera):
    for number in range(101):
        domain = make_domain(
            people.ov, f"d{number}.com", status=DomainStatus.PENDING, updated_at=days_ago(200 - number)
        )
        make_attempt(domain)

    shown = vera.get("/vetting/").content.decode()

    assert "d0.com" in shown
    assert "d100.com" not in shown
    assert "These are the 100 oldest." in shown


def test_approving_a_domain(vera, domain):
    assert "Approve" in vera.get(f"/vetting/domains/domain/{domain.pk}/change/").content.decode()

    page = vera.get(f"/vetting/domains/domain/{domain.pk}/decide/approve/")
    sent = {"proved_by": "manual", "source": "Called the owner.", "note": "", "seen": page.context["seen"]}
    vera.post(f"/vetting/domains/domain/{domain.pk}/decide/approve/", sent)

    assert Domain.objects.get().status == DomainStatus.READY


def test_declining_a_domain_needs_a_reason(vera, domain):
    where = f"/vetting/domains/domain/{domain.pk}/decide/decline/"

    seen = vera.get(where).context["seen"]
    vera.post(where, {"reason": "  ", "seen": seen})
    assert Domain.objects.get().status == DomainStatus.PENDING
    vera.post(where, {"reason": "Not yours.", "seen": seen})

    assert Domain.objects.get().reason == "Not yours."


def test_approving_an_order_releases_it(vera, order):
    decide(vera, order, "approve")

    assert Order.objects.get().hold == ""


def test_declining_an_order_rejects_it_with_the_reason(vera, order):
    decide(vera, order, "decline", reason="Deceptive.")

    order.refresh_from_db()
    assert (order.status, order.reject_reason) == (Status.REJECTED, "Deceptive.")


def test_opening_a_decision_decides_nothing(vera, order):
    vera.get(f"/vetting/certificates/order/{order.pk}/decide/approve/")

    assert Order.objects.get().hold == Hold.NAMES


def test_what_no_longer_waits_is_told(vera, people):
    order = make_order(people.ov, people.paul, status=Status.CANCELED)

    response = vera.post(f"/vetting/certificates/order/{order.pk}/decide/approve/", follow=True)

    assert "This no longer waits for a decision." in response.content.decode()


def test_nothing_is_edited_by_hand(vera, order):
    assert vera.post(f"/vetting/certificates/order/{order.pk}/change/", {"status": "issued"}).status_code == 403
    assert Order.objects.get().status == Status.PENDING


def test_a_live_certificate_with_a_compromised_key_waits_to_be_revoked(people, vera):
    mine, theirs = make_issued(people.ov, people.paul), make_issued(people.foreign_ov, people.stranger)
    revoke_order(mine, reason=Reason.KEY, by=people.paul)

    shown = vera.get(f"/vetting/certificates/order/{theirs.pk}/change/").content.decode()
    decide(vera, theirs, "revoke", reason="key", detail="")

    assert "Its key was reported as compromised with another certificate." in shown
    assert [order.status for order in Order.objects.order_by("pk")] == [Status.REVOKED, Status.REVOKED]
    assert queue(vera) == []


@pytest.mark.parametrize(
    ("status", "hold", "decisions"),
    [
        (Status.APPROVE, "", ["decline"]),
        (Status.PENDING, "", ["ask-for-csr", "decline"]),
        (Status.PENDING, Hold.NAMES, ["approve", "ask-for-csr", "decline"]),
        (Status.PENDING, Hold.LINT, ["approve", "ask-for-csr", "decline"]),
        (Status.PENDING, Hold.CSR, ["approve", "decline"]),
        (Status.PENDING, Hold.KEY, ["decline"]),
        (Status.CANCELING, "", []),
        (Status.ISSUED, "", ["revoke"]),
        (Status.UNUSED, "", ["revoke"]),
        (Status.REVOKED, "", ["report-key"]),
        (Status.EXPIRED, "", ["report-key"]),
        (Status.REJECTED, "", []),
        (Status.CANCELED, "", []),
    ],
)
def test_the_desk_offers_what_can_be_decided_of_an_order(people, vera, status, hold, decisions):
    order = make_order(people.ov, people.paul, status=status, hold=hold, hold_detail="rsa-prime:" if hold else "")

    page = vera.get(f"/vetting/certificates/order/{order.pk}/change/")

    assert [decision.key for decision in page.context["decisions"]] == decisions


def test_the_desk_asks_for_a_new_csr(people, vera, order):
    decide(vera, order, "ask-for-csr", reason="Another key, please.")

    order.refresh_from_db()
    assert (order.status, order.hold, order.awaited_csr) == (Status.PENDING, Hold.CSR, "Another key, please.")
    assert queue(vera) == []


def test_the_queue_says_why_and_since_when_a_live_certificate_is_in_it(people, vera):
    theirs = make_issued(people.foreign_ov, people.stranger)
    revoke_order(make_issued(people.ov, people.paul), reason=Reason.KEY, by=people.paul)

    (row,) = queue(vera)

    assert row.thing == theirs
    assert row.since > theirs.updated_at
    assert "reported as compromised" in vera.get("/vetting/").content.decode()


def test_a_false_report_is_taken_back(people, vera):
    theirs = make_issued(people.foreign_ov, people.stranger)
    revoke_order(make_issued(people.ov, people.paul), reason=Reason.KEY, by=people.paul)

    decide(vera, theirs, "clear-key", reason="Whoever reported it never had the key.")

    theirs.refresh_from_db()
    assert (theirs.status, queue(vera)) == (Status.ISSUED, [])


def test_the_key_of_a_certificate_that_is_over_is_reported(people, vera):
    over = make_issued(people.ov, people.paul, status=Status.EXPIRED)

    decide(vera, over, "report-key", reason="Found in a public repository.")

    assert keys.is_compromised(over.key_sha256)


def test_the_queue_takes_as_many_queries_for_three_endangered_certificates_as_for_one(people, vera):
    revoke_order(make_issued(people.ov, people.paul), reason=Reason.KEY, by=people.paul)
    counts = []

    for more in (1, 2):
        for _ in range(more):
            make_issued(people.foreign_ov, people.stranger)
        with CaptureQueriesContext(connection) as queries:
            queue(vera)
        counts.append(len(queries))

    assert len(queue(vera)) == 3
    assert counts[0] == counts[1]
