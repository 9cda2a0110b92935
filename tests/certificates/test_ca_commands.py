"""The operator's commands: making the CAs, rotating them while orders are under way, their state, and copies of them."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from django.db import connection

from certificates import keyroom
from certificates.actions import caa_checks, revocation
from certificates.authorities import making
from certificates.models import CertificateAuthority, Crl, Issuance
from certificates.states import Reason
from certificates.trust import answers, lists
from certificates.trust.models import Responder
from sslportal.kit import audit
from tests import stranger
from tests.certificates.operating import manage, refusal, verify
from tests.factories import issue, make_domain, make_order, plan, sign

ECDSA = ("--algorithm", "ecdsa-p256")


@pytest.fixture
def domain(people, dns_server):
    return make_domain(people.ov)


@pytest.fixture
def new_order(people, domain):
    """An order that waits for the CA."""

    def new_order():
        order = make_order(people.ov, people.paul)
        caa_checks.check(order)
        return order

    return new_order


def current():
    return sorted(CertificateAuthority.objects.filter(is_current=True).values_list("name", flat=True))


# init


def test_init_makes_three_cas_and_all_that_clients_ask_of_them(key_store, new_order, tmp_path):
    said = manage("init", *ECDSA)

    assert said.count("key opens  current") == 3
    assert [str(crl) for crl in Crl.objects.exclude(der=None).order_by("pk")] == ["root-1", "policy-1", "issuing-1"]
    assert [row.authority.name for row in Responder.objects.all()] == ["issuing-1"]
    assert verify(issue(new_order()), tmp_path) == "server.pem: OK\n"
    assert manage("check").endswith("All is well.\n")


def test_init_again_changes_nothing(own_ca):
    said = manage("init", *ECDSA)

    assert said.startswith("The CA is there already.\n")
    assert current() == ["issuing-1", "policy-1", "root-1"]


def test_init_says_what_is_wrong_with_the_brand(key_store, settings):
    settings.PORTAL_BRAND = "x" * 65

    assert "length" in refusal("init", *ECDSA)
    assert key_store.names() == []


@pytest.mark.parametrize("verb", ["init", "rotate", "check"])
def test_help_of_each_verb(verb, capsys):
    with pytest.raises(SystemExit) as ended:
        manage(verb, "--help")

    assert ended.value.code == 0
    assert f"ca {verb}" in capsys.readouterr().out


def test_without_keys_nothing_is_made(db, settings):
    settings.CA_KEYS = ""
    keyroom.store.cache_clear()

    assert "This process has no CA keys" in refusal("init")


# rotate


def test_rotate_makes_an_issuing_ca_below_the_same_policy_ca(own_ca):
    manage("rotate", *ECDSA)

    new = CertificateAuthority.objects.get(name="issuing-2")
    assert current() == ["issuing-2", "policy-1", "root-1"]
    assert new.parent.name == "policy-1"
    assert new.certificate.subject.rfc4514_string() == "CN=SSL Portal Issuing CA 2,O=SSL Portal"
    assert own_ca.load("issuing-2").public_key() == new.certificate.public_key()


def test_rotate_of_the_policy_ca_makes_an_issuing_ca_too(own_ca):
    manage("rotate", "--role", "policy", *ECDSA)

    assert current() == ["issuing-2", "policy-2", "root-1"]
    chain = CertificateAuthority.objects.get(name="issuing-2").chain()
    assert [ca.name for ca in chain] == ["issuing-2", "policy-2", "root-1"]


def test_each_rotation_takes_the_next_number(own_ca):
    manage("rotate", *ECDSA)
    manage("rotate", "--role", "policy", *ECDSA)

    assert current() == ["issuing-3", "policy-3", "root-1"]


def test_another_algorithm(own_ca):
    manage("rotate", "--algorithm", "ecdsa-p384")

    key = CertificateAuthority.objects.get(name="issuing-2").certificate.public_key()
    assert key.curve.name == "secp384r1"
    assert "invalid choice: 'rsa-1024'" in refusal("rotate", "--algorithm", "rsa-1024")


def test_a_new_ca_publishes_from_its_first_moment_on(own_ca, new_order, tmp_path):
    manage("rotate", *ECDSA)

    assert stranger.ask("/pki/crl/issuing-2.crl").status == 200
    assert stranger.ask("/pki/crl/policy-1.crl").status == 200
    certificate = issue(new_order())
    assert certificate.authority.name == "issuing-2"
    assert verify(certificate, tmp_path) == "server.pem: OK\n"
    assert manage("check").endswith("All is well.\n")


def test_an_order_that_is_planned_when_the_ca_is_rotated_is_planned_anew_for_the_new_ca(own_ca, new_order, tmp_path):
    order = new_order()
    planned = plan(order).serial_number

    manage("rotate", *ECDSA)
    certificate = sign(order)

    assert certificate.authority.name == "issuing-2"
    assert verify(certificate, tmp_path) == "server.pem: OK\n"
    assert audit.of(order).get(verb="replan").reason == planned
    assert Issuance.objects.get().authority.name == "issuing-2"


def test_what_the_old_ca_issued_can_be_revoked(own_ca, new_order, people):
    order = new_order()
    issuer = issue(order).authority
    manage("rotate", *ECDSA)

    order.refresh_from_db()
    revocation.revoke_order(order, reason=Reason.KEY, by=people.paul)
    answers.publish_answers()
    lists.publish_list()

    question = stranger.request_for(order.certificate.x509, issuer.certificate)
    assert stranger.get(question, ca="issuing-1").ocsp.certificate_status.name == "REVOKED"
    crl = x509.load_der_x509_crl(stranger.ask("/pki/crl/issuing-1.crl").content)
    assert crl.get_revoked_certificate_by_serial_number(order.certificate.x509.serial_number)
    assert manage("check").endswith("All is well.\n")


WORKER = """
import sys
import django
django.setup()
from certificates.models import Order
from tests.factories import issue
for pk in sys.stdin:
    print(issue(Order.objects.get(pk=pk)).authority.name, flush=True)
