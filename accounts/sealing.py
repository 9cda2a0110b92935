"""Secrets as they lie in the database: sealed under a key that follows from the portal's secret key."""

import base64

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

PURPOSE = b"second factors"


def seal(text: str) -> str:
    return _ring().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """The text. Raises cryptography.fernet.InvalidToken where the secret key was changed without a fallback."""
    return _ring().decrypt(sealed.encode()).decode()


def _ring() -> MultiFernet:
    """Seals with the first key, and opens with any: earlier secret keys are in SECRET_KEY_FALLBACKS."""
    return MultiFernet([_key(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret: str | bytes) -> Fernet:
    derived = HKDF(SHA256(), length=32, salt=None, info=PURPOSE).derive(force_bytes(secret))
    return Fernet(base64.urlsafe_b64encode(derived))
