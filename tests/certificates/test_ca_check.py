"""The walk through all that was signed: silent where all is well, and one sentence for each thing that is not."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from cryptography import x509
from cryptography.x509.ocsp import load_der_ocsp_response
from django.core.management import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from certificates import keyroom
from certificates.actions import revocation
from certificates.authorities import checking, making
from certificates.ca import crl as crls
from certificates.ca import ocsp
from certificates.ca.revoked import Revoked
from certificates.models import Certificate, CertificateAuthority, Issuance, Order, Revocation
from certificates.states import Reason, Status
from certificates.trust import answers, lists
from certificates.trust.models import Crl, OcspAnswer, Responder, StatusChange
from tests.certificates.operating import manage
from tests.factories import issue, make_domain, make_order


@pytest.fixture
def make_issued(people, ca, dns_server):
    """Have a certificate issued by the real CA; its order."""
    making.publish_what_is_missing()
    make_domain(people.ov)

    def make_issued():
        order = make_order(people.ov, people.paul)
        issue(order)
        order.refresh_from_db()
        return order

    return make_issued


@pytest.fixture
def good(make_issued):
    return make_issued()


@pytest.fixture
def revoked(make_issued, people):
    order = make_issued()
    revocation.revoke_order(order, reason=Reason.CHANGED, by=people.paul)
    publish()
    return order


@pytest.fixture
def held(make_issued, people):
    order = make_issued()
    revocation.mark_unused(order, by=people.paul)
    publish()
    return order


def publish():
    while answers.publish_answers() or lists.publish_list():
        pass


def problems():
    return list(checking.walk(Counter()))


def about(order):
    return f"Certificate {order.certificate.serial_number} of order {order.pk}"


def issuing_ca():
    return CertificateAuthority.objects.get(name="issuing-1")


def list_of(order):
    return Crl.objects.get(authority=order.certificate.authority, shard=order.certificate.crl_shard)


def test_all_is_well(good, revoked, held):
    said = manage("check")

    assert said.splitlines() == [
        "Looked at 3 CAs, 3 orders, 3 certificates, 6 OCSP answers, 3 revocation lists, 2 entries of them, 3 keys.",
        "All is well.",
    ]


def test_what_is_wrong_is_a_line_and_an_exit_code(good, capsys):
    OcspAnswer.objects.filter(hash_name="sha1").delete()

    with pytest.raises(CommandError, match=r"1 thing\(s\) are wrong\.") as ended:
        manage("check")

    assert ended.value.returncode == 1
    assert problems() == [f"{about(good)}: there is no OCSP answer by sha1."]


def test_without_keys_they_are_not_looked_at(good, settings):
    settings.CA_KEYS = ""
    keyroom.store.cache_clear()

    assert "no keys, which this process does not have" in manage("check")


# CAs


def test_a_key_that_is_another_or_missing(good, own_ca):
    own_ca.delete("policy-1")
    own_ca.delete("issuing-1")
    own_ca.create("issuing-1", "ecdsa-p256")

    assert problems() == [
        "policy-1: its key cannot be used: There is no key “policy-1”.",
        "issuing-1: its key cannot be used: The key “issuing-1” in the key store is not that of the CA issuing-1.",
    ]


def test_a_ca_that_the_one_above_did_not_sign(ca):
    making.publish_what_is_missing()
    CertificateAuthority.objects.filter(name="policy-1").update(
        parent=CertificateAuthority.objects.get(name="issuing-1")
    )

    assert problems() == ["policy-1: issuing-1 did not sign its certificate."]


def test_a_record_of_a_ca_that_is_not_its_certificate(ca):
    making.publish_what_is_missing()
    CertificateAuthority.objects.filter(name="root-1").update(is_current=False)
    CertificateAuthority.objects.filter(name="policy-1").update(der=b"damaged")

    found = problems()

    assert found[0] == "There is no current root CA."
    assert found[1].startswith("policy-1: its certificate, or that of the CA above, cannot be read")
    assert found[2].startswith("issuing-1: its certificate, or that of the CA above, cannot be read")
    assert found[3:] == ["What the CAs have signed was not looked at, since a CA's certificate cannot be read."]


def test_a_responder_whom_the_ca_did_not_certify(good):
    policy_ca = CertificateAuthority.objects.get(name="policy-1")
    Responder.objects.update(authority=policy_ca)

    found = problems()

    assert found[0] == "ocsp-issuing-1-1: policy-1 did not sign its certificate."
    assert f"{about(good)}: the OCSP answer by sha1: nobody of ours signed it." in found


# Orders and certificates


def test_a_serial_number_without_a_certificate(good):
    lost = Certificate.objects.get()
    OcspAnswer.objects.all().delete()
    lost.delete()

    assert problems() == [f"Order {good.pk} was issued, but its certificate is not there."]


def test_another_serial_number_than_planned(good):
    Issuance.objects.update(serial_number="ABC")

    assert problems() == [f"Order {good.pk}: the serial number ABC was planned, and its certificate has another."]


def test_a_certificate_of_an_order_that_was_not_issued(good):
    Order.objects.update(status=Status.CANCELED)

    assert problems() == [f"Order {good.pk} was not issued, but has the certificate {good.certificate.serial_number}."]


@pytest.mark.parametrize(
    ("column", "value", "what"),
    [
        ("not_before", timezone.now() - timedelta(days=3), "begin"),
        ("not_after", timezone.now() + timedelta(days=3), "end"),
        ("dns_names", ["www.example.org"], "names"),
        ("sha256", "0" * 64, "fingerprint"),
    ],
)
def test_bytes_that_are_not_what_the_record_says(good, column, value, what):
    Certificate.objects.update(**{column: value})

    (found,) = problems()
    assert found.startswith(f"{about(good)}: its {what} is ")


def test_a_serial_number_that_is_not_the_records(good):
    Certificate.objects.update(serial_number="ABC")

    found = problems()

    assert (
        f"Certificate ABC of order {good.pk}: its serial number is {good.serial_number}, its record says ABC." in found
    )
    assert f"Certificate ABC of order {good.pk}: the OCSP answer by sha1: it is about another certificate." in found


def test_another_list_than_the_record_says(good):
    Certificate.objects.update(crl_shard=7)

    assert problems() == [
        f"{about(good)}: it names http://pki.example.com/pki/crl/issuing-1.crl, and no list 7 of issuing-1 is for that.",
        "issuing-1 has no revocation list 7, which its certificates name.",
    ]


def test_bytes_that_are_no_certificate(good):
    Certificate.objects.update(der=b"damaged")

    assert problems()[0].startswith(f"{about(good)}: its bytes cannot be read: ")


def test_a_signature_that_is_not_the_cas(good):
    der = bytearray(good.certificate.der)
    der[-1] ^= 1
    Certificate.objects.update(
        der=bytes(der), sha256=x509.load_der_x509_certificate(bytes(der)).fingerprint(keyroom.SHA256).hex()
    )

    assert problems() == [f"{about(good)}: issuing-1 did not sign it."]


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (Status.REVOKED, "its order is Revoked, but it is not revoked"),
        (Status.UNUSED, "its order is Unused, but it is not on"),
    ],
)
def test_an_order_whose_certificate_does_not_know_of_its_end(good, status, says):
    Order.objects.update(status=status)

    (found,) = problems()
    assert found.startswith(f"{about(good)}: {says}")


def test_a_revocation_of_an_order_that_is_issued(revoked):
    Order.objects.update(status=Status.ISSUED)

    assert problems() == [f"{about(revoked)}: its order is Issued, but it is revoked."]


# OCSP answers


def test_an_answer_that_says_good_of_a_revoked_one(revoked, people):
    since = Revocation.objects.get()
    Revocation.objects.all().delete()
    answers.first_answers([revoked.certificate])
    since.save(force_insert=True)

    assert problems() == [
        f"{about(revoked)}: the OCSP answer by {name}: it says good, and true is revoked since "
        f"{since.since:%Y-%m-%d %H:%M:%S} affiliationChanged."
        for name in ("sha1", "sha256")
    ]


def test_an_answer_that_says_revoked_of_a_good_one(held):
    Revocation.objects.all().delete()
    Order.objects.update(status=Status.ISSUED)

    found = problems()

    assert f"{about(held)}: the OCSP answer by sha1: it says revoked since" in found[0]
    assert found[0].endswith("certificateHold, and true is good.")
    assert found[-1] == f"Revocation list issuing-1: {held.serial_number} stands on it, and is not revoked."


@pytest.mark.parametrize("change", [{"since": timezone.now() - timedelta(days=3)}, {"reason": Reason.OTHER}])
def test_answers_and_lists_with_another_date_or_reason(revoked, change):
    Revocation.objects.update(**change)

    found = problems()

    assert len(found) == 3
    assert found[0].startswith(f"{about(revoked)}: the OCSP answer by sha1: it says revoked since ")
    assert found[2] == (
        f"Revocation list issuing-1: {revoked.serial_number} stands on it with another date or reason than it was "
        "revoked with."
    )


def test_an_answer_that_ran_out(good):
    with time_machine.travel(timezone.now() + timedelta(days=4, minutes=1)):
        found = problems()

    assert [one for one in found if "OCSP answer by" in one] == [
        f"{about(good)}: the OCSP answer by {name}: it ran out at "
        f"{OcspAnswer.objects.get(hash_name=name).next_update:%Y-%m-%d %H:%M} UTC."
        for name in ("sha1", "sha256")
    ]


def test_an_answer_that_its_record_keeps_for_longer(good):
    OcspAnswer.objects.filter(hash_name="sha1").update(next_update=timezone.now() + timedelta(days=30))

    assert problems() == [f"{about(good)}: the OCSP answer by sha1: it ends at another moment than its record says."]


def test_an_answer_that_cannot_be_read(good):
    OcspAnswer.objects.filter(hash_name="sha1").update(der=b"damaged")

    (found,) = problems()
    assert found.startswith(f"{about(good)}: the OCSP answer by sha1: it cannot be read: ")


def test_an_answer_that_is_an_excuse(good):
    OcspAnswer.objects.filter(hash_name="sha1").update(der=ocsp.try_later())

    (found,) = problems()
    assert found.startswith(f"{about(good)}: the OCSP answer by sha1: it cannot be read: ")


def test_an_answer_with_a_wrong_signature(good):
    der = bytes(OcspAnswer.objects.get(hash_name="sha1").der)
    signature = load_der_ocsp_response(der).signature
    other = signature[:-1] + bytes([signature[-1] ^ 1])
    OcspAnswer.objects.filter(hash_name="sha1").update(der=der.replace(signature, other))

    assert problems() == [f"{about(good)}: the OCSP answer by sha1: its signature is wrong."]


def test_an_ended_certificate_needs_no_answers(good):
    OcspAnswer.objects.all().delete()
    with time_machine.travel(good.certificate.not_after + timedelta(seconds=1)):
        assert not [one for one in problems() if one.startswith("Certificate")]


# Revocation lists


def test_a_ca_without_a_list(good):
    Crl.objects.filter(authority__name="root-1").delete()

    assert problems() == ["root-1 has no revocation list."]


def test_a_list_that_ran_out(good):
    ends = list_of(good).next_update
    with time_machine.travel(ends + timedelta(minutes=1)):
        found = [one for one in problems() if one.startswith("Revocation list")]

    assert found == [f"Revocation list issuing-1: it ran out at {ends:%Y-%m-%d %H:%M} UTC."]


def test_a_list_that_cannot_be_read(good):
    Crl.objects.filter(pk=list_of(good).pk).update(der=b"damaged")

    (found,) = problems()
    assert found.startswith("Revocation list issuing-1: it cannot be read: ")


def test_a_list_that_the_ca_did_not_sign(good):
    crl = Crl.objects.get(authority__name="policy-1")
    Crl.objects.filter(pk=list_of(good).pk).update(
        der=crl.der, number=crl.number, this_update=crl.this_update, next_update=crl.next_update
    )

    assert problems() == [
        "Revocation list issuing-1: issuing-1 did not sign it.",
        "Revocation list issuing-1: it is for http://pki.example.com/pki/crl/policy-1.crl, and its record says "
        "http://pki.example.com/pki/crl/issuing-1.crl.",
    ]


def test_a_list_whose_record_says_something_else(good):
    Crl.objects.filter(pk=list_of(good).pk).update(number=7)

    assert problems() == [
        "Revocation list issuing-1: its number, dates or number of entries are not those of its record."
    ]


def make_list_with(order, *entries):
    """Another list in the place of the order's, of the same number and dates."""
    there = list_of(order)
    der = crls.build(
        making.public_half(issuing_ca()), keyroom.key("issuing-1"), entries, number=there.number,
        dates=(there.this_update, there.next_update), urls=there.urls,
    )  # fmt: skip
    Crl.objects.filter(pk=there.pk).update(der=der, entries=len(entries))


