"""The key store: what is on disk, who can read it, and what goes wrong."""

import base64
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from certificates.ca.keys import FileKeyStore, KeyExists, KeyMissing, KeyStoreError, WrongPassphrase
from certificates.ca.pkcs8 import encrypted_pem


@pytest.fixture
def store(tmp_path):
    return FileKeyStore(tmp_path / "keys", b"correct horse")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """(a store with one key, root-1, that no test changes; the key as it was when made)."""
    store = FileKeyStore(tmp_path_factory.mktemp("store") / "keys", b"correct horse")
    return store, store.create("root-1", "ecdsa-p384")


@pytest.fixture
def kept(made):
    return made[0]


def file_of(store, name):
    return store._folder / f"{name}.pem"


def test_load_gives_the_key_that_was_made(made):
    store, key = made

    assert store.load("root-1").private_numbers() == key.private_numbers()


@pytest.mark.parametrize(("algorithm", "bits"), [("ecdsa-p256", 256), ("rsa-3072", 3072)])
def test_create_makes_a_key_of_the_size_asked_for_in_one_file(store, algorithm, bits):
    key = store.create("root-1", algorithm)

    modes = {path.name: path.stat().st_mode & 0o7777 for path in store._folder.iterdir()}
    assert key.key_size == bits
    assert modes == {"root-1.pem": 0o600}
    assert store._folder.stat().st_mode & 0o7777 == 0o700


def test_create_closes_a_folder_that_was_open(store):
    store._folder.mkdir(mode=0o755)

    store.create("root-1", "ecdsa-p256")

    assert store._folder.stat().st_mode & 0o7777 == 0o700


def test_create_never_overwrites(kept):
    before = file_of(kept, "root-1").read_bytes()

    with pytest.raises(KeyExists):
        kept.create("root-1", "ecdsa-p256")

    assert file_of(kept, "root-1").read_bytes() == before


def test_create_at_the_same_time_keeps_the_first(store):
    def attempt(_number):
        try:
            return store.create("root-1", "ecdsa-p256").private_numbers()
        except KeyExists:
            return None

    with ThreadPoolExecutor(2) as pool:
        winners = [made for made in pool.map(attempt, range(2)) if made]

    assert winners == [store.load("root-1").private_numbers()]
    assert [path.name for path in store._folder.iterdir()] == ["root-1.pem"]


def test_file_is_read_by_openssl_with_the_passphrase(kept, openssl):
    text = openssl("pkey", "-in", file_of(kept, "root-1"), "-passin", "pass:correct horse", "-noout", "-text")

    assert "NIST CURVE: P-384" in text


def test_file_is_not_read_by_openssl_with_another_passphrase(kept):
    done = subprocess.run(
        ["openssl", "pkey", "-in", file_of(kept, "root-1"), "-passin", "pass:wrong horse"],
        capture_output=True,
        check=False,
    )

    assert done.returncode != 0
    assert done.stdout == b""


def test_file_holds_no_trace_of_the_key_in_clear(made):
    store, key = made
    secret = key.private_numbers().private_value.to_bytes(48, "big")

    body = "".join(file_of(store, "root-1").read_text().splitlines()[1:-1])
    assert secret not in base64.b64decode(body)


def test_file_is_encrypted_by_scrypt_and_aes(kept, openssl):
    text = openssl("asn1parse", "-in", file_of(kept, "root-1"))

    objects = [line.rpartition(":")[2] for line in text.splitlines() if "OBJECT" in line]
    numbers = [int(line.rpartition(":")[2], 16) for line in text.splitlines() if "INTEGER" in line]
    assert objects == ["PBES2", "scrypt", "aes-256-cbc"]
    assert numbers == [16384, 8, 5]


def test_files_of_one_key_differ_by_salt():
    key = ec.generate_private_key(ec.SECP256R1())

    assert encrypted_pem(key, b"correct horse") != encrypted_pem(key, b"correct horse")


def test_load_says_wrong_passphrase(kept):
    with pytest.raises(WrongPassphrase, match="root-1"):
        FileKeyStore(kept._folder, b"wrong horse").load("root-1")


def test_load_says_missing(kept):
    with pytest.raises(KeyMissing, match="root-2"):
        kept.load("root-2")


def test_delete_takes_the_file_away_and_no_other(store):
    store.create("root-1", "ecdsa-p256")
    store.create("root-2", "ecdsa-p256")

    store.delete("root-1")

    assert [path.name for path in store._folder.iterdir()] == ["root-2.pem"]


def test_delete_says_missing(kept):
    with pytest.raises(KeyMissing, match="root-2"):
        kept.delete("root-2")


def test_load_refuses_a_key_that_was_not_encrypted(store):
    store._folder.mkdir()
    plain = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file_of(store, "root-1").write_bytes(plain)

    with pytest.raises(KeyStoreError, match="not encrypted"):
        store.load("root-1")


def test_load_refuses_a_damaged_file(kept, store):
    store._folder.mkdir()
    file_of(store, "root-1").write_bytes(file_of(kept, "root-1").read_bytes()[:200])

    with pytest.raises(KeyStoreError, match="damaged"):
        store.load("root-1")


def test_names_are_those_of_the_keys(kept):
    (kept._folder / "notes.txt").write_text("not a key")
    (kept._folder / ".root-2.pem.0123").write_text("left by a crash")
    (kept._folder / "Root 3.pem").write_text("not a name")

    assert kept.names() == ["root-1"]


def test_names_are_none_without_a_folder(store):
    assert store.names() == []


@pytest.mark.parametrize(
    "name", ["", "../root", "a/b", "root 1", "Root-1", "-root", "root--1", "root.pem", "a" * 65, "根"]
)
def test_name_that_is_no_plain_word_is_refused(store, name):
    with pytest.raises(KeyStoreError, match="not a name"):
        store.create(name, "ecdsa-p256")
    with pytest.raises(KeyStoreError, match="not a name"):
        store.load(name)


@pytest.mark.parametrize("algorithm", ["rsa-2048", "ed25519", ""])
def test_algorithm_that_is_not_for_cas_is_refused(store, algorithm):
    with pytest.raises(KeyStoreError, match="ecdsa-p384"):
        store.create("root-1", algorithm)


def test_empty_passphrase_is_refused(tmp_path):
    with pytest.raises(KeyStoreError, match="empty"):
        FileKeyStore(tmp_path, b"")
