"""What OCSP says, asked as a stranger asks, of certificates that the real CA issued."""

from datetime import timedelta

import pytest
from cryptography.x509 import ReasonFlags, ocsp
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from certificates import tasks
from certificates.actions import caa_checks, revocation
from certificates.ca import ocsp_request
from certificates.ca.ocsp_request import CertId, Issuer
from certificates.models import (
    Issuance,
    Revocation,
    StatusChange,
)
from certificates.states import Reason
from certificates.trust import answers
from tests import stranger
from tests.factories import make_order, plan

NEW_STATUS = {  # what is told of a certificate that was revoked for this reason
    Reason.INACCURATE: ReasonFlags.privilege_withdrawn,
    Reason.CHANGED: ReasonFlags.affiliation_changed,
    Reason.KEY: ReasonFlags.key_compromise,
    Reason.OWNERSHIP: ReasonFlags.cessation_of_operation,
    Reason.UNAUTHORIZED: ReasonFlags.privilege_withdrawn,
    Reason.OTHER: None,
}
COMMITS = pytest.mark.django_db(transaction=True)  # a joint answer is signed after a commit


# One certificate


@pytest.mark.parametrize("hash_name", ["sha1", "sha256"])
@pytest.mark.parametrize("ask", [stranger.get, stranger.post])
def test_a_certificate_is_good_from_the_moment_it_is_issued(order, issuer, hash_name, ask):
    answer = ask(stranger.request_for(order.certificate.x509, issuer, hash_name)).ocsp

    assert answer.certificate_status == ocsp.OCSPCertStatus.GOOD
    assert f"{answer.serial_number:X}" == order.serial_number
    assert answer.hash_algorithm.name == hash_name
    stranger.assert_signed_for(answer, issuer)


def test_an_answer_is_of_now_and_good_for_four_days(order, question):
    answer = stranger.get(question).ocsp

    assert timedelta(0) <= timezone.now() - answer.this_update_utc < timedelta(minutes=1)
    assert answer.produced_at_utc == answer.this_update_utc
    assert answer.next_update_utc - answer.this_update_utc == timedelta(days=4)
    assert list(answer.extensions) == list(answer.single_extensions) == []


@pytest.mark.parametrize("ask", [stranger.get, stranger.post])
def test_a_nonce_is_accepted_and_not_repeated(order, issuer, ask):
    answer = ask(stranger.request_for(order.certificate.x509, issuer, nonce=b"0" * 32)).ocsp

    assert answer.certificate_status == ocsp.OCSPCertStatus.GOOD
    assert list(answer.extensions) == []


@pytest.mark.parametrize("hash_name", ["sha1", "sha256"])
def test_a_hash_without_parameters_is_the_same_hash(order, issuer, hash_name):
    one = stranger.cert_id(order.certificate.x509, issuer, hash_name, parameters=b"")

    assert stranger.post(stranger.request_of(one)).says == "GOOD"


def test_a_signed_request_is_answered_like_any_other(order, issuer, question):
    one = stranger.cert_id(order.certificate.x509, issuer)
    signed = stranger.request_of(one, before=stranger.directory_name(issuer.subject), signature=stranger.signature())

    assert stranger.post(signed).content == stranger.post(question).content


# Certificates for which nobody here speaks


@pytest.mark.parametrize("serial", [1, 0, -1, 1 << 159, 1 << 8000])
def test_a_number_that_was_never_issued_is_not_ours(order, issuer, serial):
    one = stranger.cert_id(order.certificate.x509, issuer, serial=serial)

    assert stranger.post(stranger.request_of(one)).says == "UNAUTHORIZED"


def test_a_number_that_is_only_planned_is_not_ours(order, people, issuer):
    waiting = make_order(people.ov, people.stan)
    caa_checks.check(waiting)
    planned = plan(waiting)

    asked = CertId(Issuer.of(issuer, "sha1"), int(planned.serial_number, 16))

    assert Issuance.objects.filter(serial_number=planned.serial_number).exists()
    assert stranger.post(ocsp_request.write(asked)).says == "UNAUTHORIZED"


@pytest.mark.parametrize("times", [1, 2])
def test_another_issuers_certificate_is_not_ours(order, ca, times):
    root, policy, issuing_ca = (made.certificate for made in ca.made)
    theirs = stranger.cert_id(order.certificate.x509, policy)

    assert stranger.post(stranger.request_of(*[theirs] * times)).says == "UNAUTHORIZED"
    assert stranger.get(stranger.request_for(issuing_ca, policy)).says == "UNAUTHORIZED"
    assert stranger.get(stranger.request_for(policy, root)).says == "UNAUTHORIZED"


def test_each_ca_answers_at_its_own_address(order, ca, question):
    assert stranger.get(question, ca="policy-1").says == "UNAUTHORIZED"
    assert stranger.get(stranger.request_for(ca.made[2].certificate, ca.made[1].certificate), ca="policy-1").says == (
        "UNAUTHORIZED"  # of CAs the revocation list tells
    )


