"""Server certificates as openssl shows them, field by field, in order."""

import re

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from certificates.ca.issue import sign


@pytest.fixture
def shown(ecdsa_cas, urls, openssl):
    """What `openssl x509` says of the certificate for a plan."""

    def show(plan, *options):
        der = sign(plan, ecdsa_cas.issuing, ecdsa_cas.key, urls).public_bytes(Encoding.DER)
        return openssl("x509", "-inform", "DER", "-noout", *options, data=der)

    return show


def subject(shown, plan):
    return shown(plan, "-subject", "-nameopt", "utf8,sname,sep_comma_plus").strip()


def test_ov_subject_has_the_organization_and_the_name(shown, make_plan):
    assert subject(shown, make_plan()) == "subject=C=JP,ST=Tokyo,L=Chiyoda-ku,O=Example K.K.,CN=www.example.com"


def test_ev_subject_begins_with_the_registration(shown, make_plan):
    plan = make_plan({"jurisdiction_state": "Tokyo", "jurisdiction_locality": "Chiyoda-ku"}, level="EV")

    assert subject(shown, plan) == (
        "subject=businessCategory=Private Organization,jurisdictionC=JP,jurisdictionST=Tokyo,jurisdictionL=Chiyoda-ku,"
        "serialNumber=0100-01-034571,C=JP,ST=Tokyo,L=Chiyoda-ku,O=Example K.K.,CN=www.example.com"
    )


def test_subject_leaves_out_what_is_empty(shown, make_plan):
    plan = make_plan({"state": "", "organization": "例示株式会社"})

    assert subject(shown, plan) == "subject=C=JP,L=Chiyoda-ku,O=例示株式会社,CN=www.example.com"


def test_extensions_stand_in_their_order(shown, make_plan):
    text = shown(make_plan(), "-text")

    assert re.findall(r"^ {12}(X509v3 .*|Authority Information.*): ?(critical)?", text, re.MULTILINE) == [
        ("X509v3 Key Usage", "critical"),
        ("X509v3 Extended Key Usage", ""),
        ("X509v3 Basic Constraints", "critical"),
        ("X509v3 Certificate Policies", ""),
        ("X509v3 Subject Alternative Name", ""),
        ("X509v3 Authority Key Identifier", ""),
        ("X509v3 CRL Distribution Points", ""),
        ("Authority Information Access", ""),
    ]


def test_extensions_say_what_a_server_needs(shown, make_plan):
    lines = {line.strip() for line in shown(make_plan(), "-text").splitlines()}

    assert lines >= {
        "Digital Signature",
        "TLS Web Server Authentication",
        "CA:FALSE",
        "DNS:www.example.com, DNS:example.com",
        "URI:http://pki.example.com/pki/crl/issuing-1.crl",
        "OCSP - URI:http://pki.example.com/pki/ocsp/issuing-1/",
        "CA Issuers - URI:http://pki.example.com/pki/ca/issuing-1.crt",
    }


@pytest.mark.parametrize(("level", "oid"), [("OV", "2.23.140.1.2.2"), ("EV", "2.23.140.1.1")])
def test_policies_are_the_forums_then_our_own(shown, make_plan, level, oid):
    text = shown(make_plan(level=level, own_policy="1.3.6.1.4.1.32473.1.1"), "-text")

    assert re.findall(r"Policy: (\S+)", text) == [oid, "1.3.6.1.4.1.32473.1.1"]


def test_dates_are_those_of_the_plan(shown, make_plan):
    assert shown(make_plan(days=365), "-dates") == (
        "notBefore=Nov 24 02:50:00 2026 GMT\nnotAfter=Nov 24 02:49:59 2027 GMT\n"
    )
