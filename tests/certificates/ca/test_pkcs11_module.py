"""Opening a PKCS#11 token: once a process, again when it was away, by the right PIN, and by several at once."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pkcs11
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from certificates.ca import pkcs11_module
from certificates.ca.keys import KeyExists, KeyStoreError, WrongPassphrase
from certificates.ca.pkcs11 import Pkcs11KeyStore
from tests.softhsm import PIN

REPOSITORY = Path(__file__).parents[3]
ECDSA = ec.ECDSA(hashes.SHA256())

VERBS = {
    "sign": lambda store, key: key.public_key().verify(key.sign(b"data", ECDSA), b"data", ECDSA),
    "load": lambda store, key: store.load("root-1"),
    "names": lambda store, key: store.names(),
    "create": lambda store, key: store.create("root-2", "ecdsa-p256"),
    "delete": lambda store, key: store.delete("root-1"),
}


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_a_token_that_was_away_is_opened_again(softhsm, verb):
    store = softhsm.store()
    key = store.create("root-1", "ecdsa-p256")
    key.sign(b"data", ECDSA)

    pkcs11.lib(softhsm.module).reinitialize()  # no session and no handle means anything after that

    verb(store, key)


def test_a_token_that_comes_later_is_found_by_a_process_that_has_asked_before(softhsm):
    store = softhsm.store("later")
    with pytest.raises(KeyStoreError, match="“later” cannot be used: there is no token of this name"):
        store.names()

    softhsm.make_token("later")

    assert store.names() == []


def test_several_tokens_of_one_module_are_kept_apart(softhsm):
    softhsm.make_token("other")
    first, other = softhsm.store(), softhsm.store("other")

    first.create("root-1", "ecdsa-p256")
    other.create("root-2", "ecdsa-p256")
    with pytest.raises(KeyStoreError, match="no token of this name"):
        softhsm.store("nowhere").names()  # which starts the module anew

    assert (first.names(), other.names()) == (["root-1"], ["root-2"])


def test_two_tokens_of_one_name_are_refused(softhsm):
    softhsm.make_token()

    with pytest.raises(KeyStoreError, match="several tokens of this name"):
        softhsm.store().names()


def test_a_wrong_pin_is_told_and_tried_once(softhsm):
    wrong = softhsm.store(pin="9999")
    with pytest.raises(WrongPassphrase, match="The PIN does not open the token “sslportal”"):
        wrong.names()
    with softhsm.token().open(rw=True, user_pin=PIN) as session:
        session.set_pin(PIN, "9999")

    with pytest.raises(WrongPassphrase):
        wrong.names()

    pkcs11_module.module.cache_clear()  # as in another process
    assert softhsm.store(pin="9999").names() == []


def test_a_second_pin_in_one_process_is_refused(softhsm):
    softhsm.store().names()

    with pytest.raises(KeyStoreError, match="opened it by another PIN"):
        softhsm.store(pin="9999").names()


def test_a_module_that_is_not_there_is_told():
    with pytest.raises(KeyStoreError, match=r"module /nowhere/module\.so cannot be read: No such file"):
        Pkcs11KeyStore("sslportal", "/nowhere/module.so", b"2718").names()


def test_a_file_that_is_no_module_is_told(tmp_path):
    (tmp_path / "module.so").write_text("no ELF")

    with pytest.raises(KeyStoreError, match=r"module\.so does not start: "):
        Pkcs11KeyStore("sslportal", str(tmp_path / "module.so"), b"2718").names()


def test_a_module_that_lacks_its_configuration_is_told(softhsm, monkeypatch, tmp_path):
    told = pytest.raises(KeyStoreError, match=r"libsofthsm2\.so does not start: .* its configuration is missing")

    with monkeypatch.context() as elsewhere, told:
        elsewhere.setenv("SOFTHSM2_CONF", str(tmp_path / "nowhere.conf"))
        softhsm.store().names()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (pkcs11.PinLocked(), "its PIN is locked"),
        (pkcs11.UserPinNotInitialized(), "its PIN must be set"),
        (pkcs11.TokenWriteProtected(), "it is read-only"),
        (pkcs11.SessionReadOnly(), "it is read-only"),
        (pkcs11.DeviceMemory(), "it is full"),
        (pkcs11.MechanismInvalid(), "it has no such algorithm"),
        (pkcs11.DeviceRemoved(), "it is gone"),
        (pkcs11.FunctionFailed(), "FunctionFailed"),
        (pkcs11.PKCS11Error("what the module said"), "what the module said"),
    ],
)
def test_what_tokens_say_is_told_in_words(error, words):
    told = pytest.raises(KeyStoreError, match=f"^The token “sslportal” cannot be used: {words}")

    with told, pkcs11_module.told_of("sslportal"):
        raise error


def test_threads_that_make_one_key_at_once_make_one(softhsm):
    store = softhsm.store()

    def attempt(_number):
        try:
            return store.create("root-1", "ecdsa-p256").public_key()
        except KeyExists:
            return None

    with ThreadPoolExecutor(4) as pool:
        winners = [made for made in pool.map(attempt, range(4)) if made]

    assert winners == [store.load("root-1").public_key()]


def test_threads_sign_at_once(softhsm):
    key = softhsm.store().create("root-1", "ecdsa-p256")
    data = [str(number).encode() for number in range(200)]

    with ThreadPoolExecutor(4) as pool:
        signatures = list(pool.map(lambda one: key.sign(one, ECDSA), data))

    for one, signature in zip(data, signatures, strict=True):
        key.public_key().verify(signature, one, ECDSA)


MAKES_KEYS = """
import sys
from certificates.ca.keys import KeyExists
from certificates.ca.stores import open_store

store = open_store(sys.argv[1], sys.argv[2].encode())
print("ready", flush=True)
sys.stdin.readline()
for number in range(20):
    try:
        store.create(f"root-{number}", "ecdsa-p256")
        print(f"root-{number}")
    except KeyExists:
        pass
"""


def test_processes_that_make_the_same_keys_at_once_make_each_once(softhsm):
    command = [sys.executable, "-c", MAKES_KEYS, softhsm.uri(), PIN]
    options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": REPOSITORY}
    processes = [subprocess.Popen(command, **options) for _number in range(3)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()

    made = [name for process in processes for name in process.communicate()[0].split()]

    assert sorted(made) == softhsm.store().names() == sorted(f"root-{number}" for number in range(20))
    for name in made:
        softhsm.store().load(name)


FORKS = """
import os, sys
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from certificates.ca.stores import open_store

store = open_store(sys.argv[1], sys.argv[2].encode())
how = ec.ECDSA(hashes.SHA256())
key = store.create("root-1", "ecdsa-p256")

def signs():
    key.public_key().verify(key.sign(b"data", how), b"data", how)

signs()
child = os.fork()
signs()
if not child:
    store.create("root-2", "ecdsa-p256")
    os._exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
signs()
print(*store.names())
"""


def test_parent_and_child_sign_after_a_fork(softhsm):
    command = [sys.executable, "-c", FORKS, softhsm.uri(), PIN]

    done = subprocess.run(command, capture_output=True, check=False, text=True, cwd=REPOSITORY)

    assert (done.stdout, done.stderr, done.returncode) == ("root-1 root-2\n", "", 0)
