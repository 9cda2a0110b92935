"""Certificates are issued in batches: shared by workers, survived by what is due, and no order harms another."""

from datetime import timedelta

import pytest
import time_machine
from cryptography.hazmat.primitives.serialization import load_der_public_key

from certificates import csr, issuing, keys, tasks
from certificates.actions import caa_checks, processing, requests, revocation
from certificates.blockers import blockers
from certificates.models import Certificate, Issuance, Order
from certificates.states import Hold, Reason, Status
from sslportal.kit import audit, clock, queue
from sslportal.kit.models import OutgoingMail
from tests.certificates.test_races import Unread, at_once
from tests.factories import issue, make_domain, make_issued, make_order, make_profile, plan
from tests.openssl import csr_pem

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def _no_worker_reads(ca):
    """The message to sign what is planned waits."""
    queue.once_after_commit(Unread(tasks.issue_planned))


@pytest.fixture
def planned(people, _no_worker_reads):
    """Make so many planned orders, in batches of two."""

    def make(count):
        make_domain(people.ov)
        orders = [make_order(people.ov, people.paul, name=f"host-{number}.example.com") for number in range(count)]
        for order in orders:
            caa_checks.check(order)
        return orders

    return make


@pytest.fixture
def _batches_of_two(monkeypatch):
    monkeypatch.setattr(issuing, "BATCH", 2)


def assert_issued_once(orders):
    pks = {order.pk for order in orders}
    assert set(Certificate.objects.values_list("order", flat=True)) == pks
    assert set(Order.objects.filter(status=Status.ISSUED).values_list("pk", flat=True)) == pks
    assert [audit.of(order).filter(verb="issue").count() for order in orders] == [1] * len(orders)
    assert sorted(OutgoingMail.objects.values_list("key", flat=True)) == sorted(
        f"certificate-issued:{pk}" for pk in pks
    )


@pytest.mark.usefixtures("_batches_of_two")
def test_two_workers_share_what_is_planned(planned):
    orders = planned(4)

    at_once(issuing.issue_planned, issuing.issue_planned)

    assert_issued_once(orders)
    assert not Issuance.objects.exclude(due_at=None).exists()


def test_two_workers_with_the_same_batch_issue_it_once(planned):
    """One was so slow that it was taken for dead."""
    orders = planned(3)
    pks = [order.pk for order in orders]

    at_once(lambda: issuing._issue(pks), lambda: issuing._issue(pks))

    assert_issued_once(orders)


@pytest.mark.usefixtures("_batches_of_two")
def test_for_what_is_left_there_is_another_message(planned):
    orders = planned(5)

    tasks.issue_planned()

    assert_issued_once(orders)


def test_what_a_worker_took_into_its_death_is_issued_a_minute_later(planned):
    orders = planned(3)
    assert set(issuing._take()) == {order.pk for order in orders}

    issuing.issue_planned()
    assert not Certificate.objects.exists()
    with time_machine.travel(clock.now() + timedelta(seconds=61), tick=False):
        queue.taken(tasks.issue_planned)
        processing.sweep_orders()

    assert_issued_once(orders)


def test_an_order_that_cannot_be_signed_harms_no_other(planned):
    orders = planned(4)
    bad = orders.pop(1)
    Order.objects.filter(pk=bad.pk).update(country="G1")

    issuing.issue_planned()

    assert_issued_once(orders)
    bad.refresh_from_db()
    assert (bad.status, bad.hold) == (Status.PENDING, Hold.LINT)
    assert bad.hold_detail == "the country “G1” is not two upper-case letters"
    assert bad.issuance.due_at is None


def test_an_order_that_cannot_be_recorded_harms_no_other_and_is_tried_again(planned, people):
    orders = planned(4)
    bad = orders.pop(1)
    taken = make_issued(people.ov, people.paul).certificate
    same = {name: getattr(bad.issuance, name) for name in ("authority", "serial_number")}
    Certificate.objects.filter(pk=taken.pk).update(**same)

    issuing.issue_planned()

    Certificate.objects.filter(pk=taken.pk).delete()
    Order.objects.filter(pk=taken.order_id).delete()
    assert_issued_once(orders)
    bad.refresh_from_db()
    assert (bad.status, bad.hold) == (Status.PENDING, "")
    assert bad.issuance.due_at > clock.now()


