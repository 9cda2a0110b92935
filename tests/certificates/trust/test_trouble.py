"""Keys that are damaged or away, connections that end, others who hang: what still can be told is told, and nothing false."""

from datetime import timedelta
from threading import Event

import pkcs11
import psycopg
import pytest
import time_machine
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import connection, transaction
from django.utils import timezone

from certificates import issuing, keyroom, tasks
from certificates.actions import revocation
from certificates.authorities import making
from certificates.ca.keys import KeyStoreError
from certificates.models import Certificate, CertificateAuthority, OcspAnswer, OcspQuestion, Responder, StatusChange
from certificates.states import Reason, Status
from certificates.trust import answers, questions, responders
from certificates.trust import files as answer_files
from certificates.trust.models import Service
from tests import stranger
from tests.certificates.test_races import at_once
from tests.factories import issue, make_domain, make_order

COMMITS = pytest.mark.django_db(transaction=True)


def told_of(order):
    """What OCSP says."""
    certificate = order.certificate
    return stranger.get(stranger.request_for(certificate.x509, certificate.authority.certificate)).says


def revoke(order, people):
    revocation.revoke_order(order, reason=Reason.KEY, by=people.paul)


# One key is damaged


@pytest.fixture
def damaged(make_issued, lose_key, own_keys):
    """An order of a CA of its own, whose key does not open."""
    order = make_issued("shop.example.com")
    lose_key(order)
    (own_keys / "issuing-7.pem").write_text("damaged")
    return order


@pytest.mark.parametrize("is_first", [True, False])
def test_a_cas_damaged_key_keeps_no_other_ca_from_telling(damaged, order, people, caplog, is_first):
    for one in (damaged, order) if is_first else (order, damaged):
        revoke(one, people)

    tasks.publish_changes()

    assert (told_of(order), stranger.is_listed(order)) == ("REVOKED", True)
    assert {change.certificate for change in StatusChange.objects.all()} == {damaged.certificate}  # until it is mended
    assert "Nothing could be published for issuing-7" in caplog.text


def test_a_cas_damaged_key_keeps_no_other_ca_from_renewing(damaged, order, question):
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        tasks.renew_status()

        now = timezone.now().replace(microsecond=0)
        assert stranger.get(question).ocsp.this_update_utc == now
        assert stranger.ask("/pki/crl/issuing-1.crl").crl.last_update_utc == now


@pytest.fixture
def responders_key(order, own_keys):
    """The file of the key that signs the answers, which is damaged now, and what was in it."""
    file = own_keys / "ocsp-issuing-1-1.pem"
    content = file.read_bytes()
    file.write_text("damaged")
    return file, content


def test_a_responders_damaged_key_keeps_nobody_off_the_list(order, people, responders_key):
    revoke(order, people)

    tasks.publish_changes()

    assert (told_of(order), stranger.is_listed(order)) == ("TRY_LATER", True)


def test_what_a_damaged_key_left_untold_is_told_when_it_is_mended(order, people, responders_key):
    file, content = responders_key
    revoke(order, people)
    tasks.publish_changes()

    file.write_bytes(content)
    tasks.publish_changes()

    assert told_of(order) == "REVOKED"
    assert not StatusChange.objects.exists()


def test_an_order_waits_for_the_responders_key_and_is_issued_when_it_is_mended(order, people, responders_key):
    file, content = responders_key
    waiting = make_order(people.ov, people.stan, name="next.example.com")

    assert issue(waiting) is None
    waiting.refresh_from_db()
    before = (waiting.status, waiting.hold)
    file.write_bytes(content)
    with time_machine.travel(timezone.now() + issuing.IN_HAND):
        issue(waiting)

    assert before == (Status.PENDING, "")
    waiting.refresh_from_db()
    assert told_of(waiting) == "GOOD"


# A key is another CA's, as after a mix-up of backups


@pytest.fixture
def another_key(order, own_keys):
    """The CA's key in the store is not that of its certificate."""
    (own_keys / "issuing-1.pem").unlink()
    return keyroom.store().create("issuing-1", "ecdsa-p256")


def test_a_key_that_is_not_that_of_the_certificate_is_refused(another_key):
    with pytest.raises(KeyStoreError, match=r"The key “issuing-1” in the key store is not that of the CA issuing-1\."):
        keyroom.key_of(CertificateAuthority.objects.get(name="issuing-1"))


def test_a_list_by_another_key_is_not_published(order, issuer, people, another_key):
    revoke(order, people)

    tasks.publish_changes()

    assert stranger.ask("/pki/crl/issuing-1.crl").crl.is_signature_valid(issuer.public_key())
    assert [change.service for change in StatusChange.objects.all()] == [Service.CRL]  # waits for the right key


