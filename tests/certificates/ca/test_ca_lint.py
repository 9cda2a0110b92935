"""The linter: our own rules on certificates that break them, and what it does with hopeless input."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from certificates.ca import profiles
from certificates.ca.findings import Finding, Severity, worst_first
from certificates.ca.house_rules import findings as house_findings
from certificates.ca.lint import lint, warm_up
from certificates.ca.signing import sign


@pytest.fixture
def signed(ecdsa_cas, urls):
    """The certificate for a plan, even one that the CA would refuse, as DER."""

    def make(plan):
        return sign(profiles.server(plan, ecdsa_cas.issuing, urls), ecdsa_cas.key).public_bytes(Encoding.DER)

    return make


def codes(findings):
    return [(finding.severity, finding.code) for finding in findings]


def test_clean_certificate_has_no_findings(signed, make_plan):
    assert lint(signed(make_plan()), "private") == []


@pytest.mark.parametrize("name", ["co.jp", "*.co.jp", "com", "*.com"])
@pytest.mark.parametrize("policy", ["private", "public-trust"])
def test_public_suffix_is_an_error(signed, make_plan, name, policy):
    found = lint(signed(make_plan(names=(name,))), policy)

    assert (Severity.ERROR, "sslportal.names.public_suffix") in codes(found)


@pytest.mark.parametrize("name", ["*.example.co.jp", "github.io", "*.github.io"])
def test_name_below_a_public_suffix_is_fine(signed, make_plan, name):
    assert lint(signed(make_plan(names=(name,))), "private") == []  # github.io: the private part is not for CAs


def test_internal_name_is_noticed_in_private_and_an_error_for_the_public(signed, make_plan):
    der = signed(make_plan(names=("server.corp",)))

    assert codes(lint(der, "private")) == [(Severity.NOTICE, "sslportal.names.internal")]
    assert (Severity.ERROR, "sslportal.names.internal") in codes(lint(der, "public-trust"))


def test_more_than_100_names_are_an_error(signed, make_plan):
    names = tuple(f"www{number}.example.com" for number in range(101))

    assert codes(lint(signed(make_plan(names=names)), "private")) == [(Severity.ERROR, "sslportal.names.too_many")]


@pytest.mark.parametrize(("days", "expected"), [(825, []), (826, [(Severity.ERROR, "sslportal.validity.too_long")])])
def test_validity_in_private_ends_at_825_days(signed, make_plan, days, expected):
    assert codes(lint(signed(make_plan(days=days)), "private")) == expected


@pytest.mark.parametrize("policy", ["private", "public-trust"])
def test_name_of_wrong_syntax_is_an_error(signed, make_plan, policy):
    found = lint(signed(make_plan(names=("a_b.example.com",))), policy)

    assert (Severity.ERROR, "sslportal.names.syntax") in codes(found)


def test_key_usage_that_is_not_critical_is_found_by_pkilint(openssl, tmp_path):
    openssl(
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=www.example.com",
        "-addext", "subjectAltName=DNS:www.example.com", "-addext", "keyUsage=digitalSignature",
        "-keyout", tmp_path / "key.pem", "-out", tmp_path / "loose.der", "-outform", "DER",
    )  # fmt: skip

    found = lint((tmp_path / "loose.der").read_bytes(), "private")

    assert "pkix.key_usage_extension_not_critical" in [finding.code for finding in found]


def test_sha1_is_an_error(openssl, tmp_path):
    openssl(
        "req", "-x509", "-sha1", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
        "-subj", "/CN=old", "-addext", "subjectAltName=DNS:www.example.com", "-addext", "basicConstraints=CA:FALSE",
        "-keyout", tmp_path / "key.pem", "-out", tmp_path / "old.der", "-outform", "DER",
    )  # fmt: skip

    found = house_findings(x509.load_der_x509_certificate((tmp_path / "old.der").read_bytes()), "private")

    assert codes(found) == [(Severity.ERROR, "sslportal.signature.weak_hash")]


def test_certificate_without_names_is_an_error(openssl, tmp_path):
    openssl(
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=www.example.com",
        "-addext", "basicConstraints=CA:FALSE", "-keyout", tmp_path / "key.pem", "-out", tmp_path / "bare.der",
        "-outform", "DER",
    )  # fmt: skip

    found = lint((tmp_path / "bare.der").read_bytes(), "private")

    assert "sslportal.names.none" in [finding.code for finding in found if finding.stops]


@pytest.mark.parametrize("der", [b"", b"not a certificate", b"0\x03\x02\x01\x01"])
@pytest.mark.parametrize("policy", ["private", "public-trust"])
def test_what_cannot_be_read_is_fatal(der, policy):
    assert codes(lint(der, policy)) == [(Severity.FATAL, "sslportal.unreadable")]


@pytest.mark.parametrize("policy", ["private", "public-trust"])
def test_truncated_certificate_is_fatal(signed, make_plan, policy):
    assert codes(lint(signed(make_plan())[:-20], policy)) == [(Severity.FATAL, "sslportal.unreadable")]


@pytest.mark.parametrize(
    ("sound", "broken"),
    [
        (b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x4c"),  # version 77
        (b"\x2a\x86\x48\xce\x3d\x04\x03\x02", b"\x2a\x86\x48\xce\x3d\x04\x03\x7f"),  # an unknown signature
        (b"\x55\x1d\x25", b"\x55\x1d\x0f"),  # a second key usage where the extended one was
    ],
)
@pytest.mark.parametrize("policy", ["private", "public-trust"])
def test_certificate_that_is_read_in_part_is_fatal(signed, make_plan, sound, broken, policy):
    der = signed(make_plan())
    assert sound in der

    assert codes(lint(der.replace(sound, broken), policy)) == [(Severity.FATAL, "sslportal.unreadable")]


def test_findings_are_sorted_worst_first():
    found = [Finding(severity, "code") for severity in reversed(Severity)]

    assert [finding.severity for finding in worst_first(found)] == ["FATAL", "ERROR", "WARNING", "NOTICE"]
    assert [finding.stops for finding in worst_first(found)] == [True, True, False, False]


def test_public_errors_come_before_warnings(signed, make_plan):
    found = lint(signed(make_plan(days=365)), "public-trust")

    assert codes(found) == [
        (Severity.ERROR, "cabf.serverauth.certificate_validity_period_exceeds_200_days"),
        (Severity.WARNING, "cabf.serverauth.ov.common_name_attribute_present"),
    ]
    assert found[0].where == "certificate.tbsCertificate.validity.notBefore"


def test_validators_are_kept():
    from certificates.ca import pkilint_rules

    warm_up()

    assert pkilint_rules.rfc5280_validators() is pkilint_rules.rfc5280_validators()
    assert pkilint_rules.serverauth_validators.cache_info().currsize >= 2
