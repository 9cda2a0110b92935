"""Keeping the CAs elsewhere: their certificates, chains and revocation lists as files, and their keys if asked for."""

import os
from collections.abc import Iterator
from pathlib import Path

from certificates import keyroom
from certificates.authorities.files import new_folder
from certificates.authorities.making import NotPossible
from certificates.ca import bundle
from certificates.ca.keys import KeyStoreError
from certificates.ca.pkcs8 import encrypted_pem
from certificates.models import CertificateAuthority, Crl

KEYS = "keys"


def export(folder: Path, passphrase_file: Path | None = None) -> list[str]:
    """Write all into the folder, for its owner only; with the passphrase of the file also the keys. Returns the names.

    Raises NotPossible where there is something in the folder, KeyStoreError for keys that cannot be read out of where
    they are, and OSError.
    """
    passphrase = _passphrase(passphrase_file) if passphrase_file else b""
    new_folder(folder)
    return [_write(folder / name, content) for name, content in _files(passphrase)]


def _passphrase(file: Path) -> bytes:
    """As the key store reads its own: the keys' folder can be the key store again, with this file."""
    passphrase = file.read_bytes().strip()
    if not passphrase:
        raise NotPossible(f"The passphrase in {file} is empty.")
    return passphrase


def _files(passphrase: bytes) -> Iterator[tuple[str, bytes]]:
    if passphrase:  # first, so that nothing is half done where they cannot be had
        yield from _keys(passphrase)
    for authority in CertificateAuthority.objects.order_by("pk"):
        yield f"{authority.name}.crt", bytes(authority.der)
        yield f"{authority.name}.pem", bundle.pem(authority.certificate)
        if authority.parent:
            yield f"{authority.name}-chain.pem", b"".join(bundle.pem(one.certificate) for one in authority.chain())
    for crl in Crl.objects.exclude(der=None).select_related("authority").order_by("pk").iterator(chunk_size=10):
        yield f"{crl}.crl", bytes(crl.der or b"")


def _keys(passphrase: bytes) -> Iterator[tuple[str, bytes]]:
    store = keyroom.store()
    for name in store.names():
        try:
            yield f"{KEYS}/{name}.pem", encrypted_pem(store.load(name), passphrase)
        except KeyStoreError as error:
            raise KeyStoreError(
                f"The key “{name}” cannot be exported: {error} Keys in a token are kept safe by the token's own means; "
                "leave --keys away."
            ) from error


def _write(path: Path, content: bytes) -> str:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    return str(path)
