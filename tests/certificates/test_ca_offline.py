"""An offline root: what is asked of whoever has it, and what is taken back, by the openssl command throughout."""

import re
import shutil
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.management import CommandError

from certificates.models import CertificateAuthority, Crl
from certificates.trust.models import Responder
from tests import stranger
from tests.certificates import offline_root
from tests.certificates.offline_root import Root, other_key
from tests.certificates.operating import manage, verify
from tests.factories import issue, make_domain, make_order


@pytest.fixture
def folder(key_store, tmp_path):
    """A request, and nothing done about it yet."""
    folder = tmp_path / "request"
    manage("init", "--offline-root", folder, "--algorithm", "ecdsa-p256")
    return folder


@pytest.fixture
def answer(folder):
    """The files that whoever has the root sends back: its certificate, that of the policy CA, its list."""
    return offline_root.sign(folder)


@pytest.fixture
def root(answer, folder):
    return Root(folder)


@pytest.fixture
def policy_ca(answer):
    """The certificate that the root has given."""
    return x509.load_pem_x509_certificate(answer[1].read_bytes())


@pytest.fixture
def in_service(answer):
    manage("import", *answer)


def refusal(*words):
    with pytest.raises(CommandError) as refused:
        manage(*words)
    return str(refused.value)


def names():
    return list(CertificateAuthority.objects.order_by("pk").values_list("name", flat=True))


def _name(common_name):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])


# Asking


def test_a_request_is_a_folder_for_its_owner_with_what_to_do(folder, key_store):
    assert sorted(path.name for path in folder.iterdir()) == [
        "README.txt", "policy-1.cnf", "policy-1.csr", "root-1.cnf", "root-1.crlnumber", "root-1.index",
    ]  # fmt: skip
    assert folder.stat().st_mode & 0o777 == 0o700
    assert key_store.names() == ["issuing-1", "policy-1"]
    assert names() == []


def test_what_to_do_is_printed_too(key_store, tmp_path):
    printed = manage("init", "--offline-root", tmp_path / "request", "--algorithm", "ecdsa-p256")

    assert printed.strip() == offline_root.readme(tmp_path / "request").strip()


def test_a_folder_with_something_in_it_is_left_alone(folder, key_store):
    assert refusal("init", "--offline-root", folder) == f"There is something in {folder} already. Name a new folder."
    assert key_store.names() == ["issuing-1", "policy-1"]


def test_what_no_root_could_sign_is_found_before_anybody_travels(key_store, tmp_path, settings):
    settings.PORTAL_POLICY, settings.PKI_URL = "public-trust", "http://localhost:8000"

    says = refusal("init", "--offline-root", tmp_path / "request", "--algorithm", "ecdsa-p256", "--country", "JP")

    assert "localhost" in says
    assert not (tmp_path / "request" / "policy-1.csr").exists()


def test_while_a_request_is_out_no_root_is_made_here(folder):
    assert refusal("init") == (
        "policy-1 waits for the certificate of an offline root: take it with manage.py ca import. "
        "To have a root here instead, delete the key of that name first."
    )
    assert names() == []


def test_a_request_can_be_made_anew(folder, tmp_path):
    """Its folder was lost, say. The first one is no longer needed, but would do as well."""
    manage("init", "--offline-root", tmp_path / "again", "--algorithm", "ecdsa-p256")

    manage("import", *offline_root.sign(tmp_path / "again"))

    assert names() == ["root-2", "policy-2", "issuing-2"]


def test_there_is_no_request_for_a_second_hierarchy(own_ca, tmp_path):
    assert refusal("init", "--offline-root", tmp_path / "request").startswith("The CA is there already.")


# Signing and importing


@pytest.mark.parametrize(
    ("algorithm", "policy", "brand", "url"),
    [
        ("rsa-3072", "public-trust", "SSL Portal", "http://pki.example.com"),
        ("ecdsa-p384", "public-trust", 'Ä "q" $x\\y #z, it\'s=', "http://pki.example.com:8080/a-b"),
        ("rsa-4096", "private", "認証局; 1 + 1 = [2]", "http://localhost:8000"),
    ],
)
def test_openssl_makes_what_the_policy_asks_for(key_store, tmp_path, settings, algorithm, policy, brand, url):
    settings.PORTAL_POLICY, settings.PORTAL_BRAND, settings.PKI_URL = policy, brand, url
    folder = tmp_path / "request"
    manage("init", "--offline-root", folder, "--algorithm", algorithm, "--country", "JP")

    manage("import", *offline_root.sign(folder))

    made = {row.name: row.certificate.subject for row in CertificateAuthority.objects.all()}
    assert {
        name: subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value for name, subject in made.items()
    } == {
        "root-1": f"{brand} Root CA 1",
        "policy-1": f"{brand} Policy CA 1",
        "issuing-1": f"{brand} Issuing CA 1",
    }


