"""The door to the CA's keys: it opens in the `ca` worker and for `manage.py ca` only, which alone know the passphrase."""

from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from certificates.ca.authority import Urls
from certificates.ca.keys import FileKeyStore
from certificates.models import CertificateAuthority

SHA256 = hashes.SHA256()


@cache
def store() -> FileKeyStore:
    """The key store. Raises ImproperlyConfigured in a process that is not meant to have the keys."""
    if not settings.CA_KEYS or not settings.CA_PASSPHRASE_FILE:
        raise ImproperlyConfigured("This process has no CA keys: CA_KEYS and CA_PASSPHRASE_FILE are not set.")
    return FileKeyStore(Path(settings.CA_KEYS), Path(settings.CA_PASSPHRASE_FILE).read_bytes().strip())


@cache
def _key(name: str) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    return store().load(name)


def key_of(authority: CertificateAuthority) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    """The CA's private key, decrypted once a process."""
    return _key(authority.name)


def urls() -> Urls:
    """The addresses that certificates carry."""
    return Urls(base=settings.PKI_URL)
