"""The door to the CA's keys: it opens in the `ca` worker and for `manage.py ca` only, which alone know the passphrase."""

import os
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from certificates.ca.authority import Urls
from certificates.ca.keys import KeyStore, KeyStoreError
from certificates.ca.stores import open_store
from certificates.models import CertificateAuthority

SHA256 = hashes.SHA256()


@cache
def store() -> KeyStore:
    """The key store. Raises ImproperlyConfigured in a process that is not meant to have the keys, or KeyStoreError."""
    if not settings.CA_KEYS or not (settings.CA_PASSPHRASE or settings.CA_PASSPHRASE_FILE):
        raise ImproperlyConfigured(
            "This process has no CA keys: CA_KEYS is not set, or neither CA_PASSPHRASE_FILE nor CA_PASSPHRASE."
        )
    return open_store(settings.CA_KEYS, _passphrase())


def _passphrase() -> bytes:
    if settings.CA_PASSPHRASE:
        return os.fsencode(settings.CA_PASSPHRASE)  # the very bytes that the environment has
    try:
        return Path(settings.CA_PASSPHRASE_FILE).read_bytes().strip()
    except OSError as error:
        raise KeyStoreError(f"CA_PASSPHRASE_FILE names a file that cannot be read: {error}.") from error


@cache
def key(name: str) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    return store().load(name)


def key_of(authority: CertificateAuthority) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    """The CA's private key, decrypted once a process. Raises KeyStoreError where it is another CA's of the same name."""
    return _own_key(authority.name, bytes(authority.der))


@cache
def _own_key(name: str, der: bytes) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    own = key(name)
    if own.public_key() != x509.load_der_x509_certificate(der).public_key():
        raise KeyStoreError(f"The key “{name}” in the key store is not that of the CA {name}.")
    return own


def urls() -> Urls:
    """The addresses that certificates carry."""
    return Urls(base=settings.PKI_URL)
