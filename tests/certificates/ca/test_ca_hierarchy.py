"""The CAs: their certificates, their names, their chain."""

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from certificates.ca.hierarchy import Authority, LintFailed, Terms, Urls, create_below
from certificates.ca.keys import FileKeyStore
from certificates.ca.lint import lint


def extension(authority, kind):
    return authority.certificate.extensions.get_extension_for_class(kind)


def test_names_roles_and_parents(ecdsa_cas):
    cas = [ecdsa_cas.root, ecdsa_cas.policy, ecdsa_cas.issuing]

    assert [(ca.name, ca.role, ca.parent) for ca in cas] == [
        ("root-1", "root", None),
        ("policy-1", "policy", "root-1"),
        ("issuing-1", "issuing", "policy-1"),
    ]
    assert ecdsa_cas.store.names() == ["issuing-1", "policy-1", "root-1"]


def test_subjects_name_brand_and_number(ecdsa_cas):
    assert [ca.certificate.subject.rfc4514_string() for ca in (ecdsa_cas.root, ecdsa_cas.issuing)] == [
        "CN=Example Trust Root CA 1,O=Example Trust,C=JP",
        "CN=Example Trust Issuing CA 1,O=Example Trust,C=JP",
    ]


def test_each_is_signed_by_the_one_above(cas):
    cas.root.certificate.verify_directly_issued_by(cas.root.certificate)
    cas.policy.certificate.verify_directly_issued_by(cas.root.certificate)
    cas.issuing.certificate.verify_directly_issued_by(cas.policy.certificate)


def test_keys_in_the_store_are_those_of_the_certificates(cas):
    for ca in (cas.root, cas.policy, cas.issuing):
        assert cas.store.load(ca.name).public_key() == ca.certificate.public_key()


def test_path_lengths_leave_room_for_just_these(ecdsa_cas):
    constraints = [extension(ca, x509.BasicConstraints) for ca in (ecdsa_cas.root, ecdsa_cas.policy, ecdsa_cas.issuing)]

    assert [(found.critical, found.value.ca, found.value.path_length) for found in constraints] == [
        (True, True, None),
        (True, True, 1),
        (True, True, 0),
    ]


def test_root_has_no_more_than_a_root_needs(ecdsa_cas):
    assert [found.oid for found in ecdsa_cas.root.certificate.extensions] == [
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.SUBJECT_KEY_IDENTIFIER,
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
    ]


def test_intermediates_serve_servers_only(ecdsa_cas):
    for ca in (ecdsa_cas.policy, ecdsa_cas.issuing):
        usage = extension(ca, x509.KeyUsage)
        assert usage.critical
        assert (usage.value.key_cert_sign, usage.value.crl_sign, usage.value.digital_signature) == (True, True, False)
        assert list(extension(ca, x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.SERVER_AUTH]


def test_intermediate_points_to_the_ca_above(ecdsa_cas):
    points = extension(ecdsa_cas.issuing, x509.CRLDistributionPoints).value
    access = extension(ecdsa_cas.issuing, x509.AuthorityInformationAccess).value

    assert [name.value for name in points[0].full_name] == ["http://pki.example.com/pki/crl/policy-1.crl"]
    assert [found.access_location.value for found in access] == ["http://pki.example.com/pki/ca/policy-1.crt"]


def test_each_ends_before_the_one_above(ecdsa_cas, now):
    ends = [ca.certificate.not_valid_after_utc for ca in (ecdsa_cas.root, ecdsa_cas.policy, ecdsa_cas.issuing)]

    assert [(end - now).days // 365 for end in ends] == [20, 12, 10]


def test_certificates_are_clean_for_the_public(cas):
    for ca in (cas.root, cas.policy, cas.issuing):
        assert [finding.code for finding in lint(ca.der, "public-trust")] == [
            "cabf.ca_certificate_no_digital_signature_bit"  # a notice that it may not sign OCSP answers: nor shall it
        ]
        assert lint(ca.der, "private") == []


def test_authority_comes_back_out_of_der(ecdsa_cas):
    again = Authority.from_der("issuing-1", ecdsa_cas.issuing.der, "policy-1")

    assert again == ecdsa_cas.issuing
    assert again.pem == ecdsa_cas.issuing.pem


def test_hierarchy_after_others_on_one_machine(tmp_path, now):
    store = FileKeyStore(tmp_path, b"correct horse")
    store.create("policy-7", "ecdsa-p256")  # as left by a run that died half-way

    made = create_below(None, store, Terms("Example", now, Urls("http://localhost:8000")), algorithm="ecdsa-p256")

    assert [ca.name for ca in made] == ["root-8", "policy-8", "issuing-8"]
    assert made[0].certificate.subject.rfc4514_string() == "CN=Example Root CA 8,O=Example"
    points = extension(made[1], x509.CRLDistributionPoints).value
    assert [name.value for name in points[0].full_name] == ["http://localhost:8000/pki/crl/root-8.crl"]


def test_brand_that_is_too_long_makes_no_keys(empty_store, now, urls):
    with pytest.raises(ValueError, match="length"):
        create_below(None, empty_store, Terms("x" * 60, now, urls), algorithm="ecdsa-p256")

    assert empty_store.names() == []


def test_hierarchy_on_one_machine_is_not_for_the_public(empty_store, now):
    local = Urls("http://localhost:8000")

    with pytest.raises(LintFailed, match="localhost"):
        create_below(None, empty_store, Terms("Example", now, local, "JP", "public-trust"), algorithm="ecdsa-p256")


def test_urls_are_below_pki(urls):
    assert urls.ocsp("issuing-1") == "http://pki.example.com/pki/ocsp/issuing-1/"
    assert urls.crl("issuing-1") == "http://pki.example.com/pki/crl/issuing-1.crl"
    assert urls.certificate("issuing-1") == "http://pki.example.com/pki/ca/issuing-1.crt"


@pytest.mark.parametrize(
    "base", ["https://pki.example.com", "http://pki.example.com/", "pki.example.com", "http://", ""]
)
def test_urls_are_plain_http(base):
    with pytest.raises(ValueError, match="http address"):
        Urls(base)
