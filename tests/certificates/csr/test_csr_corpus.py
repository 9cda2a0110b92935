"""The corpus: what tools make and people damage is accepted with the right key and names, or refused for the right reason."""

from pathlib import Path

import pytest

from certificates import csr

CORPUS = Path(__file__).parent / "corpus"

REFUSED = {
    "defect/bad-bitflip.csr": "signature",
    "defect/bad-certificate.csr": "certificate",
    "defect/bad-csr-and-key.csr": "csr-and-key",
    "defect/bad-empty.csr": "empty",
    "defect/bad-html-escaped.csr": "html-escaped",
    "defect/bad-no-footer.csr": "no-footer",
    "defect/bad-plus-to-space.csr": "plus-to-space",
    "defect/bad-private-key.csr": "private-key",
    "defect/bad-smart-dashes.csr": "smart-dashes",
    "defect/bad-trailing-der.csr": "trailing-der",
    "defect/bad-truncated.csr": "truncated",
    "defect/bad-two-csrs.csr": "two-csrs",
    "odd/certificate.pem": "certificate",
    "odd/certificate-v1.pem": "certificate",
    "odd/dsa.csr": "unsupported-key",
    "odd/ed25519.csr": "unsupported-key",
    "odd/explicit.csr": "explicit-curve",
    "odd/p521.csr": "unsupported-curve",
    "odd/pss-key.csr": "unsupported-key",
    "odd/rsa1024.csr": "rsa-too-small",
    "odd/rsa2047.csr": "rsa-too-small",
    "odd/rsa2052.csr": "rsa-odd-size",
    "odd/secp256k1.csr": "unsupported-curve",
    "weakkeys/debian-2048-be32-noreadrnd-pid4242.csr": "debian-weak",
    "weakkeys/debian-2048-be32-nornd-pid4242.csr": "debian-weak",
    "weakkeys/debian-2048-be32-rnd-pid4242.csr": "debian-weak",
    "weakkeys/debian-2048-le32-noreadrnd-pid4242.csr": "debian-weak",
    "weakkeys/debian-2048-le32-nornd-pid4242.csr": "debian-weak",
    "weakkeys/debian-2048-le32-rnd-pid4242.csr": "debian-weak",
    "weakkeys/debian-2048-le64-noreadrnd-pid4242.csr": "debian-weak",
    "weakkeys/debian-2048-le64-nornd-pid4242.csr": "debian-weak",
    "weakkeys/debian-2048-le64-rnd-pid4242.csr": "debian-weak",
    "weakkeys/debian-2048-le64-rnd-pid9999-e3.csr": "debian-weak",
    "weakkeys/debian-4096-le64-rnd-pid777.csr": "debian-weak",
}
WIDGETS = "Example Widgets K.K."
# file -> key, hash of the signature, common name, SANs, organization, software
ACCEPTED = {
    "tools/gnutls-certtool.csr": (
        "RSA 2048", "sha256", "www.shop.test", ("shop.test",), "Example Widgets", "GnuTLS certtool",
    ),
    "tools/keytool17-ec384-wildcard-utf8.csr": ("ECDSA P-384", "sha384", "*.shop.test", (), "例示株式会社", "keytool"),
    "tools/keytool17-rsa2048.csr": ("RSA 2048", "sha256", "www.shop.test", ("shop.test",), WIDGETS, "keytool"),
    "tools/keytool17-sha1.csr": ("RSA 2048", "sha1", "www.shop.test", (), WIDGETS, "keytool"),
    "tools/nss-certutil.csr": (
        "RSA 2048", "sha256", "www.shop.test", ("shop.test",), "Example Widgets", "NSS certutil",
    ),
    "tools/nss-certutil.der": ("RSA 2048", "sha256", "www.shop.test", (), "Example Widgets", ""),
    "odd/md5.csr": ("RSA 2048", "md5", "www.shop.test", (), "Example Widgets", ""),
    "odd/pss-signed.csr": ("RSA 2048", "sha256", "www.shop.test", (), "Example Widgets", ""),
    "odd/rich.csr": ("ECDSA P-256", "sha256", "first.shop.test", ("www.shop.test",), "", ""),
    # weak keys of Debian, but of sets that the lists do not cover
    "weakkeys/debian-3072-le64-rnd-pid31000.csr": ("RSA 3072", "sha256", "www.shop.test", (), WIDGETS, ""),
    "weakkeys/debian-4096-le32-nornd-pid777.csr": ("RSA 4096", "sha256", "www.shop.test", (), WIDGETS, ""),
}  # fmt: skip
INTACT = sorted(path.name for path in (CORPUS / "defect").glob("ok-*"))


def read(name):
    return csr.read((CORPUS / name).read_bytes())


def test_the_tables_name_every_file():
    files = {f"{path.parent.name}/{path.name}" for path in CORPUS.glob("*/*")}

    assert files == {*REFUSED, *ACCEPTED, *(f"defect/{name}" for name in INTACT)}


@pytest.mark.parametrize(("name", "code"), REFUSED.items())
def test_a_bad_paste_is_refused_with_its_reason(name, code):
    with pytest.raises(csr.CsrRefused) as refusal:
        read(name)

    assert refusal.value.code == code
    assert "{" not in str(refusal.value)


@pytest.mark.parametrize(("name", "code"), REFUSED.items())
def test_the_reason_is_the_same_for_text_of_a_form(name, code):
    text = (CORPUS / name).read_bytes().decode()

    with pytest.raises(csr.CsrRefused) as refusal:
        csr.read(text)

    assert refusal.value.code == code


@pytest.mark.parametrize("name", INTACT)
def test_whatever_happened_to_a_csr_on_its_way_the_same_is_read(name):
    original = read("defect/ok-der.csr")

    request = read(f"defect/{name}")

    assert request.der == (CORPUS / "defect/ok-der.csr").read_bytes()
    assert (request.pem, request.key_sha256) == (original.pem, original.key_sha256)
    assert (request.key_label, request.common_name, request.organization) == ("RSA 2048", "cryptography.io", "PyCA")


@pytest.mark.parametrize(("name", "expected"), ACCEPTED.items())
def test_csrs_of_all_tools_are_read(name, expected):
    request = read(name)

    found = (
        request.key_label,
        request.signature_hash,
        request.common_name,
        request.dns_names,
        request.organization,
        request.made_by,
    )
    assert found == expected


@pytest.mark.parametrize("name", sorted({*ACCEPTED, *(f"defect/{name}" for name in INTACT)}))
def test_no_csr_is_taken_for_a_private_key(name):
    assert not csr.holds_private_key((CORPUS / name).read_bytes())


@pytest.mark.parametrize("name", sorted(REFUSED.keys() - {"defect/bad-private-key.csr", "defect/bad-csr-and-key.csr"}))
def test_nothing_public_is_taken_for_a_private_key(name):
    assert not csr.holds_private_key((CORPUS / name).read_bytes())