"""


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_was_started_before_has_the_new_key(own_ca, people, domain, settings):
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "sslportal.settings", "DATABASE_URL": urlunsplit(database),
        "PKI_URL": settings.PKI_URL, "CA_KEYS": settings.CA_KEYS, "CA_PASSPHRASE_FILE": settings.CA_PASSPHRASE_FILE,
        "PORTAL_DNS_SERVERS": " ".join(map(str, settings.DNS_SERVERS)), "PORTAL_DNS_VALIDATION": "off",
    }  # fmt: skip
    first, second = (make_order(people.ov, people.paul) for _order in range(2))
    with subprocess.Popen(
        [sys.executable, "-c", WORKER], env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as worker:
        print(first.pk, file=worker.stdin, flush=True)
        before = worker.stdout.readline().strip()
        manage("rotate", *ECDSA)
        print(second.pk, file=worker.stdin, flush=True)
        after = worker.stdout.readline().strip()

    assert (before, after) == ("issuing-1", "issuing-2")


def test_a_new_ca_never_outlives_the_one_above(own_ca):
    policy_ca = CertificateAuthority.objects.get(name="policy-1")
    with time_machine.travel(policy_ca.not_after - timedelta(days=3 * 365)):
        manage("rotate", *ECDSA)

    assert CertificateAuthority.objects.get(name="issuing-2").not_after == policy_ca.not_after


def test_below_a_ca_that_ends_soon_none_is_made(own_ca):
    policy_ca = CertificateAuthority.objects.get(name="policy-1")
    with time_machine.travel(policy_ca.not_after - timedelta(days=30)):
        says = refusal("rotate", *ECDSA)

    assert says.startswith(
        f"policy-1 ends on {policy_ca.not_after:%Y-%m-%d}: a CA below it could not issue certificates"
    )
    assert current() == ["issuing-1", "policy-1", "root-1"]


def test_what_the_linter_refuses_is_not_put_into_service(own_ca, settings):
    settings.PORTAL_POLICY = "public-trust"  # which wants a country in the names

    assert "country" in refusal("rotate", *ECDSA)
    assert current() == ["issuing-1", "policy-1", "root-1"]


def test_there_must_be_a_ca_to_rotate(key_store):
    assert refusal("rotate") == "There is no CA yet. Make one with: manage.py ca init"


# status


def test_status_without_a_ca(db):
    assert manage("status") == "There is no CA. Make one with: manage.py ca init\n"


def test_status_tells_lists_responder_and_which_is_current(own_ca):
    manage("rotate", *ECDSA)

    lines = manage("status").splitlines()

    end = CertificateAuthority.objects.get(name="issuing-1").not_after
    place = lines.index(
        f"issuing-1    CN=SSL Portal Issuing CA 1,O=SSL Portal  until {end:%Y-%m-%d}  key opens  not used for what is new"
    )
    assert lines[place + 1].strip().startswith("1 revocation list with 0 certificates, until ")
    assert lines[place + 2].strip().startswith("OCSP answers by ocsp-issuing-1-1 until ")
    assert "WARNING" not in "".join(lines)


@pytest.mark.parametrize(
    ("days", "says"), [(30, "Rotate before {day}: after that date"), (-30, "Rotate now: since {day}")]
)
@pytest.mark.parametrize(
    ("role", "what"), [("issuing", "certificates of"), ("policy", "new issuing CAs with certificates of")]
)
def test_status_warns_of_a_ca_that_ends_sooner_than_its_certificates_would(own_ca, days, says, role, what):
    end = CertificateAuthority.objects.get(role=role).not_after
    with time_machine.travel(end - timedelta(days=365)):
        longest = making.full_length()
    day = end - longest
    with time_machine.travel(day - timedelta(days=days)):
        warnings = manage("status")

    assert f"{says.format(day=f'{day:%Y-%m-%d}')} {what} full length ({longest.days} days) cannot be issued" in warnings
    assert f"manage.py ca rotate --role {role}" in warnings


def test_status_warns_of_what_is_missing_or_has_run_out(own_ca):
    assert manage("status").count("WARNING There is no revocation list.") == 3

    Responder.objects.all().delete()
    assert manage("status").count("WARNING Nobody can sign OCSP answers.") == 1

    for ca in CertificateAuthority.objects.all():
        lists.make_list(ca, 0)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=10)):
        assert manage("status").count("WARNING A revocation list ran out on") == 1


def test_status_in_a_process_without_keys(own_ca, settings):
    settings.CA_KEYS = ""
    keyroom.store.cache_clear()

    assert manage("status").count("key not looked at: this process has no keys") == 3


def test_status_tells_of_a_key_that_is_not_there_or_is_another(own_ca):
    own_ca.delete("policy-1")
    own_ca.delete("issuing-1")
    own_ca.create("issuing-1", "ecdsa-p256")

    said = manage("status")

    assert "key: There is no key “policy-1”." in said
    assert "key: The key “issuing-1” in the key store is not that of the CA issuing-1." in said


# export


def test_export_has_certificates_chains_and_lists(own_ca, new_order, tmp_path, settings):
    issue(new_order())
    settings.CA_KEYS = ""
    folder = tmp_path / "export"

    printed = manage("export", folder)

    names = {path.name for path in folder.iterdir()}
    assert names == {
        "root-1.crt", "root-1.pem", "policy-1.crt", "policy-1.pem", "policy-1-chain.pem", "issuing-1.crt", "issuing-1.pem",
        "issuing-1-chain.pem", "issuing-1.crl",
    }  # fmt: skip
    assert set(printed.split()) == {str(folder / name) for name in names}
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    chain = x509.load_pem_x509_certificates((folder / "issuing-1-chain.pem").read_bytes())
    assert [one.public_bytes(Encoding.DER) for one in chain] == [
        (folder / f"{name}.crt").read_bytes() for name in ("issuing-1", "policy-1", "root-1")
    ]
    assert x509.load_der_x509_crl((folder / "issuing-1.crl").read_bytes()).issuer == chain[0].subject


@pytest.fixture
def new_passphrase(tmp_path):
    file = tmp_path / "new-passphrase"
    file.write_text("for the backup\n")
    return file


def test_exported_keys_are_encrypted_by_the_new_passphrase(own_ca, tmp_path, new_passphrase):
    manage("export", tmp_path / "export", "--keys", "--passphrase-file", new_passphrase)

    keys = tmp_path / "export" / "keys"
    assert keys.stat().st_mode & 0o777 == 0o700
    assert {path.name for path in keys.iterdir()} == {f"{name}.pem" for name in own_ca.names()}
    assert {path.stat().st_mode & 0o777 for path in keys.iterdir()} == {0o600}
    key = load_pem_private_key((keys / "issuing-1.pem").read_bytes(), b"for the backup")
    assert key.public_key() == CertificateAuthority.objects.get(name="issuing-1").certificate.public_key()


def test_an_export_brought_back_is_a_key_store(own_ca, tmp_path, new_passphrase, settings, new_order):
    manage("export", tmp_path / "export", "--keys", "--passphrase-file", new_passphrase)

    settings.CA_KEYS, settings.CA_PASSPHRASE_FILE = str(tmp_path / "export" / "keys"), str(new_passphrase)
    keyroom.store.cache_clear()
    keyroom.key.cache_clear()

    assert manage("status").count("key opens") == 3
    assert issue(new_order()).authority.name == "issuing-1"


def test_an_export_overwrites_nothing(own_ca, tmp_path):
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "precious").touch()

    assert refusal("export", tmp_path / "export").startswith("There is something in ")
    assert [path.name for path in (tmp_path / "export").iterdir()] == ["precious"]


@pytest.mark.parametrize("words", [["--keys"], ["--passphrase-file", "/dev/null"]])
def test_keys_and_passphrase_go_together(own_ca, tmp_path, words):
    assert refusal("export", tmp_path / "export", *words) == "--keys and --passphrase-file go together."


def test_keys_are_not_exported_by_an_empty_passphrase(own_ca, tmp_path):
    assert "is empty" in refusal("export", tmp_path / "export", "--keys", "--passphrase-file", "/dev/null")
    assert not (tmp_path / "export").exists()


# Keys in a token


def test_keys_in_a_token_do_all_but_leave_it(token_store, new_order, tmp_path, new_passphrase):
    manage("init", *ECDSA)
    manage("rotate", "--role", "policy", *ECDSA)

    assert current() == ["issuing-2", "policy-2", "root-1"]
    assert verify(issue(new_order()), tmp_path) == "server.pem: OK\n"
    assert manage("check").endswith("All is well.\n")
    assert refusal("export", tmp_path / "export", "--keys", "--passphrase-file", new_passphrase) == (
        "The key “issuing-1” cannot be exported: A private key in a PKCS#11 token cannot be read out. "
        "Keys in a token are kept safe by the token's own means; leave --keys away."
    )
    assert list((tmp_path / "export").iterdir()) == []
