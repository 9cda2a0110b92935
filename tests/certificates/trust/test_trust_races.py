"""Askers, revokers and signers at once: nobody is told “good” after a revocation, and nothing that changed gets lost."""

import time
from threading import Event

import pytest
from django.db import connection, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from certificates import tasks
from certificates.actions import revocation
from certificates.models import (
    Certificate,
    CertificateAuthority,
    Crl,
    OcspAnswer,
    OcspQuestion,
    Responder,
    Revocation,
    StatusChange,
)
from certificates.states import Reason
from certificates.trust import answers, changes, lists, responders
from certificates.trust.models import Service
from sslportal.kit.moves import Refused
from tests import stranger
from tests.certificates.test_races import at_once
from tests.running import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 2
QUESTIONS = 40  # of each asker, after the revocation


@pytest.fixture(params=["database", "files"])
def kept(request):
    """Where answers are kept."""
    if request.param == "files":
        request.getfixturevalue("files")


@pytest.fixture
def no_broker(monkeypatch):
    """Every message is lost, so that the test says when something is published."""

    def delay(*_):
        raise OperationalError

    monkeypatch.setattr(tasks.publish_changes, "delay", delay)


@transaction.atomic
def make_old():
    """Let all answers be due for renewal. Whoever changes answers holds the certificates first."""
    list(Certificate.objects.select_for_update(no_key=True).order_by("pk"))
    OcspAnswer.objects.update(this_update=timezone.now() - 2 * answers.RENEWED_AFTER)


# Nobody is told “good” after the revocation


@pytest.mark.parametrize("number", range(ROUNDS))
def test_who_asks_after_the_commit_is_not_told_good(kept, order, question, people, number):
    told, committed, asked_enough = [], [], Event()

    def ask():
        after = 0
        while after < QUESTIONS:
            began = time.monotonic()
            told.append((began, stranger.get(question).says))
            after += bool(committed)
        asked_enough.set()

    def sign():
        while not asked_enough.is_set():
            make_old()
            answers.renew_answers()
            answers.publish_answers()

    def revoke():
        wait_until(lambda: told, 30, lambda: "nobody asked")
        with transaction.atomic():
            transaction.on_commit(lambda: committed.append(time.monotonic()))
            revocation.revoke_order(order, reason=Reason.KEY, by=people.paul)

    at_once(ask, ask, sign, revoke)

    before = {said for began, said in told if began < committed[0]}
    after = {said for began, said in told if began >= committed[0]}
    assert "GOOD" in before
    assert after <= {"TRY_LATER", "REVOKED"}
    assert stranger.get(question).says == "REVOKED"


def test_a_joint_answer_is_not_given_where_one_was_revoked_while_it_was_signed(
    make_issued, issuer, people, no_broker, monkeypatch
):
    orders = [make_issued(f"{name}.example.com") for name in ("one", "two")]
    joined = []

    def delay(pk):
        tasks.join_answers(pk)
        joined.append(OcspQuestion.objects.get(pk=pk).der)
        revocation.revoke_order(orders[1], reason=Reason.KEY, by=people.paul)

    monkeypatch.setattr(tasks.join_answers, "delay", delay)
    asked = stranger.request_of(*(stranger.cert_id(order.certificate.x509, issuer) for order in orders))

    assert stranger.post(asked).says == "TRY_LATER"
    assert joined != [None]


@pytest.mark.parametrize("sign", ["publish", "renew"])
def test_a_signer_who_was_first_has_its_answer_taken_back(kept, order, question, people, no_broker, sign):
    signed, revoked, said = Event(), Event(), []
    if sign == "publish":
        OcspAnswer.objects.all().delete()
        StatusChange.of(order.certificate, Service.OCSP).save()
    else:
        make_old()

    def signer():
        with transaction.atomic():
            answers.publish_answers() if sign == "publish" else answers.renew_answers()
            signed.set()
            wait_until(lambda: revoked.is_set() or is_awaited(), 30, lambda: "the revoker neither waits nor ends")

    def revoker():
        signed.wait(30)
        revocation.revoke_order(order, reason=Reason.KEY, by=people.paul)
        revoked.set()

    at_once(signer, revoker)
    said.append(stranger.get(question).says)
    answers.publish_answers()
    said.append(stranger.get(question).says)

    assert said == ["TRY_LATER", "REVOKED"]


@pytest.mark.parametrize("sign", ["publish", "renew"])
def test_a_signer_who_comes_second_sees_the_revocation(kept, order, question, people, no_broker, sign):
    begun, signed = Event(), Event()
    make_old()
    if sign == "publish":
        StatusChange.of(order.certificate, Service.OCSP).save()

    def revoker():
        with transaction.atomic():
            revocation.revoke_order(order, reason=Reason.KEY, by=people.paul)
            begun.set()
            wait_until(lambda: signed.is_set() or is_awaited(), 30, lambda: "the signer neither waits nor ends")

    def signer():
        begun.wait(30)
        answers.publish_answers() if sign == "publish" else answers.renew_answers()
        signed.set()

    at_once(revoker, signer)

    assert stranger.get(question).says in ("TRY_LATER", "REVOKED")
    answers.publish_answers()
    assert stranger.get(question).says == "REVOKED"