def test_a_revoked_certificate_that_is_on_no_list(revoked):
    make_list_with(revoked)

    assert problems() == [f"Revocation list issuing-1: {revoked.serial_number} is revoked, and not on it."]


def test_a_serial_number_on_a_list_that_nobody_revoked(good):
    make_list_with(good, Revoked(0xABC, timezone.now().replace(microsecond=0), 1))

    assert problems() == ["Revocation list issuing-1: ABC stands on it, and is not revoked."]


def test_who_has_ended_may_stay_on_the_list(revoked):
    """It goes with the next list (RFC 5280, 3.3)."""
    with time_machine.travel(revoked.certificate.not_after + timedelta(days=1)):
        lists.make_list(issuing_ca(), 0)
        assert list_of(revoked).entries == 1
        assert not [one for one in problems() if one.startswith(("Certificate", "Revocation list issuing-1"))]


# What is being changed


def test_a_change_that_is_about_to_be_published_is_passed_over(good, held, people):
    revocation.revoke_order(good, reason=Reason.CHANGED, by=people.paul)
    revocation.restore_order(held, by=people.paul)

    assert problems() == []


def test_a_change_that_is_not_published_is_told(good, people):
    revocation.revoke_order(good, reason=Reason.KEY, by=people.paul)
    StatusChange.objects.update(at=timezone.now() - timedelta(minutes=2))

    found = problems()

    assert [one.partition(", the first since")[0] for one in found] == [
        "1 change(s) of status are not published by revocation lists",
        "1 change(s) of status are not published by OCSP",
    ]


@pytest.mark.django_db(transaction=True)
def test_what_changes_while_it_walks_is_never_taken_for_wrong(make_issued, people):
    orders = [make_issued() for _number in range(3)]
    walks = 0

    def change_and_publish():
        try:
            for verb in [revocation.mark_unused, revocation.restore_order] * 10:
                for order in orders:
                    verb(order, by=people.paul)
                publish()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        other = threads.submit(change_and_publish)
        while not other.done() or not walks:
            walks += 1
            assert problems() == []
        other.result()


# Many


def test_the_number_of_queries_does_not_grow_with_the_certificates(make_issued):
    make_issued()
    with CaptureQueriesContext(connection) as of_one:
        assert problems() == []
    make_issued()
    make_issued()
    with CaptureQueriesContext(connection) as of_three:
        assert problems() == []

    assert len(of_three) == len(of_one)


def test_certificates_are_read_in_parts(make_issued, monkeypatch):
    for _number in range(3):
        make_issued()
    monkeypatch.setattr(checking.certificates, "CHUNK", 2)
    told = []

    assert list(checking.walk(Counter(), told.append)) == []
    assert told == [2, 3]
