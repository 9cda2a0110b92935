"""The door to the CA's keys: who may open it, and with what."""

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from certificates import keyroom
from certificates.authorities import making
from certificates.ca.keys import FileKeyStore, KeyStoreError, WrongPassphrase
from certificates.ca.pkcs11 import Pkcs11KeyStore
from certificates.models import CertificateAuthority
from certificates.trust import store
from tests import softhsm
from tests.factories import issue, make_domain, make_order


@pytest.fixture
def door(settings, tmp_path):
    """The settings of a process with keys in a folder and no passphrase yet."""
    settings.CA_KEYS, settings.CA_PASSPHRASE, settings.CA_PASSPHRASE_FILE = str(tmp_path / "keys"), "", ""
    forget()
    yield settings
    forget()


def forget():
    for cached in (keyroom.store, keyroom.key, store.known_ca):
        cached.cache_clear()


@pytest.fixture
def token(door, tmp_path, monkeypatch):
    """A SoftHSM2 token in which the process has its keys."""
    with softhsm.in_folder(tmp_path, monkeypatch) as tokens:
        tokens.make_token()
        door.CA_KEYS, door.CA_PASSPHRASE = tokens.uri(), softhsm.PIN
        yield tokens


def test_the_passphrase_comes_from_a_file_or_from_the_environment(door, tmp_path):
    (tmp_path / "passphrase").write_text("correct horse\n")
    made = FileKeyStore(tmp_path / "keys", b"correct horse").create("root-1", "ecdsa-p256")

    door.CA_PASSPHRASE_FILE = str(tmp_path / "passphrase")
    from_file = keyroom.store().load("root-1")
    keyroom.store.cache_clear()
    door.CA_PASSPHRASE, door.CA_PASSPHRASE_FILE = "correct horse", ""
    from_environment = keyroom.store().load("root-1")
    keyroom.store.cache_clear()
    door.CA_PASSPHRASE = "wrong horse"

    assert from_file.public_key() == from_environment.public_key() == made.public_key()
    with pytest.raises(WrongPassphrase):
        keyroom.store().load("root-1")


def test_a_process_without_keys_or_passphrase_is_told_so(door):
    with pytest.raises(ImproperlyConfigured, match="neither CA_PASSPHRASE_FILE nor CA_PASSPHRASE"):
        keyroom.store()

    door.CA_KEYS, door.CA_PASSPHRASE = "", "correct horse"
    with pytest.raises(ImproperlyConfigured, match="CA_KEYS is not set"):
        keyroom.store()


def test_a_passphrase_file_that_cannot_be_read_is_told(door, tmp_path):
    door.CA_PASSPHRASE_FILE = str(tmp_path / "nowhere")

    with pytest.raises(KeyStoreError, match=r"CA_PASSPHRASE_FILE names a file that cannot be read: .*nowhere"):
        keyroom.store()


def test_an_order_is_issued_by_keys_in_a_token(token, people):
    making.init("ecdsa-p256")
    make_domain(people.ov)

    certificate = issue(make_order(people.ov, people.paul))

    certificate.x509.verify_directly_issued_by(CertificateAuthority.objects.get(role="issuing").certificate)
    assert isinstance(keyroom.store(), Pkcs11KeyStore)
    assert {"root-1", "policy-1", "issuing-1"} <= set(keyroom.store().names())


def test_a_passphrase_given_in_two_ways_stops_the_process(tmp_path):
    env = {**os.environ, "CA_PASSPHRASE": "correct horse", "CA_PASSPHRASE_FILE": str(tmp_path / "passphrase")}

    command = [sys.executable, "-c", "import sslportal.settings"]
    done = subprocess.run(command, env=env, capture_output=True, check=False, text=True)

    assert done.returncode == 1
    assert "CA_PASSPHRASE and CA_PASSPHRASE_FILE are both set" in done.stderr
    assert "correct horse" not in done.stderr
