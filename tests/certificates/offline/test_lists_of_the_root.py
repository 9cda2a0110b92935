"""The revocation lists of an offline root, which are made where its key is."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.management import CommandError

from certificates.models import CertificateAuthority, Crl
from tests import stranger
from tests.certificates.offline import root as offline_root
from tests.certificates.offline.root import other_key
from tests.certificates.operating import manage, names, refusal


def _name(common_name):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])


def test_a_newer_list_takes_the_place_of_the_old_one(in_service, folder):
    said = manage("import", offline_root.make_list(folder))

    assert said.startswith("List 2 of root-1 is published, until ")
    assert stranger.ask("/pki/crl/root-1.crl").status == 200
    assert Crl.objects.get(authority__name="root-1").number == 2


def test_a_list_that_revokes_a_policy_ca_is_taken_and_said(in_service, folder):
    offline_root.run(folder, "openssl ca -config root-1.cnf -revoke policy-1.pem -crl_reason cACompromise")

    said = manage("import", offline_root.make_list(folder))

    assert "It says that policy-1 is REVOKED: make a new one with ca rotate --role policy." in said
    with pytest.raises(CommandError):
        manage("check")


def test_a_new_policy_ca_that_is_revoked_is_not_taken(answer, folder):
    offline_root.run(folder, "openssl ca -config root-1.cnf -revoke policy-1.pem")
    offline_root.make_list(folder)

    assert refusal("import", *answer) == "The root's list says that the new policy CA is revoked."
    assert names() == []


def _scope(url="http://pki.example.com/pki/crl/root-1.crl", **flags):
    values = {
        "relative_name": None, "only_contains_user_certs": False, "only_contains_ca_certs": False,
        "only_some_reasons": None, "indirect_crl": False, "only_contains_attribute_certs": False,
    }  # fmt: skip
    return x509.IssuingDistributionPoint(full_name=[x509.UniformResourceIdentifier(url)], **(values | flags))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"number": None}, "it has no number"),
        ({"number": 2**63}, "its number is above 9223372036854775807"),
        ({"days": 1, "begins": datetime(2020, 1, 1, tzinfo=UTC)}, "its next update is not in the future"),
        (
            {"begins": datetime(2100, 1, 1, tzinfo=UTC)},
            "it begins only at 2100-01-01 00:00 UTC: one of the clocks is wrong",
        ),
        ({"key": other_key()}, "root-1 did not sign it"),
        ({"extensions": [x509.DeltaCRLIndicator(1)]}, "it tells only what is new since another one"),
        (
            {"extensions": [_scope("http://pki.example.org/root.crl")]},
            "its issuing distribution point is not http://pki.example.com/pki/crl/root-1.crl",
        ),
        ({"extensions": [_scope(only_contains_user_certs=True)]}, "it does not cover CAs"),
        (
            {"extensions": [_scope(indirect_crl=True)]},
            "its issuing distribution point is of a kind that most clients do not know",
        ),
        (
            {"extensions": [x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")]},
            "it has a critical extension 1.3.6.1.4.1.99999.1, for which clients turn it down",
        ),
    ],
)
def test_a_list_that_is_not_good(in_service, root, change, says):
    refused = refusal("import", root.list(**({"number": 2} | change)))

    assert refused == f"The revocation list of root-1 was not taken: {says}."
    assert Crl.objects.get(authority__name="root-1").number == 1


def test_a_list_with_our_address_is_good(in_service, root):
    manage("import", root.list(2, extensions=[_scope(only_contains_ca_certs=True)]))

    assert Crl.objects.get(authority__name="root-1").number == 2
    assert manage("check").endswith("All is well.\n")


def test_a_list_is_for_the_addresses_in_the_certificates(in_service, root, settings):
    settings.PKI_URL = "http://pki.example.org"

    says = refusal("import", root.list(2, extensions=[_scope("http://pki.example.org/pki/crl/root-1.crl")]))
    manage("import", root.list(2, extensions=[_scope()]))

    assert "its issuing distribution point is not http://pki.example.com/pki/crl/root-1.crl" in says
    assert Crl.objects.get(authority__name="root-1").number == 2


def test_the_number_of_a_list_goes_up(in_service, root):
    assert refusal("import", root.list(1)) == (
        "The list's number is 1, and that of the list before is 1: it must go up."
    )


def test_a_list_of_somebody_else(in_service, root):
    root.certificate = x509.load_pem_x509_certificate(
        root.certify(root.certificate, subject=_name("Mallory")).read_bytes()
    )

    assert refusal("import", root.list()) == "The revocation list is of CN=Mallory, which is no root of the portal."


def test_lists_of_a_root_whose_key_is_here_are_made_here(own_ca, tmp_path):
    manage("export", tmp_path / "export")
    crl = x509.CertificateRevocationListBuilder(
        CertificateAuthority.objects.get(name="root-1").certificate.subject,
        datetime.now(UTC), datetime.now(UTC) + timedelta(days=1),
    ).sign(own_ca.load("root-1"), hashes.SHA256())  # fmt: skip
    (tmp_path / "list.der").write_bytes(crl.public_bytes(Encoding.DER))

    assert (
        refusal("import", tmp_path / "list.der") == "The key of root-1 is in the key store, so its lists are made here."
    )


def test_a_list_that_comes_near_its_end_is_told(in_service):
    assert "WARNING" not in manage("status")

    with time_machine.travel(datetime.now(UTC) + timedelta(days=335)):
        assert "Make one where its key is, then: manage.py ca import root-1.crl" in manage("status")