def test_from_the_request_to_a_certificate_that_openssl_trusts(in_service, people, dns_server, tmp_path):
    make_domain(people.ov)

    certificate = issue(make_order(people.ov, people.paul))

    assert verify(certificate, tmp_path) == "server.pem: OK\n"
    assert manage("check").endswith("All is well.\n")


def test_with_the_keys_in_a_token(token_store, people, dns_server, tmp_path):
    manage("init", "--offline-root", tmp_path / "request", "--algorithm", "ecdsa-p256")
    manage("import", *offline_root.sign(tmp_path / "request"))

    make_domain(people.ov)
    assert verify(issue(make_order(people.ov, people.paul)), tmp_path) == "server.pem: OK\n"


def test_what_was_imported_is_in_service_at_once(answer):
    said = manage("import", *answer)

    assert said.splitlines()[:3] == ["root-1 is in service.", "policy-1 is in service.", "issuing-1 is in service."]
    assert [str(crl) for crl in Crl.objects.exclude(der=None).order_by("authority")] == [
        "root-1",
        "policy-1",
        "issuing-1",
    ]
    assert Responder.objects.get().authority.name == "issuing-1"
    assert stranger.ask("/pki/crl/root-1.crl").content == x509.load_pem_x509_crl(answer[2].read_bytes()).public_bytes(
        Encoding.DER
    )


def test_der_and_pem_in_any_order_and_any_number_of_files(answer, folder):
    root, policy_ca, _crl = answer
    offline_root.run(folder, "openssl crl -in root-1.crl -outform DER -out list.der")
    both = folder / "both.pem"
    both.write_text(f"The policy CA:\n{policy_ca.read_text()}\nand its root:\n{root.read_text()}")

    manage("import", folder / "list.der", both, root)

    assert names() == ["root-1", "policy-1", "issuing-1"]


def test_the_list_may_come_later(answer):
    manage("import", *answer[:2])
    assert (
        "WARNING There is no revocation list. Make one where its key is, then: manage.py ca import root-1.crl"
        in manage("status")
    )

    manage("import", answer[2])

    assert Crl.objects.get(authority__name="root-1").number == 1


def test_what_is_there_already_is_no_news(in_service, answer):
    assert refusal("import", *answer) == "There is nothing new in it."


# Wrong answers: each is told, and nothing is recorded


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


# Lists of the root


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


# Another policy CA


@pytest.fixture
def next_folder(in_service, folder, tmp_path):
    """The request for another policy CA, with what its README says to put into it."""
    next_folder = tmp_path / "next"
    manage("rotate", "--role", "policy", "--offline-root", next_folder, "--algorithm", "ecdsa-p256")
    for name in ("root-1.pem", "root-1.key"):
        shutil.copy(folder / name, next_folder)
    return next_folder


def test_another_policy_ca_is_certified_by_the_same_root(next_folder, people, dns_server, tmp_path):
    manage("import", *offline_root.sign(next_folder))

    make_domain(people.ov)
    certificate = issue(make_order(people.ov, people.paul))
    assert names() == ["root-1", "policy-1", "issuing-1", "policy-2", "issuing-2"]
    assert [ca.name for ca in certificate.authority.chain()] == ["issuing-2", "policy-2", "root-1"]
    assert verify(certificate, tmp_path) == "server.pem: OK\n"


def test_another_root_is_not_taken_for_it(next_folder, folder, tmp_path):
    for command in offline_root.commands(folder)[:2]:
        offline_root.run(folder, command)
    for name in ("root-1.pem", "root-1.key"):
        shutil.copy(folder / name, next_folder)
    offline_root.sign(next_folder)

    refused = [
        refusal("import", next_folder / "policy-2.pem"),
        refusal("import", next_folder / "root-1.pem", next_folder / "policy-2.pem"),
    ]

    assert refused[0].startswith("The certificate of policy-2 was not taken: root-1 did not sign it")
    assert refused[1] == "There is another root in it than root-1, which the portal has."


def test_a_key_gets_no_second_certificate(in_service, root, policy_ca):
    assert (
        refusal("import", root.certify(policy_ca)) == "policy-1 has another certificate already, and no key gets two."
    )


def test_without_the_roots_key_a_policy_ca_is_asked_for(in_service):
    assert refusal("rotate", "--role", "policy") == (
        "The key of root-1 is not in the key store. If it is kept offline: "
        "manage.py ca rotate --role policy --offline-root FOLDER"
    )


def test_an_issuing_ca_needs_no_root(in_service, tmp_path):
    assert refusal("rotate", "--offline-root", tmp_path / "next").startswith("--offline-root goes with --role policy")

    manage("rotate", "--algorithm", "ecdsa-p256")

    assert names()[-1] == "issuing-2"


def test_with_the_roots_key_here_nothing_is_asked_elsewhere(own_ca, tmp_path):
    assert refusal("rotate", "--role", "policy", "--offline-root", tmp_path / "next") == (
        "The key of root-1 is in the key store: leave --offline-root away."
    )
