"""What OCSP says, asked as a stranger asks, of certificates that the real CA issued."""

from datetime import timedelta

import pytest
import time_machine
from cryptography.x509 import ReasonFlags, ocsp
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from certificates import issuing, tasks
from certificates.actions import caa_checks, revocation
from certificates.ca import ocsp_request
from certificates.ca.ocsp_request import CertId, Issuer
from certificates.models import (
    Certificate,
    Issuance,
    OcspAnswer,
    OcspQuestion,
    Revocation,
    StatusChange,
)
from certificates.states import Reason, Status
from certificates.trust import answers, lists, questions
from tests import stranger
from tests.factories import make_order

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
    planned = issuing._plan(waiting)

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


# Several certificates in one request


@pytest.fixture
def orders(make_issued):
    return [make_issued(f"{name}.example.com") for name in ("one", "two", "three")]


def ids(orders, issuer, hash_name="sha1"):
    return [stranger.cert_id(order.certificate.x509, issuer, hash_name) for order in orders]


def singles(reply):
    """What is said of each certificate, in turn."""
    return [(f"{one.serial_number:X}", one.certificate_status.name) for one in reply.ocsp.responses]


@COMMITS
@pytest.mark.parametrize("hash_name", ["sha1", "sha256"])
@pytest.mark.parametrize("ask", [stranger.get, stranger.post])
def test_several_questions_have_one_answer(orders, issuer, hash_name, ask):
    reply = ask(stranger.request_of(*ids(orders, issuer, hash_name)))

    assert singles(reply) == [(order.serial_number, "GOOD") for order in orders]
    assert {one.hash_algorithm.name for one in reply.ocsp.responses} == {hash_name}
    stranger.assert_signed_for(reply.ocsp, issuer)
    assert not OcspQuestion.objects.exists()


@COMMITS
def test_each_is_answered_by_its_own_hash_and_has_its_own_status(orders, issuer, people):
    revocation.revoke_order(orders[1], reason=Reason.KEY, by=people.paul)
    asked = [ids(orders, issuer)[0], ids(orders, issuer, "sha256")[1], ids(orders, issuer)[2]]

    reply = stranger.post(stranger.request_of(*asked))

    assert [one.hash_algorithm.name for one in reply.ocsp.responses] == ["sha1", "sha256", "sha1"]
    assert [status for _serial, status in singles(reply)] == ["GOOD", "REVOKED", "GOOD"]
    assert [one.revocation_reason for one in reply.ocsp.responses] == [None, ReasonFlags.key_compromise, None]


@COMMITS
def test_a_joint_answer_is_of_now_and_good_for_four_days(orders, issuer):
    with time_machine.travel(timezone.now() + timedelta(hours=5), tick=False):
        joint = stranger.post(stranger.request_of(*ids(orders, issuer))).ocsp

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

    assert len(singles(stranger.post(stranger.request_of(*ids(orders, issuer), **more[said])))) == len(orders)


@COMMITS
def test_as_many_as_may_be_asked_about_at_once_are_answered(orders, issuer):
    most = (ids(orders, issuer) * ocsp_request.MAX_QUESTIONS)[: ocsp_request.MAX_QUESTIONS]

    assert len(singles(stranger.post(stranger.request_of(*most)))) == ocsp_request.MAX_QUESTIONS
    assert stranger.post(stranger.request_of(*most, most[0])).says == "MALFORMED_REQUEST"


def test_one_that_is_not_ours_spoils_the_whole_question(orders, issuer, ca):
    ours = ids(orders, issuer)
    unknown = stranger.cert_id(ca.made[1].certificate, issuer)
    foreign = stranger.cert_id(orders[0].certificate.x509, ca.made[1].certificate)

    for other in (unknown, foreign):
        assert stranger.post(stranger.request_of(*ours, other)).says == "UNAUTHORIZED"
        assert stranger.post(stranger.request_of(other, *ours)).says == "UNAUTHORIZED"


def test_one_whose_status_just_changed_lets_the_whole_question_wait(orders, issuer, people):
    revocation.mark_unused(orders[1], by=people.paul)

    assert stranger.post(stranger.request_of(*ids(orders, issuer))).says == "TRY_LATER"


def test_where_no_worker_joins_the_answers_one_tries_later(orders, issuer, monkeypatch):
    monkeypatch.setattr(questions, "PATIENCE", 0.1)

    assert stranger.post(stranger.request_of(*ids(orders, issuer))).says == "TRY_LATER"  # nothing is committed here
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


# The end


def test_an_ended_certificate_is_told_of_until_its_answer_goes_then_it_is_nobodys(order, question):
    Certificate.objects.update(not_after=timezone.now() - timedelta(seconds=1))
    first = stranger.get(question).says

    with time_machine.travel(timezone.now() + timedelta(days=1, hours=1)):
        answers.renew_answers()

    assert (first, stranger.get(question).says) == ("GOOD", "UNAUTHORIZED")
    assert not OcspAnswer.objects.exists()