def test_a_cancelation_meanwhile_is_for_that_order_alone(planned, people):
    orders = planned(3)
    canceled = orders.pop()

    at_once(issuing.issue_planned, lambda: requests.cancel_order(canceled, by=people.paul))

    canceled.refresh_from_db()
    assert canceled.status in (Status.CANCELED, Status.ISSUED)
    assert Certificate.objects.filter(order=canceled).exists() == (canceled.status == Status.ISSUED)
    assert Certificate.objects.filter(order__in=orders).count() == 2


def test_a_cancelation_of_what_a_worker_has_taken_comes_first(planned, people):
    orders = planned(2)
    canceled = orders.pop()
    pks = issuing._take()
    requests.cancel_order(canceled, by=people.paul)

    issuing._issue(pks)

    assert [certificate.order for certificate in Certificate.objects.all()] == orders
    canceled.refresh_from_db()
    assert canceled.status == Status.CANCELED


def test_a_revocation_while_others_are_issued(planned, people):
    make_domain(people.ov, "example.org")
    old = make_order(people.ov, people.paul, name="www.example.org")
    issue(old)
    orders = planned(3)

    said = at_once(issuing.issue_planned, lambda: revocation.revoke_order(old, reason=Reason.CHANGED, by=people.paul))

    assert not isinstance(said[1], Exception)
    old.refresh_from_db()
    assert old.status == Status.REVOKED
    assert Certificate.objects.filter(order__in=orders).count() == 3


def test_a_new_csr_for_what_a_worker_has_taken_gets_a_number_of_its_own(planned, people):
    [order] = planned(1)
    old = Issuance.objects.get().serial_number
    pks = issuing._take()
    requests.ask_for_csr(order, reason="Another key, please.", by=people.vera)
    requests.supply_csr(order, new_csr=keys.read_csr(csr_pem("shop.example.com")), by=people.paul)

    issuing._issue(pks)

    certificate = Certificate.objects.get()
    assert certificate.serial_number != old
    assert certificate.x509.public_key() == csr_key(Order.objects.get())


def csr_key(order):
    return load_der_public_key(csr.spki_of(order.csr))


def test_a_key_that_is_weak_by_itself_is_found_before_it_is_signed(planned):
    """What was fit when the CSR was read, and is not for the version of today."""
    orders = planned(2)
    weak = orders.pop()
    Order.objects.filter(pk=weak.pk).update(csr=csr_pem(key="rsa:1024"))

    issuing.issue_planned()

    assert [certificate.order for certificate in Certificate.objects.all()] == orders
    weak.refresh_from_db()
    assert (weak.status, weak.hold, weak.hold_detail) == (Status.PENDING, Hold.KEY, "rsa-too-small:1024")
    assert OutgoingMail.objects.get(key__startswith="certificate-csr-needed:").to == "paul@example.com"


def test_more_orders_ask_the_database_no_more(planned, people, django_assert_num_queries):
    one, *more = planned(4)
    for order in Order.objects.all():
        assert blockers(order) == []
    Issuance.objects.all().delete()

    with django_assert_num_queries(10):
        processing.process_orders([one.pk])
    with django_assert_num_queries(10):
        processing.process_orders([order.pk for order in more])

    assert Issuance.objects.exclude(due_at=None).count() == 4


def test_domains_of_another_profile_in_the_batch_prove_nothing(planned, people):
    planned(1)
    other = make_profile(people.company, "Without domains", primary=people.paul)
    order = make_order(other, people.paul, name="www.example.com")

    processing.process_orders([*Order.objects.values_list("pk", flat=True)])

    assert [blocker.code for blocker in blockers(order)] == ["domain-missing"]
    assert plan(order) is None
