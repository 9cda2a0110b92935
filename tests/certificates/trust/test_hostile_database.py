"""Whoever can write to the database, but has no keys: nothing false is signed for him, and no key is deleted."""

from datetime import timedelta

import pytest
from cryptography.x509.ocsp import load_der_ocsp_response
from django.utils import timezone

from certificates import tasks
from certificates.actions import revocation
from certificates.models import CertificateAuthority, OcspAnswer, Responder
from certificates.states import Reason
from certificates.trust import answers
from tests import stranger

DAY = timedelta(days=1)


@pytest.mark.django_db(transaction=True)  # a joint answer is signed after a commit
def test_an_answer_that_somebody_put_there_is_not_joined_with_others(make_issued, issuer, people):
    revoked, good = make_issued("one.example.com"), make_issued("two.example.com")
    forged = for_decades(OcspAnswer.objects.get(certificate=revoked.certificate, hash_name="sha1"))
    revocation.revoke_order(revoked, reason=Reason.KEY, by=people.paul)
    assert OcspAnswer.objects.filter(certificate=revoked.certificate).update(der=forged)

    asked = [stranger.cert_id(order.certificate.x509, issuer) for order in (revoked, good)]
    joint = stranger.post(stranger.request_of(*asked)).ocsp

    stranger.assert_signed_for(joint, issuer)
    assert [one.certificate_status.name for one in joint.responses] == ["REVOKED", "GOOD"]
    assert {one.next_update_utc - one.this_update_utc for one in joint.responses} == {answers.LIVES}


def for_decades(answer):
    """“Good”, as it was before the revocation, with an end that nobody signed."""
    ends = f"{answer.next_update:%Y%m%d%H%M%S}Z".encode()
    forged = bytes(answer.der).replace(ends, b"20990101000000Z")
    assert load_der_ocsp_response(forged).next_update_utc.year == 2099
    return forged


@pytest.mark.parametrize("name", ["root-1", "issuing-1"])
def test_the_key_of_a_ca_is_not_deleted_as_that_of_an_old_responder(own_keys, order, name):
    ended = {"not_before": timezone.now() - 2 * DAY, "not_after": timezone.now() - DAY}
    authority = CertificateAuthority.objects.get(name="issuing-1")
    for responder in (name, "ocsp-issuing-1-1"):
        values = {"authority": authority, "der": authority.der, **ended}
        Responder.objects.update_or_create(name=responder, defaults=values)

    tasks.renew_status()

    assert (own_keys / f"{name}.pem").exists()
    assert not (own_keys / "ocsp-issuing-1-1.pem").exists()