@COMMITS
def test_several_questions_with_an_ended_certificate(orders, issuer):
    OcspAnswer.objects.filter(certificate=orders[0].certificate).delete()
    Certificate.objects.filter(order=orders[0]).update(not_after=timezone.now() - timedelta(seconds=1))

    assert stranger.post(stranger.request_of(*ids(orders, issuer))).says == "UNAUTHORIZED"


def test_a_key_reported_after_the_end_brings_no_answer_back(order, question, people):
    with time_machine.travel(order.certificate.not_after + timedelta(days=2)):
        answers.renew_answers()
        order.status = Status.EXPIRED
        order.save()
        revocation.report_key(order, reason="Found.", by=people.vera)
        answers.publish_answers()

    assert not OcspAnswer.objects.exists()


def test_an_answer_that_nobody_renewed_in_time_is_not_given(order, question, issuer):
    answer = stranger.get(question).ocsp

    with time_machine.travel(answer.next_update_utc, tick=False):
        late = stranger.get(question)
        several = stranger.post(stranger.request_of(*ids([order, order], issuer)))

    assert (late.says, several.says) == ("TRY_LATER", "TRY_LATER")
    assert late.headers["Cache-Control"] == "no-store"


# Renewal


def test_an_answer_older_than_a_day_is_signed_anew(order, question):
    first = stranger.get(question).ocsp

    with time_machine.travel(first.this_update_utc + timedelta(hours=23)):
        answers.renew_answers()
        early = stranger.get(question).ocsp
    with time_machine.travel(first.this_update_utc + timedelta(hours=25), tick=False):
        answers.renew_answers()
        late = stranger.get(question).ocsp

    assert early.this_update_utc == first.this_update_utc
    assert late.this_update_utc == first.this_update_utc + timedelta(hours=25)
    assert late.next_update_utc == late.this_update_utc + timedelta(days=4)


def test_renewing_changes_no_status(order, question, people):
    revocation.revoke_order(order, reason=Reason.KEY, by=people.paul)
    answers.publish_answers()
    before = stranger.get(question).ocsp

    with time_machine.travel(timezone.now() + timedelta(days=2)):
        answers.renew_answers()
        after = stranger.get(question).ocsp

    assert after.this_update_utc > before.this_update_utc
    assert (after.certificate_status, after.revocation_time_utc, after.revocation_reason) == (
        before.certificate_status, before.revocation_time_utc, before.revocation_reason,
    )  # fmt: skip


def test_renewing_goes_on_until_all_are_new(orders, issuer, monkeypatch):
    monkeypatch.setattr(answers, "BATCH", 1)

    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        tasks.renew_status()

        renewed = {answer.this_update for answer in OcspAnswer.objects.all()}
        assert renewed == {timezone.now().replace(microsecond=0)}


def test_a_ca_that_lost_its_key_keeps_no_other_from_renewing(order, question, lose_key, make_issued):
    lose_key(make_issued("shop.example.com"))

    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        tasks.renew_status()

        assert stranger.get(question).ocsp.this_update_utc == timezone.now().replace(microsecond=0)


def test_publishing_goes_on_until_all_is_published(orders, issuer, people, monkeypatch):
    monkeypatch.setattr(answers, "BATCH", 1)
    for order in orders:
        revocation.revoke_order(order, reason=Reason.KEY, by=people.paul)

    tasks.publish_changes()

    said = {stranger.post(stranger.request_of(one)).says for one in ids(orders, issuer)}
    assert said == {"REVOKED"}
    assert not StatusChange.objects.exists()


def test_answers_that_a_restored_database_lacks_are_signed(order, question):
    OcspAnswer.objects.all().delete()

    tasks.tidy_status()
    tasks.publish_changes()

    assert stranger.get(question).says == "GOOD"


def test_tidying_asks_for_nothing_that_is_there_or_asked_for_or_over(orders, people):
    Certificate.objects.filter(order=orders[0]).update(not_after=timezone.now() - timedelta(seconds=1))
    OcspAnswer.objects.filter(certificate__order=orders[0]).delete()
    revocation.mark_unused(orders[1], by=people.paul)
    asked = StatusChange.objects.count()

    tasks.tidy_status()

    assert StatusChange.objects.count() == asked


def test_questions_for_which_nobody_waits_are_forgotten(db):
    now = timezone.now()
    for minutes in (1, 10):
        OcspQuestion.objects.create(answers=[], asked_at=now - timedelta(minutes=minutes))

    tasks.tidy_status()

    assert OcspQuestion.objects.get().asked_at == now - timedelta(minutes=1)


def test_renewal_is_asked_for_often_enough():
    sweeps = {entry["task"]: entry["schedule"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert timedelta(seconds=sweeps["certificates.tasks.renew_status"]) <= timedelta(hours=1)
    assert answers.LIVES - timedelta(hours=8) > answers.RENEWED_AFTER  # BR 4.9.9
    assert timedelta(hours=8) <= answers.LIVES <= timedelta(days=10)
    assert timedelta(days=10) >= lists.LIVES  # BR 4.9.7