@pytest.mark.parametrize("times", [1, 2])
def test_nobody_is_answered_by_another_hash(order, issuer, times):
    one = stranger.cert_id(order.certificate.x509, issuer, "sha384")

    assert stranger.post(stranger.request_of(*[one] * times)).says == "UNAUTHORIZED"


# Revocation


@pytest.mark.parametrize("reason", NEW_STATUS)
def test_revoked_since_when_and_why(order, question, people, reason):
    revocation.revoke_order(order, reason=reason, detail="Because.", by=people.paul)
    between = stranger.get(question).says
    answers.publish_answers()

    said = stranger.get(question).ocsp
    assert between == "TRY_LATER"
    assert (said.certificate_status, said.revocation_reason) == (ocsp.OCSPCertStatus.REVOKED, NEW_STATUS[reason])
    assert said.revocation_time_utc == Revocation.objects.get().since.replace(microsecond=0)
    assert said.this_update_utc >= said.revocation_time_utc


def test_both_hashes_tell_of_a_revocation(order, issuer, people):
    revocation.revoke_order(order, reason=Reason.KEY, by=people.paul)
    by_sha256 = stranger.request_for(order.certificate.x509, issuer, "sha256")
    between = stranger.post(by_sha256).says
    answers.publish_answers()

    assert (between, stranger.post(by_sha256).says) == ("TRY_LATER", "REVOKED")


def test_others_stay_good(order, question, people, make_issued):
    other = make_issued("shop.example.com")

    revocation.revoke_order(other, reason=Reason.KEY, by=people.paul)

    assert stranger.get(question).says == "GOOD"


def test_a_revocation_that_is_rolled_back_was_none(order, question, people):
    with pytest.raises(RuntimeError), transaction.atomic():
        revocation.revoke_order(order, reason=Reason.KEY, by=people.paul)
        raise RuntimeError

    assert stranger.get(question).says == "GOOD"
    assert not StatusChange.objects.exists()


def test_a_certificate_on_hold_and_off_again(order, question, people):
    said = []
    for change in (revocation.mark_unused, revocation.restore_order):
        change(order, by=people.paul)
        said.append(stranger.get(question).says)
        answers.publish_answers()
        said.append(stranger.get(question))

    assert [said[0], said[2], said[3].says] == ["TRY_LATER", "TRY_LATER", "GOOD"]
    assert (said[1].says, said[1].ocsp.revocation_reason) == ("REVOKED", ReasonFlags.certificate_hold)


def test_a_certificate_revoked_out_of_a_hold_is_so_since_the_hold(order, question, people):
    revocation.mark_unused(order, by=people.paul)
    since = Revocation.objects.get().since

    revocation.revoke_order(order, reason=Reason.OWNERSHIP, by=people.paul)
    answers.publish_answers()

    said = stranger.get(question).ocsp
    assert said.revocation_reason == ReasonFlags.cessation_of_operation
    assert said.revocation_time_utc == since.replace(microsecond=0)


def test_a_key_found_compromised_later_is_the_reason_from_then_on(order, question, people):
    revocation.revoke_order(order, reason=Reason.OWNERSHIP, by=people.paul)
    answers.publish_answers()
    since = stranger.get(question).ocsp.revocation_time_utc

    revocation.report_key(order, reason="It is on a public page.", by=people.vera)
    between = stranger.get(question).says
    answers.publish_answers()

    said = stranger.get(question).ocsp
    assert between == "TRY_LATER"
    assert (said.revocation_reason, said.revocation_time_utc) == (ReasonFlags.key_compromise, since)


def test_a_revocation_is_told_by_the_message_of_its_commit(order, question, people, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        revocation.revoke_order(order, reason=Reason.CHANGED, by=people.paul)

    assert stranger.get(question).says == "REVOKED"
    assert not StatusChange.objects.exists()


def test_where_the_message_is_lost_the_sweep_finds_the_revocation(order, question, people):
    revocation.revoke_order(order, reason=Reason.CHANGED, by=people.paul)
    sweeps = {entry["task"]: entry["schedule"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    tasks.publish_changes()

    assert sweeps["certificates.tasks.publish_changes"] <= 5  # seconds
    assert stranger.get(question).says == "REVOKED"
    assert not StatusChange.objects.exists()


def test_nothing_is_published_twice(order, question, people):
    revocation.revoke_order(order, reason=Reason.CHANGED, by=people.paul)
    tasks.publish_changes()
    first = stranger.get(question).content

    tasks.publish_changes()

    assert stranger.get(question).content == first


def test_a_ca_that_lost_its_key_keeps_no_other_back(order, question, people, lose_key, make_issued):
    lost = make_issued("shop.example.com")
    lose_key(lost)
    for one in (order, lost):
        revocation.revoke_order(one, reason=Reason.KEY, by=people.paul)

    tasks.publish_changes()

    assert stranger.get(question).says == "REVOKED"
    assert {change.certificate for change in StatusChange.objects.all()} == {lost.certificate}
