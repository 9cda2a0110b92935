"""The vetting team's desk: what waits, and the decisions, each of them one action."""

import pytest

from certificates.models import Order
from certificates.states import Hold, Status
from domains.models import Domain
from domains.states import Status as DomainStatus
from tests.factories import make_attempt, make_domain, make_order


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


def test_approving_a_domain(vera, domain):
    assert "Approve" in vera.get(f"/vetting/domains/domain/{domain.pk}/change/").content.decode()

    vera.post(f"/vetting/domains/domain/{domain.pk}/decide/approve/")

    assert Domain.objects.get().status == DomainStatus.READY


def test_declining_a_domain_needs_a_reason(vera, domain):
    where = f"/vetting/domains/domain/{domain.pk}/decide/decline/"

    vera.post(where, {"reason": "  "})
    assert Domain.objects.get().status == DomainStatus.PENDING
    vera.post(where, {"reason": "Not yours."})

    assert Domain.objects.get().decline_reason == "Not yours."


def test_approving_an_order_releases_it(vera, order):
    vera.post(f"/vetting/certificates/order/{order.pk}/decide/approve/")

    assert Order.objects.get().hold == ""


def test_declining_an_order_rejects_it_with_the_reason(vera, order):
    vera.post(f"/vetting/certificates/order/{order.pk}/decide/decline/", {"reason": "Deceptive."})

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
