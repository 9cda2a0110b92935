"""A certificate and its issuer, for servers of the tests; made once each, in a folder of this run."""

import atexit
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric import rsa as rsa_keys
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


class Chain(NamedTuple):
    """In DER as a server sends it, and the files of chain and key."""

    ders: tuple[bytes, ...]
    files: tuple[Path, Path]


@cache
def rsa():
    return _make("rsa", rsa_keys.generate_private_key(65537, 2048))


@cache
def ecdsa():
    return _make("ecdsa", ec.generate_private_key(ec.SECP256R1()))


def _make(name, key):
    above = ec.generate_private_key(ec.SECP256R1())
    shown = [_sign("www.example.com", key, above), _sign("Issuing", above, above)]
    folder = _folder()
    pem = b"".join(one.public_bytes(Encoding.PEM) for one in shown)
    chain_file, key_file = folder / f"{name}.pem", folder / f"{name}.key"
    chain_file.write_bytes(pem)
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return Chain(tuple(one.public_bytes(Encoding.DER) for one in shown), (chain_file, key_file))


def _sign(name, key, issuer):
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Issuing")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGIN)
        .not_valid_after(BEGIN + timedelta(days=365))
        .sign(issuer, hashes.SHA256())
    )


@cache
def _folder():
    folder = Path(tempfile.mkdtemp(prefix="chains-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
