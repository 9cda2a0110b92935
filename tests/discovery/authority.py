"""A CA of the tests' own, and certificates of it that a careful client accepts."""

import datetime
import ipaddress
import shutil
import tempfile
from atexit import register
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


@cache
def bundle():
    """The file with the CA's certificate."""
    path = _folder() / "authority.pem"
    path.write_bytes(_authority()[0].public_bytes(Encoding.PEM))
    return path


@cache
def issued(*names):
    """The files of certificate and key for a server with these names or addresses."""
    key = ec.generate_private_key(ec.SECP256R1())
    alternatives = x509.SubjectAlternativeName([_general(name) for name in names])
    certificate = _sign(names[0], key, extensions=[(alternatives, False)])
    files = _folder() / f"{names[0]}.pem", _folder() / f"{names[0]}.key"
    files[0].write_bytes(certificate.public_bytes(Encoding.PEM))
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


def _general(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


@cache
def _authority():
    key = ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    extensions = [(x509.BasicConstraints(ca=True, path_length=None), True), (usage, True)]
    return _sign("Authority", key, extensions=extensions, above=key), key


def _sign(name, key, *, extensions, above=None):
    above = above or _authority()[1]
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Authority")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above.public_key()), critical=False)
    )
    for extension, is_critical in extensions:
        builder = builder.add_extension(extension, critical=is_critical)
    return builder.sign(above, hashes.SHA256())


@cache
def _folder():
    folder = Path(tempfile.mkdtemp(prefix="authority-"))
    register(shutil.rmtree, folder, ignore_errors=True)
    return folder
