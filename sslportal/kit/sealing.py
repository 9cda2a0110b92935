"""Secrets at rest: sealed with a key drawn from SECRET_KEY, so that a copy of the database alone does not tell them."""

import base64
from collections.abc import Iterator
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class SealBroken(Exception):
    """The text was sealed with another SECRET_KEY, or was changed since."""

    def __init__(self) -> None:
        super().__init__(
            "A sealed secret cannot be read. If SECRET_KEY was changed, put the former one into SECRET_KEY_FALLBACKS."
        )


def seal(text: str) -> str:
    """The text as only `unseal` reads it: ASCII, about four thirds as long and 100 characters more."""
    return _sealer(settings.SECRET_KEY).encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """The text, whether it was sealed with SECRET_KEY or with one of SECRET_KEY_FALLBACKS. Raises SealBroken."""
    for sealer in _sealers():
        try:
            return sealer.decrypt(sealed.encode()).decode()
        except InvalidToken:
            continue
    raise SealBroken


def _sealers() -> Iterator[Fernet]:
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield _sealer(secret)


@lru_cache(maxsize=8)
def _sealer(secret: str) -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"sslportal secrets at rest").derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(key))
