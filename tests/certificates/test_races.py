"""Two at once: whatever meets, exactly one thing happens, and whoever was slower is told."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from certificates import csr, issuing, tasks
from certificates.actions import processing, requests, revocation
from certificates.models import Certificate, Order, Revocation
from certificates.states import Kind, Reason, Status
from sslportal.kit import queue
from sslportal.kit.models import OutgoingMail
from sslportal.kit.moves import Refused
from tests.factories import make_domain, make_issued, make_order
from tests.openssl import csr_pem

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 4


def at_once(*verbs):
    """Run the verbs at the same time, each with a connection of its own. Returns what each said."""
    ready = Barrier(len(verbs))

    def run(verb):
        ready.wait(timeout=30)
        try:
            return verb()
        except (Refused, PermissionDenied) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(verbs)) as threads:
        return list(threads.map(run, verbs))


class Unread:
    """A message to a task, which no worker has taken yet."""

    def __init__(self, task):
        self.name = task.name

    def delay(self, *args):
        pass


def refusals(said):
    return [one for one in said if isinstance(one, Refused | PermissionDenied)]


def test_two_approvers_at_once_approve_once(people):
    order = make_order(people.ov, people.stan, status=Status.APPROVE)
    people.ov.standard_may_approve = True
    people.ov.save()

    said = at_once(*(lambda by=by: requests.approve_order(order, by=by) for by in (people.paul, people.stan)))

    assert len(refusals(said)) == 1
    assert Order.objects.get().status == Status.PENDING


def test_a_request_sent_twice_at_once_is_one_order(people):
    submission = uuid.uuid4()
    wanted = requests.Wanted(
        profile=people.ov, level="OV", hash_algorithm="SHA-256", validity="365-days", request=csr.read(csr_pem()),
        common_name="www.example.com", sans=[],
    )  # fmt: skip

    said = at_once(*[lambda: _submit(wanted, submission, people.paul)] * 2)

    assert Order.objects.count() == 1
    assert {one.pk for one in said if one} == {Order.objects.get().pk}


def _submit(wanted, submission, by):
    return requests.submit_order(wanted, submission=submission, by=by)


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_cancelation_and_issuing_end_in_exactly_one_of_the_two(people, ca, number):
    from certificates.actions import caa_checks

    make_domain(people.ov)
    order = make_order(people.ov, people.stan)
    queue.once_after_commit(Unread(tasks.issue_planned))
    caa_checks.check(order)

    at_once(issuing.issue_planned, lambda: requests.cancel_order(order, by=people.stan))
    processing.process_order(order)

    status, certificates = Order.objects.get().status, Certificate.objects.count()
    told = set(OutgoingMail.objects.values_list("key", flat=True))
    assert (status, certificates, told) in [
        (Status.ISSUED, 1, {f"certificate-issued:{order.pk}"}),
        (Status.CANCELED, 0, {f"certificate-canceled:{order.pk}"}),
    ]


def test_revoked_and_set_aside_at_once_is_never_valid_again(people, ca):
    order = make_issued(people.ov, people.stan)

    at_once(
        lambda: revocation.revoke_order(order, reason=Reason.CHANGED, by=people.paul),
        lambda: revocation.mark_unused(order, by=people.paul),
    )

    assert Order.objects.get().status == Status.REVOKED
    assert Revocation.objects.get().reason == Reason.CHANGED


def test_restored_and_revoked_at_once_ends_revoked(people, ca):
    order = make_issued(people.ov, people.stan, status=Status.UNUSED)

    at_once(
        lambda: revocation.restore_order(order, by=people.paul),
        lambda: revocation.revoke_order(order, reason=Reason.CHANGED, by=people.paul),
    )

    assert Order.objects.get().status == Status.REVOKED
    assert Revocation.objects.get().reason == Reason.CHANGED


def _renewal(source):
    return requests.Wanted(
        profile=source.profile, level="OV", hash_algorithm="SHA-256", validity="365-days",
        request=csr.read(csr_pem()), common_name="www.example.com", sans=[], kind=Kind.RENEWAL, source=source,
    )  # fmt: skip


def test_renewed_twice_at_once_is_renewed_once(people):
    source = make_issued(people.ov, people.stan, days=60)

    said = at_once(*(lambda by=by: _submit(_renewal(source), uuid.uuid4(), by) for by in (people.paul, people.stan)))

    assert len(refusals(said)) == 1
    assert Order.objects.filter(source=source).count() == 1


def test_revoked_while_it_is_renewed(people, ca):
    source = make_issued(people.ov, people.stan, days=60)

    said = at_once(
        lambda: _submit(_renewal(source), uuid.uuid4(), people.paul),
        lambda: revocation.revoke_order(source, reason=Reason.KEY, by=people.paul),
    )

    assert Order.objects.get(pk=source.pk).status == Status.REVOKED
    assert Order.objects.filter(source=source).count() == 1 - len(refusals(said))  # a revoked one is not renewed
