"""Who signs the answers: a certificate of a month that is followed by another one in time, and a key that goes with it."""

import shutil
from datetime import timedelta

import pytest
import time_machine
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from django.utils import timezone

from certificates import keyroom, tasks
from certificates.ca.lint import lint
from certificates.models import CertificateAuthority, Responder
from certificates.trust import answers, responders
from tests import stranger
from tests.stranger import Encoding

DAY = timedelta(days=1)


@pytest.fixture
def authority(own_keys):
    return CertificateAuthority.objects.get(name="issuing-1")


def keys(folder):
    return sorted(path.stem for path in folder.glob("ocsp-*"))


def restart():
    """The worker is started anew: it has nothing in memory."""
    keyroom.store.cache_clear()
    keyroom.key.cache_clear()
    responders._at_work.clear()


def test_a_responder_is_named_by_the_ca_for_nothing_but_answers(authority, issuer):
    Responder.objects.all().delete()

    certificate = responders.responder_of(authority).certificate

    certificate.verify_directly_issued_by(issuer)
    extensions = {type(extension.value): extension for extension in certificate.extensions}
    assert set(extensions) == {
        x509.KeyUsage, x509.ExtendedKeyUsage, x509.OCSPNoCheck, x509.SubjectKeyIdentifier, x509.AuthorityKeyIdentifier,
    }  # fmt: skip
    assert list(extensions[x509.ExtendedKeyUsage].value) == [ExtendedKeyUsageOID.OCSP_SIGNING]
    assert extensions[x509.KeyUsage].value.digital_signature
    assert not extensions[x509.KeyUsage].value.key_cert_sign
    assert certificate.not_valid_before_utc < timezone.now() < certificate.not_valid_after_utc
    assert lint(certificate.public_bytes(Encoding.DER), "private") == []


def test_a_responder_is_at_work_for_twenty_days_of_its_thirty(authority):
    first = responders.responder_of(authority).certificate
    ends = Responder.objects.get().not_after

    with time_machine.travel(ends - 10 * DAY - timedelta(minutes=1)):
        still = responders.responder_of(authority).certificate
    with time_machine.travel(ends - 10 * DAY + timedelta(minutes=1)):
        then = responders.responder_of(authority).certificate

    assert still == first
    assert then != first
    assert ends - Responder.objects.first().not_after < -9 * DAY


@pytest.mark.parametrize("restarted", [True, False])
def test_no_answer_outlives_who_signed_it(own_keys, order, question, restarted):
    ends = Responder.objects.get().not_after

    for days in (2, 19, 21, 29, 45):
        with time_machine.travel(order.certificate.not_before + days * DAY):
            if restarted:
                restart()
            tasks.renew_status()
            answer = stranger.get(question).ocsp
            assert answer.next_update_utc < answer.certificates[0].not_valid_after_utc

    assert answer.certificates[0].not_valid_after_utc > ends + 20 * DAY


def test_the_answers_of_the_one_before_are_good_until_they_are_renewed(own_keys, order, question, issuer):
    before = stranger.get(question).ocsp

    with time_machine.travel(Responder.objects.get().not_after - 9 * DAY):
        tasks.renew_status()
        after = stranger.get(question).ocsp

    for answer in (before, after):
        stranger.assert_signed_for(answer, issuer)
    assert before.certificates != after.certificates


def test_the_key_goes_when_its_certificate_has_ended(own_keys, order):
    ends = Responder.objects.get().not_after

    seen = []
    for moment in (ends - 9 * DAY, ends - timedelta(minutes=1), ends + timedelta(minutes=1)):
        with time_machine.travel(moment):
            tasks.renew_status()
            seen.append(keys(own_keys))

    first, second = "ocsp-issuing-1-1", "ocsp-issuing-1-2"
    assert seen == [[first, second], [first, second], [second]]
    assert set(Responder.objects.values_list("name", flat=True)) == {first, second}
    assert (own_keys / "issuing-1.pem").exists()


def test_a_key_store_brought_back_from_before_gets_another_responder(own_keys, order, question, issuer, tmp_path):
    shutil.copytree(own_keys, tmp_path / "backup")
    with time_machine.travel(Responder.objects.get().not_after - 9 * DAY):
        tasks.renew_status()
        assert keys(own_keys) == ["ocsp-issuing-1-1", "ocsp-issuing-1-2"]
        shutil.rmtree(own_keys)
        shutil.copytree(tmp_path / "backup", own_keys)
        restart()

        with time_machine.travel(timezone.now() + 2 * DAY):
            tasks.renew_status()
            answer = stranger.get(question).ocsp

    stranger.assert_signed_for(answer, issuer)
    assert keys(own_keys) == ["ocsp-issuing-1-1", "ocsp-issuing-1-3"]  # no key ever gets two certificates


def test_a_database_brought_back_from_before_gets_another_responder(own_keys, order, question, issuer):
    with time_machine.travel(Responder.objects.get().not_after - 9 * DAY):
        tasks.renew_status()
        Responder.objects.order_by("pk").last().delete()
        restart()

        with time_machine.travel(timezone.now() + 2 * DAY):
            tasks.renew_status()
            answer = stranger.get(question).ocsp

    stranger.assert_signed_for(answer, issuer)
    assert keys(own_keys) == ["ocsp-issuing-1-1", "ocsp-issuing-1-2", "ocsp-issuing-1-3"]


def test_each_ca_has_responders_of_its_own(own_keys, authority, ca):
    other = CertificateAuthority.objects.get(name="policy-1")

    own = responders.responder_of(other).certificate

    own.verify_directly_issued_by(ca.made[1].certificate)
    assert responders.responder_of(authority).certificate.issuer == authority.certificate.subject
    assert keys(own_keys) == ["ocsp-issuing-1-1", "ocsp-policy-1-1"]


def test_after_a_worker_stopped_half_way_the_next_number_is_taken(own_keys, authority):
    keyroom.store().create("ocsp-issuing-1-2", "ecdsa-p256")  # and died before it was certified
    Responder.objects.all().delete()

    responders.responder_of(authority)

    assert Responder.objects.get().name == "ocsp-issuing-1-3"


def test_answers_of_a_week_without_a_worker_are_renewed_when_it_is_back(own_keys, order, question):
    with time_machine.travel(timezone.now() + 7 * DAY, tick=False):
        before = stranger.get(question).says
        answers.renew_answers()

        assert (before, stranger.get(question).says) == ("TRY_LATER", "GOOD")