def test_a_responder_that_cannot_be_certified_leaves_no_keys(order, people, own_keys, another_key):
    Responder.objects.all().delete()
    before = keyroom.store().names()
    revoke(order, people)

    for _ in range(3):
        tasks.publish_changes()

    assert keyroom.store().names() == before
    assert told_of(order) == "TRY_LATER"


# The token is away


@pytest.fixture
def token(token_store, settings, tmp_path):
    """A token with the keys of all CAs, which can be pulled out and put back."""
    making.init("ecdsa-p256")
    folder, module = tmp_path / "tokens", settings.CA_KEYS.partition("module-path=")[2]

    class Token:
        def pull_out(self):
            folder.rename(tmp_path / "pulled out")
            folder.mkdir()
            pkcs11.lib(module).reinitialize()

        def put_back(self):
            folder.rmdir()
            (tmp_path / "pulled out").rename(folder)

    return Token()


def test_what_is_revoked_while_the_token_is_away_is_told_when_it_is_back(token, people, dns_server):
    make_domain(people.ov)
    order = make_order(people.ov, people.stan)
    issue(order)
    order.refresh_from_db()

    token.pull_out()
    revoke(order, people)
    with pytest.raises(KeyStoreError, match="there is no token of this name"):
        tasks.publish_changes()
    away = told_of(order)
    token.put_back()
    tasks.publish_changes()

    assert (away, told_of(order), stranger.is_listed(order)) == ("TRY_LATER", "REVOKED", True)


# Transactions that are undone, or hang


@COMMITS
def test_a_responder_whose_transaction_was_undone_signs_nothing(order, own_keys):
    Responder.objects.all().delete()
    authority = CertificateAuthority.objects.get(name="issuing-1")
    with pytest.raises(RuntimeError), transaction.atomic():
        responders.responder_of(authority)
        raise RuntimeError

    at_work = responders.responder_of(authority)

    assert bytes(Responder.objects.get().der) == at_work.certificate.public_bytes(Encoding.DER)


@COMMITS
def test_who_asks_about_several_of_which_one_is_held_tries_later(make_issued, monkeypatch):
    monkeypatch.setattr(questions, "PATIENCE", 0.1)
    orders = [make_issued(f"{name}.example.com") for name in ("one", "two")]
    issuer = orders[0].certificate.authority.certificate
    several = stranger.request_of(*(stranger.cert_id(order.certificate.x509, issuer) for order in orders))
    held, answered = Event(), Event()

    def hold():
        with transaction.atomic():
            Certificate.objects.select_for_update(no_key=True).get(order=orders[0])
            held.set()
            answered.wait(30)

    def ask():
        held.wait(30)
        try:
            return stranger.post(several).says
        finally:
            answered.set()

    assert at_once(hold, ask) == [None, "TRY_LATER"]


def test_questions_of_a_web_process_that_died_are_forgotten(db):
    OcspQuestion.objects.create(answers=[1, 2], asked_at=timezone.now() - timedelta(hours=1))
    waiting = OcspQuestion.objects.create(answers=[1, 2])

    tasks.tidy_status()

    assert list(OcspQuestion.objects.all()) == [waiting]


# Connections that end


@COMMITS
def test_a_signer_that_lost_its_connection_leaves_no_file(files, order, people, monkeypatch):
    """With the connection its lock is gone: a revocation need not wait for it, and comes before its file."""
    OcspAnswer.objects.update(this_update=timezone.now() - 2 * answers.RENEWED_AFTER)
    write, signers = answer_files.write, []
    is_writing, revoked = Event(), Event()

    def write_late(signed):
        if not signed:  # of another CA
            return
        monkeypatch.setattr(answer_files, "write", write)  # all others are in time
        signers.append(connection.connection.info.backend_pid)
        is_writing.set()
        revoked.wait(30)
        write(signed)

    monkeypatch.setattr(answer_files, "write", write_late)

    def revoke_meanwhile():
        is_writing.wait(30)
        try:
            end_connection(signers[0])
            revoke(order, people)
            return told_of(order)
        finally:
            revoked.set()

    _signer, between = at_once(answers.renew_answers, revoke_meanwhile)

    assert (between, told_of(order)) == ("REVOKED", "REVOKED")
    assert not any(path.is_file() for path in files.rglob("*"))


def end_connection(pid):
    """As the database does at a restart, and waits until it is gone with its locks."""
    where = connection.get_connection_params() | {"cursor_factory": None}
    with psycopg.connect(**where, autocommit=True) as another:
        assert another.execute("SELECT pg_terminate_backend(%s, 30000)", [pid]).fetchone() == (True,)


@COMMITS
@pytest.mark.parametrize("end", [lambda used: used.close(), lambda used: used.pgconn.finish()], ids=["close", "finish"])
def test_a_connection_that_was_closed_here_is_made_anew(order, end):
    before = told_of(order)

    end(connection.connection)

    assert (before, told_of(order)) == ("GOOD", "GOOD")
