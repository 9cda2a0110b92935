"""What whoever has an offline root has signed is taken and in service at once, by the openssl command throughout."""

import shutil

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from certificates.models import CertificateAuthority, Crl
from certificates.trust.models import Responder
from tests import stranger
from tests.certificates.offline import root as offline_root
from tests.certificates.operating import manage, names, refusal, verify
from tests.factories import issue, make_domain, make_order


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
