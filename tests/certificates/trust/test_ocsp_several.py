"""Several certificates in one OCSP request: their joint answer is signed by the worker, while who asked waits."""

from datetime import timedelta

import pytest
import time_machine
from cryptography.x509 import ReasonFlags
from django.utils import timezone

from certificates import tasks
from certificates.actions import revocation
from certificates.ca import ocsp_request
from certificates.models import (
    Certificate,
    OcspAnswer,
    OcspQuestion,
)
from certificates.states import Reason
from certificates.trust import answers, questions
from tests import stranger

COMMITS = pytest.mark.django_db(transaction=True)  # a joint answer is signed after a commit


def singles(reply):
    """What is said of each certificate, in turn."""
    return [(f"{one.serial_number:X}", one.certificate_status.name) for one in reply.ocsp.responses]


@COMMITS
@pytest.mark.parametrize("hash_name", ["sha1", "sha256"])
@pytest.mark.parametrize("ask", [stranger.get, stranger.post])
def test_several_questions_have_one_answer(orders, issuer, hash_name, ask):
    reply = ask(stranger.request_of(*stranger.cert_ids(orders, issuer, hash_name)))

    assert singles(reply) == [(order.serial_number, "GOOD") for order in orders]
    assert {one.hash_algorithm.name for one in reply.ocsp.responses} == {hash_name}
    stranger.assert_signed_for(reply.ocsp, issuer)
    assert not OcspQuestion.objects.exists()


@COMMITS
def test_each_is_answered_by_its_own_hash_and_has_its_own_status(orders, issuer, people):
    revocation.revoke_order(orders[1], reason=Reason.KEY, by=people.paul)
    asked = [
        stranger.cert_ids(orders, issuer)[0],
        stranger.cert_ids(orders, issuer, "sha256")[1],
        stranger.cert_ids(orders, issuer)[2],
    ]

    reply = stranger.post(stranger.request_of(*asked))

    assert [one.hash_algorithm.name for one in reply.ocsp.responses] == ["sha1", "sha256", "sha1"]
    assert [status for _serial, status in singles(reply)] == ["GOOD", "REVOKED", "GOOD"]
    assert [one.revocation_reason for one in reply.ocsp.responses] == [None, ReasonFlags.key_compromise, None]


@COMMITS
def test_a_joint_answer_is_of_now_and_good_for_four_days(orders, issuer):
    with time_machine.travel(timezone.now() + timedelta(hours=5), tick=False):
        joint = stranger.post(stranger.request_of(*stranger.cert_ids(orders, issuer))).ocsp

        now = timezone.now().replace(microsecond=0)
        assert joint.produced_at_utc == now
        dates = {(one.this_update_utc, one.next_update_utc) for one in joint.responses}
        assert dates == {(now, now + timedelta(days=4))}


@COMMITS
def test_the_same_certificate_asked_about_twice_is_told_twice(order, issuer):
    one = stranger.cert_id(order.certificate.x509, issuer)

    assert singles(stranger.post(stranger.request_of(one, one))) == [(order.serial_number, "GOOD")] * 2


@COMMITS
@pytest.mark.parametrize("said", ["requestor", "signature"])
def test_several_signed_questions_are_answered_too(orders, issuer, said):
    more = {
        "requestor": {"before": stranger.directory_name(issuer.subject)},
        "signature": {"signature": stranger.signature()},
    }

    assert len(singles(stranger.post(stranger.request_of(*stranger.cert_ids(orders, issuer), **more[said])))) == len(
        orders
    )


@COMMITS
def test_as_many_as_may_be_asked_about_at_once_are_answered(orders, issuer):
    most = (stranger.cert_ids(orders, issuer) * ocsp_request.MAX_QUESTIONS)[: ocsp_request.MAX_QUESTIONS]

    assert len(singles(stranger.post(stranger.request_of(*most)))) == ocsp_request.MAX_QUESTIONS
    assert stranger.post(stranger.request_of(*most, most[0])).says == "MALFORMED_REQUEST"


def test_one_that_is_not_ours_spoils_the_whole_question(orders, issuer, ca):
    ours = stranger.cert_ids(orders, issuer)
    unknown = stranger.cert_id(ca.made[1].certificate, issuer)
    foreign = stranger.cert_id(orders[0].certificate.x509, ca.made[1].certificate)

    for other in (unknown, foreign):
        assert stranger.post(stranger.request_of(*ours, other)).says == "UNAUTHORIZED"
        assert stranger.post(stranger.request_of(other, *ours)).says == "UNAUTHORIZED"


def test_one_whose_status_just_changed_lets_the_whole_question_wait(orders, issuer, people):
    revocation.mark_unused(orders[1], by=people.paul)

    assert stranger.post(stranger.request_of(*stranger.cert_ids(orders, issuer))).says == "TRY_LATER"


def test_where_no_worker_joins_the_answers_one_tries_later(orders, issuer, monkeypatch):
    monkeypatch.setattr(questions, "PATIENCE", 0.1)

    assert (
        stranger.post(stranger.request_of(*stranger.cert_ids(orders, issuer))).says == "TRY_LATER"
    )  # nothing is committed here
    assert not OcspQuestion.objects.exists()


def test_a_worker_that_comes_too_late_to_join_does_no_harm(orders):
    asked = OcspQuestion.objects.create(answers=list(OcspAnswer.objects.values_list("pk", flat=True)))
    OcspQuestion.objects.all().delete()

    answers.join_answers(asked)

    assert not OcspQuestion.objects.exists()


def test_an_answer_taken_back_meanwhile_is_not_joined(orders, people):
    asked = OcspQuestion.objects.create(answers=list(OcspAnswer.objects.values_list("pk", flat=True)))
    revocation.revoke_order(orders[0], reason=Reason.KEY, by=people.paul)

    tasks.join_answers(asked.pk)

    asked.refresh_from_db()
    assert asked.der is None


@COMMITS
def test_several_questions_with_an_ended_certificate(orders, issuer):
    OcspAnswer.objects.filter(certificate=orders[0].certificate).delete()
    Certificate.objects.filter(order=orders[0]).update(not_after=timezone.now() - timedelta(seconds=1))

    assert stranger.post(stranger.request_of(*stranger.cert_ids(orders, issuer))).says == "UNAUTHORIZED"
