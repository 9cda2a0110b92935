"""What is no answer to what an offline root was asked for: each is told, and nothing is recorded."""

import re
import shutil
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.certificates.offline import root as offline_root
from tests.certificates.offline.root import Root, other_key
from tests.certificates.operating import names, refusal


def _name(common_name):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])


@pytest.mark.parametrize("is_encrypted", [True, False])
def test_the_roots_private_key_is_refused_as_exposed(answer, folder, is_encrypted):
    key = folder / "root-1.key"
    if not is_encrypted:
        key.write_bytes(Root(folder).key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    says = refusal("import", *answer, key)

    assert says == (
        f"{key} holds a private key, so nothing was taken. If it is the root's, it is no longer offline: "
        "regard it as exposed, delete the file from this machine, and make a new root with another key."
    )
    assert names() == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is neither a certificate nor a revocation list, in PEM or DER."),
        (b"\x30\x82\x01\x00garbage", "is neither a certificate nor a revocation list, in PEM or DER."),
        (b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "is damaged:"),
        (b"-----BEGIN X509 CRL-----\n\n-----END X509 CRL-----\n", "is damaged:"),
        (b"-----BEGIN PKCS7-----\nMIIB\n-----END PKCS7-----\n", "holds a PKCS7. What is needed is certificates and"),
        (b"0" * 1_000_001, "has more than 1,000,000 bytes"),
    ],
)
def test_what_is_no_answer_at_all(answer, folder, content, says):
    (folder / "odd").write_bytes(content)

    assert refusal("import", *answer, folder / "odd").startswith(f"{folder}/odd {says}")
    assert names() == []


def test_a_file_that_is_not_there(folder):
    assert "No such file" in refusal("import", folder / "root-1.pem")


def test_the_request_is_not_its_own_answer(answer, folder):
    says = refusal("import", answer[0], folder / "policy-1.csr")

    assert says == f"{folder}/policy-1.csr holds a request. What is needed is the certificate that the root made of it."


def test_a_root_alone_is_not_enough(answer):
    assert refusal("import", answer[0]) == "The certificate of one new policy CA is needed, and there is: none."


def test_a_policy_ca_without_its_root_is_not_enough(answer):
    assert refusal("import", answer[1]) == "The certificate of one root is needed, and there are 0."


def test_a_key_that_is_not_ours(answer, root, policy_ca):
    theirs = root.certify(policy_ca, key=other_key().public_key())

    says = refusal("import", answer[0], theirs)

    assert says == (
        "The certificate of CN=SSL Portal Policy CA 1,O=SSL Portal is for no key of a policy CA in the key store."
    )


def test_a_root_that_did_not_sign(answer, root, policy_ca, folder, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    for command in offline_root.commands(folder)[:2]:
        offline_root.run(other, command)

    says = refusal("import", other / "root-1.pem", answer[1])

    assert says.startswith("The certificate of policy-1 was not taken: root-1 did not sign it")
    assert names() == []


def test_two_roots(answer, folder, tmp_path):
    other = shutil.copytree(folder, tmp_path / "other")
    for command in offline_root.commands(folder)[:2]:
        offline_root.run(other, command)

    assert refusal("import", *answer, other / "root-1.pem") == "The certificate of one root is needed, and there are 2."


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"without": x509.CRLDistributionPoints},
            "it has no CRLDistributionPoints: sign the request again by “-extfile",
        ),
        ({"subject": _name("Mallory")}, "it is for CN=Mallory, not for CN=SSL Portal Policy CA 1,O=SSL Portal"),
        ({"begins": datetime(2020, 1, 1, tzinfo=UTC), "days": 365}, "it has ended on 2020-12-31"),
        (
            {"begins": datetime(2100, 1, 1, tzinfo=UTC), "days": 365},
            "it begins only at 2100-01-01 00:00 UTC: one of the",
        ),
        ({"days": 9000}, "it ends after root-1, which ends on"),
    ],
)
def test_a_policy_ca_that_is_not_what_was_asked_for(answer, root, policy_ca, change, says):
    wrong = root.certify(policy_ca, **change)

    assert refusal("import", answer[0], wrong).startswith(f"The certificate of policy-1 was not taken: {says}")
    assert names() == []


def test_a_weak_hash(answer, folder):
    offline_root.run(folder, offline_root.commands(folder)[2].replace("-sha256", "-sha1"))

    assert refusal("import", *answer).startswith(
        "The certificate of policy-1 was not taken: it is signed by sha1, which is too weak"
    )


def test_a_policy_ca_that_ends_too_soon(answer, root, policy_ca):
    short = root.certify(policy_ca, days=300)

    says = refusal("import", answer[0], short)

    assert re.fullmatch(
        r"policy-1 ends on .*: a CA below it could not issue certificates of \d+ days\. A policy CA that .*", says
    )
    assert names() == []


def test_an_extension_that_nobody_asked_for(answer, root, policy_ca, folder):
    (folder / "policy-1.cnf").write_text((folder / "policy-1.cnf").read_text() + "nsComment = hello\n")
    offline_root.run(folder, offline_root.commands(folder)[2])

    assert "it has 2.16.840.1.113730.1.13, not asked for" in refusal("import", *answer)


def test_addresses_that_are_no_longer_ours(answer, settings):
    settings.PKI_URL = "http://pki.example.org"

    assert (
        "it has CRLDistributionPoints other than asked for, AuthorityInformationAccess other than asked for"
        in refusal("import", *answer)
    )


@pytest.mark.parametrize(
    ("made_by", "says"),
    [
        ("openssl req -x509 -new -config root-1.cnf -extensions lists -key root-1.key -out root-1.pem", "it has no"),
        (
            "openssl req -x509 -new -config root-1.cnf -newkey rsa:1024 -noenc -keyout root-1.key -out root-1.pem",
            "its key is neither RSA of 2048 bits or more nor ECDSA on P-256 or P-384",
        ),
        (
            "openssl req -x509 -new -config root-1.cnf -newkey ed25519 -noenc -keyout root-1.key -out root-1.pem",
            "its key is neither RSA of 2048 bits or more nor ECDSA on P-256 or P-384",
        ),
        (
            "openssl req -x509 -new -config root-1.cnf -newkey ec -pkeyopt ec_paramgen_curve:P-521 -noenc "
            "-keyout root-1.key -out root-1.pem",
            "its key is neither RSA of 2048 bits or more nor ECDSA on P-256 or P-384",
        ),
    ],
)
def test_a_root_that_is_none(folder, made_by, says):
    settings = folder / "root-1.cnf"
    settings.write_text(settings.read_text().replace("[ lists ]", "[ lists ]\nbasicConstraints = CA:FALSE\n"))
    make_key, _make_root, make_policy_ca, _make_list = offline_root.commands(folder)
    for command in (make_key, made_by.replace("-extensions lists", "-extensions list"), make_policy_ca):
        offline_root.run(folder, command.replace("-sha256", "") if "ed25519" in made_by else command)

    refused = refusal("import", folder / "root-1.pem", folder / "policy-1.pem")

    assert refused.startswith(f"The root's certificate was not taken: {says}")
    assert names() == []
