"""Key stores of a test's own, for tests of the operator's commands, which make keys."""

import shutil

import pytest

from certificates import keyroom
from certificates.trust import store
from tests import softhsm

PASSPHRASE = b"a passphrase of the tests"


@pytest.fixture
def key_store(db, tmp_path, settings):
    """An empty key store, and no CA: a portal at which nothing has been done yet."""
    passphrase = tmp_path / "passphrase"
    passphrase.write_bytes(PASSPHRASE)
    settings.CA_KEYS, settings.CA_PASSPHRASE_FILE = str(tmp_path / "keys"), str(passphrase)
    settings.PKI_URL = "http://pki.example.com"
    yield from _opened()


@pytest.fixture
def own_ca(ca, tmp_path, settings):
    """The same CAs as in the fixture `ca`, with copies of their keys: more can be made beside them."""
    settings.CA_KEYS = str(shutil.copytree(ca.keys, tmp_path / "keys"))
    yield from _opened()


@pytest.fixture
def token_store(db, tmp_path, settings, monkeypatch):
    """An empty key store in a token of SoftHSM2, and no CA."""
    with softhsm.in_folder(tmp_path, monkeypatch) as tokens:
        tokens.make_token()
        settings.CA_KEYS, settings.CA_PASSPHRASE, settings.CA_PASSPHRASE_FILE = tokens.uri(), softhsm.PIN, ""
        settings.PKI_URL = "http://pki.example.com"
        yield from _opened()


def _opened():
    _forget()
    yield keyroom.store()
    _forget()


def _forget():
    for remembered in (keyroom.store, keyroom.key, keyroom._own_key, store.known_ca):
        remembered.cache_clear()
