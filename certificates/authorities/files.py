"""Files to and from the operator: folders that are made, and certificates and revocation lists that are brought."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509

from certificates.authorities.making import NotPossible
from certificates.ca.lint import UNREADABLE
from certificates.csr.private_keys import holds_private_key

MAX_BYTES = 1_000_000  # a certificate has about 2,000, and of the CAs below one root few are ever revoked
BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----.*?-----END \1-----", re.DOTALL)
CERTIFICATES, LISTS, REQUESTS = (
    {b"CERTIFICATE", b"X509 CERTIFICATE", b"TRUSTED CERTIFICATE"}, {b"X509 CRL"},
    {b"CERTIFICATE REQUEST", b"NEW CERTIFICATE REQUEST"},
)  # fmt: skip

Readable = x509.Certificate | x509.CertificateRevocationList


@dataclass
class Found:
    """What was in the files, each once."""

    certificates: list[x509.Certificate] = field(default_factory=list)
    lists: list[x509.CertificateRevocationList] = field(default_factory=list)


def new_folder(folder: Path) -> None:
    """Make the folder for its owner only. Raises NotPossible where there is something in it: nothing is overwritten."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise NotPossible(f"There is something in {folder} already. Name a new folder.")
    folder.chmod(0o700)


def read(paths: Iterable[Path]) -> Found:
    """What is in the files. Raises NotPossible for what is neither a certificate nor a list, or OSError."""
    found = Found()
    for path in paths:
        for one in _read(path):
            if isinstance(one, x509.Certificate):
                found.certificates += [one] if one not in found.certificates else []
            else:
                found.lists += [one] if one not in found.lists else []
    return found


def _read(path: Path) -> Iterator[Readable]:
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise NotPossible(f"{path} has more than {MAX_BYTES:,} bytes: no certificate or list of a root is as long.")
    if holds_private_key(content):
        raise NotPossible(
            f"{path} holds a private key, so nothing was taken. If it is the root's, it is no longer offline: regard it "
            "as exposed, delete the file from this machine, and make a new root with another key."
        )
    blocks = list(BLOCK.finditer(content))
    for block in blocks:
        yield _block(path, block)
    if not blocks:
        yield _der(path, content)


def _block(path: Path, block: re.Match[bytes]) -> Readable:
    label = block[1]
    if label in REQUESTS:
        raise NotPossible(f"{path} holds a request. What is needed is the certificate that the root made of it.")
    try:
        if label in CERTIFICATES:
            return _readable(x509.load_pem_x509_certificate(block[0]))
        if label in LISTS:
            return _readable(x509.load_pem_x509_crl(block[0]))
    except UNREADABLE as error:
        raise NotPossible(f"{path} is damaged: {error}") from error
    raise NotPossible(f"{path} holds a {label.decode()}. What is needed is certificates and revocation lists.")


def _der(path: Path, content: bytes) -> Readable:
    loaders: tuple[Callable[[bytes], Readable], ...] = (x509.load_der_x509_certificate, x509.load_der_x509_crl)
    for load in loaders:
        try:
            return _readable(load(content))
        except UNREADABLE:
            continue
    raise NotPossible(f"{path} is neither a certificate nor a revocation list, in PEM or DER.")


def _readable(one: Readable) -> Readable:
    """The same, after its parts were looked at: the library finds some faults only then. Raises one of UNREADABLE."""
    _issuer, _hash, _extensions = one.issuer, one.signature_hash_algorithm, list(one.extensions)
    if isinstance(one, x509.Certificate):
        _subject, _key = one.subject, one.public_key()
    else:
        _entries = [entry.serial_number for entry in one]
    return one