def test_a_signer_who_hangs_keeps_nobody_waiting_for_long(order, question, people, no_broker, monkeypatch):
    monkeypatch.setattr(changes, "PATIENCE", 0.1)
    held, told = Event(), Event()

    def signer():
        with transaction.atomic():
            make_old()
            held.set()
            told.wait(30)

    def revoker():
        held.wait(30)
        try:
            revocation.revoke_order(order, reason=Reason.KEY, by=people.paul)
        finally:
            told.set()

    _signer, refusal = at_once(signer, revoker)

    assert isinstance(refusal, Refused)
    assert stranger.get(question).says == "GOOD"
    assert not Revocation.objects.exists()


def test_one_who_is_held_keeps_no_other_from_being_told(make_issued, issuer, people, no_broker):
    held_one, order = make_issued("one.example.com"), make_issued("two.example.com")
    for one in (held_one, order):
        revocation.revoke_order(one, reason=Reason.KEY, by=people.paul)
    held, published = Event(), Event()

    def hold():
        with transaction.atomic():
            Certificate.objects.select_for_update(no_key=True).get(order=held_one)
            held.set()
            published.wait(30)

    def publish():
        held.wait(30)
        try:
            answers.publish_answers()
        finally:
            published.set()

    at_once(hold, publish)
    said = [told_of(one, issuer) for one in (held_one, order)]
    answers.publish_answers()

    assert said == ["TRY_LATER", "REVOKED"]
    assert told_of(held_one, issuer) == "REVOKED"


def told_of(order, issuer):
    return stranger.get(stranger.request_for(order.certificate.x509, issuer)).says


def is_awaited():
    """Whether some other connection waits for what this one holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid() = ANY (pg_blocking_pids(pid)) FROM pg_locks WHERE NOT granted")
        return any(waits for (waits,) in cursor.fetchall())


@pytest.mark.parametrize("number", range(ROUNDS))
def test_what_is_said_in_the_end_is_what_is_so_in_the_end(files, order, question, people, no_broker, number):
    def change():
        for _ in range(4):
            revocation.mark_unused(order, by=people.paul)
            revocation.restore_order(order, by=people.paul)
        if number % 2:
            revocation.mark_unused(order, by=people.paul)

    def sign():
        for _ in range(15):
            make_old()
            answers.renew_answers()
            answers.publish_answers()

    at_once(change, sign, sign)
    answers.publish_answers()

    assert stranger.get(question).says == ("REVOKED" if number % 2 else "GOOD")
    assert not StatusChange.objects.filter(service=Service.OCSP).exists()


# Two workers


@pytest.mark.parametrize("number", range(ROUNDS))
def test_two_workers_publish_everything_and_keep_out_of_each_others_way(make_issued, issuer, people, no_broker, number):
    orders = [make_issued(f"{name}.example.com") for name in ("one", "two", "three", "four")]
    for order in orders:
        revocation.revoke_order(order, reason=Reason.KEY, by=people.paul)

    at_once(publish_all, publish_all)

    crl = stranger.ask("/pki/crl/issuing-1.crl").crl
    assert {f"{entry.serial_number:X}" for entry in crl} == {order.serial_number for order in orders}
    assert [told_of(order, issuer) for order in orders] == ["REVOKED"] * len(orders)
    assert not StatusChange.objects.exists()


def publish_all():
    while answers.publish_answers() or lists.publish_list():
        pass


def test_two_workers_renew_everything(make_issued, issuer):
    for name in ("one", "two", "three"):
        make_issued(f"{name}.example.com")
    make_old()
    Crl.objects.update(this_update=timezone.now() - 2 * lists.RENEWED_AFTER)

    at_once(answers.renew_answers, answers.renew_answers, lists.renew_list, lists.renew_list)

    assert not OcspAnswer.objects.filter(this_update__lt=timezone.now() - answers.RENEWED_AFTER).exists()


def test_a_list_that_two_make_at_once_gets_two_numbers(ca):
    authority = CertificateAuthority.objects.get(name="issuing-1")

    made = at_once(*[lambda: lists.make_list(authority, 0)] * 3)

    numbers = {crl.number for crl in made}
    assert len(numbers) == 3
    assert Crl.objects.get().number == max(numbers)


def test_revocations_while_the_list_is_made_all_get_onto_it(make_issued, people, no_broker):
    orders = [make_issued(f"{name}.example.com") for name in ("one", "two", "three", "four")]
    done = Event()

    def revoke():
        for order in orders:
            revocation.revoke_order(order, reason=Reason.KEY, by=people.paul)
        done.set()

    def publish():
        while not done.is_set():
            lists.publish_list()

    at_once(revoke, publish)
    while lists.publish_list():
        pass

    crl = stranger.ask("/pki/crl/issuing-1.crl").crl
    assert {f"{entry.serial_number:X}" for entry in crl} == {order.serial_number for order in orders}


@pytest.mark.parametrize("number", range(ROUNDS))
def test_two_workers_make_one_responder(own_keys, number):
    Responder.objects.all().delete()
    authority = CertificateAuthority.objects.get(name="issuing-1")

    first, second = at_once(*[lambda: responders.responder_of(authority)] * 2)

    assert first.certificate == second.certificate
    assert Responder.objects.count() == 1
    assert [path.name for path in own_keys.glob("ocsp-*")] == ["ocsp-issuing-1-1.pem", "ocsp-issuing-1-2.pem"]
