"""Issuing: the certificate says what the plan says, every time the same, or nothing is signed."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key

from certificates.ca.bundle import ca_bundle, pem
from certificates.ca.findings import Severity
from certificates.ca.hierarchy import Authority, Urls
from certificates.ca.issue import IssueError, LintFailed, PlanRefused, issue, sign


@pytest.mark.parametrize("level", ["OV", "EV"])
@pytest.mark.parametrize("key", ["rsa-2048", "ecdsa-p256", "ecdsa-p384"])
def test_issued_certificate_is_accepted_by_openssl(cas, make_plan, urls, openssl, tmp_path, now, level, key):
    plan = make_plan(level=level, key=key)

    certificate = issue(plan, cas.issuing, cas.key, urls).certificate

    for name, content in {
        "root.pem": cas.root.pem,
        "bundle.pem": ca_bundle(cas.intermediates, cas.root.certificate),
        "server.pem": pem(certificate),
    }.items():
        (tmp_path / name).write_bytes(content)
    said = openssl(
        "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "www.example.com",
        "-attime", int(now.timestamp()), "-CAfile", tmp_path / "root.pem", "-untrusted", tmp_path / "bundle.pem",
        tmp_path / "server.pem",
    )  # fmt: skip
    assert said.endswith("server.pem: OK\n")


def test_issuing_twice_gives_the_same_bytes(cas, make_plan, urls):
    plan = make_plan()
    pkcs8 = cas.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    first = issue(plan, cas.issuing, cas.key, urls).certificate
    again = issue(plan, cas.issuing, load_der_private_key(pkcs8, None), urls).certificate  # as after a restart

    assert first.public_bytes(Encoding.DER) == again.public_bytes(Encoding.DER)


def test_plans_that_differ_in_their_serial_number_differ_in_the_certificate(cas, make_plan, urls):
    assert sign(make_plan(), cas.issuing, cas.key, urls) != sign(make_plan(), cas.issuing, cas.key, urls)


def test_certificate_says_what_the_plan_says(cas, make_plan, urls):
    plan = make_plan(names=("www.example.com", "*.example.com", "xn--bcher-kva.example"))

    certificate = sign(plan, cas.issuing, cas.key, urls)

    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert certificate.serial_number == plan.serial
    assert certificate.not_valid_before_utc == plan.not_before
    assert certificate.not_valid_after_utc == plan.not_after
    assert tuple(names.get_values_for_type(x509.DNSName)) == plan.dns_names
    assert certificate.issuer == cas.issuing.certificate.subject


def test_rsa_issuer_signs_by_the_hash_of_the_plan(rsa_cas, make_plan, urls):
    certificate = sign(make_plan(hash_algorithm="sha384"), rsa_cas.issuing, rsa_cas.key, urls)

    assert certificate.signature_algorithm_oid == x509.SignatureAlgorithmOID.RSA_WITH_SHA384


def test_ecdsa_issuer_signs_by_the_hash_of_its_curve(ecdsa_cas, make_plan, urls):
    certificate = sign(make_plan(hash_algorithm="sha384"), ecdsa_cas.issuing, ecdsa_cas.key, urls)

    assert isinstance(certificate.signature_hash_algorithm, hashes.SHA256)


def test_refused_plan_is_not_signed(ecdsa_cas, make_plan, urls):
    plan = make_plan(serial=0)

    with pytest.raises(PlanRefused):
        issue(plan, ecdsa_cas.issuing, ecdsa_cas.key, urls)
    with pytest.raises(PlanRefused):
        sign(plan, ecdsa_cas.issuing, ecdsa_cas.key, urls)


def test_lint_error_stops_a_whole_public_suffix(ecdsa_cas, make_plan, urls):
    plan = make_plan(names=("*.co.jp",))

    with pytest.raises(LintFailed) as caught:
        issue(plan, ecdsa_cas.issuing, ecdsa_cas.key, urls)

    assert [(finding.severity, finding.code) for finding in caught.value.findings] == [
        (Severity.ERROR, "sslportal.names.public_suffix")
    ]


def test_lint_comes_before_the_key_is_used(ecdsa_cas, make_plan, urls):
    stranger = ec.generate_private_key(ec.SECP256R1())  # what it signed would raise IssueError

    with pytest.raises(LintFailed):
        issue(make_plan(names=("*.co.jp",)), ecdsa_cas.issuing, stranger, urls)


def test_lint_error_stops_a_year_for_the_public_but_not_in_private(ecdsa_cas, make_plan, urls):
    plan = make_plan(days=365)

    with pytest.raises(LintFailed, match="exceeds_200_days") as caught:
        issue(plan, ecdsa_cas.issuing, ecdsa_cas.key, urls, policy="public-trust")
    issued = issue(plan, ecdsa_cas.issuing, ecdsa_cas.key, urls, policy="private")

    assert caught.value.findings[0].stops
    assert issued.findings == []


@pytest.mark.parametrize("level", ["OV", "EV"])
def test_two_years_are_clean_in_private(cas, make_plan, urls, level):
    assert issue(make_plan(days=730, level=level), cas.issuing, cas.key, urls).findings == []


@pytest.mark.parametrize(("level", "code"), [("OV", "cabf.serverauth.ov"), ("EV", "cabf.ev_guidelines")])
def test_199_days_are_clean_for_the_public(cas, make_plan, urls, level, code):
    issued = issue(make_plan(level=level), cas.issuing, cas.key, urls, policy="public-trust")

    # The Forum would rather have no common name; the guide's users expect one
    assert [(finding.severity, finding.code) for finding in issued.findings] == [
        (Severity.WARNING, f"{code}.common_name_attribute_present")
    ]


def test_name_too_long_for_the_subject_stands_among_the_names(ecdsa_cas, make_plan, urls):
    name = "a" * 60 + ".example.com"

    issued = issue(make_plan(names=(name,)), ecdsa_cas.issuing, ecdsa_cas.key, urls, policy="public-trust")

    assert issued.findings == []
    assert issued.certificate.subject.rfc4514_string() == "O=Example K.K.,L=Chiyoda-ku,ST=Tokyo,C=JP"


def test_portal_on_one_machine_issues_and_says_so(ecdsa_cas, make_plan):
    issued = issue(make_plan(), ecdsa_cas.issuing, ecdsa_cas.key, Urls("http://localhost:8000"))

    points = issued.certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert [name.value for name in points[0].full_name] == ["http://localhost:8000/pki/crl/issuing-1.crl"]
    assert [(finding.severity, finding.code) for finding in issued.findings] == [
        (Severity.NOTICE, "sslportal.urls.local")
    ]


def test_portal_on_one_machine_issues_nothing_for_the_public(ecdsa_cas, make_plan):
    with pytest.raises(LintFailed, match="invalid_uri_syntax"):
        issue(make_plan(), ecdsa_cas.issuing, ecdsa_cas.key, Urls("http://localhost:8000"), policy="public-trust")


def test_lint_error_stops_all_the_same_on_one_machine(ecdsa_cas, make_plan):
    with pytest.raises(LintFailed, match="public_suffix"):
        issue(make_plan(names=("co.jp",)), ecdsa_cas.issuing, ecdsa_cas.key, Urls("http://localhost:8000"))


def test_key_of_another_ca_is_found_out(ecdsa_cas, make_plan, urls):
    stranger = ec.generate_private_key(ec.SECP256R1())

    with pytest.raises(IssueError, match="not signed by issuing-1"):
        sign(make_plan(), ecdsa_cas.issuing, stranger, urls)


def test_key_of_another_kind_is_found_out(ecdsa_cas, rsa_cas, make_plan, urls):
    with pytest.raises(IssueError, match="not signed by issuing-1"):
        sign(make_plan(), ecdsa_cas.issuing, rsa_cas.key, urls)


def test_authority_from_the_database_needs_no_parent(ecdsa_cas, make_plan, urls):
    bare = Authority.from_der(ecdsa_cas.issuing.name, ecdsa_cas.issuing.der)
    plan = make_plan()

    assert sign(plan, bare, ecdsa_cas.key, urls) == sign(plan, ecdsa_cas.issuing, ecdsa_cas.key, urls)
