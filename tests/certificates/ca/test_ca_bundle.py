"""Downloads: what other programs read out of them."""

import io
import re
import stat
import zipfile

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificates

from certificates.ca import bundle
from certificates.ca.issue import sign


@pytest.fixture
def leaf(ecdsa_cas, make_plan, urls):
    return sign(make_plan(), ecdsa_cas.issuing, ecdsa_cas.key, urls)


def test_pem_and_der_hold_the_certificate(leaf):
    assert load_pem_x509_certificates(bundle.pem(leaf)) == [leaf]
    assert load_der_x509_certificate(bundle.der(leaf)) == leaf


def test_chain_begins_with_the_server_and_ends_below_the_root(leaf, ecdsa_cas):
    chain = load_pem_x509_certificates(bundle.chain_pem(leaf, ecdsa_cas.intermediates))

    assert chain == [leaf, ecdsa_cas.issuing.certificate, ecdsa_cas.policy.certificate]


def test_ca_bundle_ends_with_the_root(ecdsa_cas):
    certificates = load_pem_x509_certificates(bundle.ca_bundle(ecdsa_cas.intermediates, ecdsa_cas.root.certificate))

    assert certificates == [ecdsa_cas.issuing.certificate, ecdsa_cas.policy.certificate, ecdsa_cas.root.certificate]


@pytest.mark.parametrize(("make", "form"), [(bundle.pkcs7_pem, "PEM"), (bundle.pkcs7_der, "DER")])
def test_pkcs7_gives_openssl_server_and_intermediates(leaf, ecdsa_cas, openssl, make, form):
    content = make(leaf, ecdsa_cas.intermediates)

    text = openssl("pkcs7", "-inform", form, "-print_certs", "-noout", data=content)

    assert sorted(re.findall(r"^subject=.*CN = (.+)$", text, re.MULTILINE)) == [
        "Example Trust Issuing CA 1",
        "Example Trust Policy CA 1",
        "www.example.com",
    ]


def test_pkcs7_forms_hold_the_same(leaf, ecdsa_cas):
    der = bundle.pkcs7_der(leaf, ecdsa_cas.intermediates)
    pem = bundle.pkcs7_pem(leaf, ecdsa_cas.intermediates)

    assert pem.startswith(b"-----BEGIN PKCS7-----\n")
    assert pkcs7.load_der_pkcs7_certificates(der) == pkcs7.load_pem_pkcs7_certificates(pem)


def test_zip_holds_a_file_each_in_order(leaf, ecdsa_cas):
    content = bundle.zipped([("www.example.com.crt", leaf), ("root-1.crt", ecdsa_cas.root.certificate)])

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ["www.example.com.crt", "root-1.crt"]
        assert archive.read("www.example.com.crt") == leaf.public_bytes(Encoding.PEM)
        assert stat.filemode(archive.getinfo("root-1.crt").external_attr >> 16) == "-rw-r--r--"
        assert archive.testzip() is None


def test_zip_tells_no_time(leaf):
    content = bundle.zipped([("www.example.com.crt", leaf)])

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.infolist()[0].date_time == (1980, 1, 1, 0, 0, 0)
    assert bundle.zipped([("www.example.com.crt", leaf)]) == content
