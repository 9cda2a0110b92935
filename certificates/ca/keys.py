"""Where the CA's private keys are kept: what is asked of such a place, and one of files encrypted by a passphrase."""

import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from certificates.ca.pkcs8 import PrivateKey, encrypted_pem


class KeyStoreError(Exception):
    """The key store cannot do what it was asked to; the message says why and never holds a secret."""


class WrongPassphrase(KeyStoreError):
    """The passphrase does not open the key."""


class KeyMissing(KeyStoreError):
    """There is no key of this name."""


class KeyExists(KeyStoreError):
    """There is a key of this name already; keys are never overwritten."""


class KeyStore(Protocol):
    """What the CA asks of any place that keeps its keys."""

    def create(self, name: str, algorithm: str) -> PrivateKey:
        """Make a key and keep it. Raises KeyExists."""

    def load(self, name: str) -> PrivateKey:
        """The key, ready to sign. Raises KeyMissing."""

    def names(self) -> list[str]:
        """The names of all keys, sorted."""

    def delete(self, name: str) -> None:
        """Delete a key for good. Raises KeyMissing."""


def _rsa(bits: int) -> Callable[[], PrivateKey]:
    return lambda: rsa.generate_private_key(public_exponent=65537, key_size=bits)


# No RSA below 3072 bits: a root lives for twenty years, and NIST SP 800-57 allows 112 bits of strength up to 2030 only
ALGORITHMS: dict[str, Callable[[], PrivateKey]] = {
    "rsa-3072": _rsa(3072),
    "rsa-4096": _rsa(4096),
    "ecdsa-p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ecdsa-p384": lambda: ec.generate_private_key(ec.SECP384R1()),
}

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MAX_NAME = 64
_SUFFIX = ".pem"


def is_name(name: str) -> bool:
    """Whether a key may have this name."""
    return len(name) <= _MAX_NAME and bool(_NAME.fullmatch(name))


def require_name(name: str) -> None:
    """Raises KeyStoreError for what is no name for a key."""
    if not is_name(name):
        raise KeyStoreError(f"“{name}” is not a name for a key: lower-case letters, digits and single hyphens are.")


def require_algorithm(algorithm: str) -> None:
    """Raises KeyStoreError for what is not in ALGORITHMS."""
    if algorithm not in ALGORITHMS:
        raise KeyStoreError(f"“{algorithm}” is not an algorithm for CA keys; there are: {', '.join(ALGORITHMS)}.")


class FileKeyStore:
    """A folder of PKCS#8 files: the folder for its owner only (0700), each file too (0600), encrypted by a passphrase."""

    def __init__(self, folder: Path, passphrase: bytes) -> None:
        """Neither reads nor makes the folder. Raises KeyStoreError for an empty passphrase."""
        if not passphrase:
            raise KeyStoreError("The passphrase of the CA's keys is empty.")
        self._folder = folder
        self._passphrase = passphrase

    def create(self, name: str, algorithm: str) -> PrivateKey:
        """Make a key, keep it, and return it: on return it has reached the disk.

        Raises KeyExists, or KeyStoreError for a name that is not lower-case letters, digits and single hyphens, or an
        algorithm that is not in ALGORITHMS.
        """
        path = self._path(name)
        require_algorithm(algorithm)
        if path.exists():
            raise KeyExists(f"There is a key “{name}” already.")
        key = ALGORITHMS[algorithm]()
        self._write(path, encrypted_pem(key, self._passphrase))
        return key

    def load(self, name: str) -> PrivateKey:
        """The key. Raises KeyMissing, WrongPassphrase, or KeyStoreError for a file that no key store wrote."""
        path = self._path(name)
        try:
            pem = path.read_bytes()
        except FileNotFoundError:
            raise KeyMissing(f"There is no key “{name}”.") from None
        return self._decrypt(name, pem)

    def names(self) -> list[str]:
        """The names of all keys, sorted."""
        return sorted(path.stem for path in self._folder.glob(f"*{_SUFFIX}") if is_name(path.stem))

    def delete(self, name: str) -> None:
        """Delete the key: on return the disk has forgotten it. Raises KeyMissing."""
        try:
            self._path(name).unlink()
        except FileNotFoundError:
            raise KeyMissing(f"There is no key “{name}”.") from None
        _sync(self._folder)

    def _path(self, name: str) -> Path:
        require_name(name)
        return self._folder / f"{name}{_SUFFIX}"

    def _decrypt(self, name: str, pem: bytes) -> PrivateKey:
        try:
            key = load_pem_private_key(pem, self._passphrase)
        except TypeError:
            raise KeyStoreError(
                f"The key “{name}” is not encrypted. Whoever put it there may have kept a copy."
            ) from None
        except ValueError:
            # A wrong passphrase looks like damage once in 256 times, so there is no telling the two apart.
            raise WrongPassphrase(f"The passphrase does not open the key “{name}”, or its file is damaged.") from None
        if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise KeyStoreError(f"The key “{name}” is neither RSA nor ECDSA.")
        return key

    def _write(self, path: Path, content: bytes) -> None:
        """All or nothing, and never over another file: a link fails where a rename would replace."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        draft = self._folder / f".{path.name}.{secrets.token_hex(8)}"
        try:
            _write_through(draft, content)
            os.link(draft, path)
        except FileExistsError:
            raise KeyExists(f"There is a key “{path.stem}” already.") from None
        finally:
            draft.unlink(missing_ok=True)
        _sync(self._folder)


def _write_through(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Without this a power cut could undo a new name, though the file's content was saved, or bring a deleted one back."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
