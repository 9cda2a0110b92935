"""The signature by which a receiver knows that a delivery is the portal's, and from when."""

import hmac
import secrets
from collections.abc import Iterable


def new_secret() -> str:
    """A secret of 256 bits."""
    return secrets.token_urlsafe(32)


def signature(body: bytes, keys: Iterable[str], at: int) -> str:
    """The header: the moment as Unix time, and for each secret the HMAC-SHA256 of the moment, a dot and the body."""
    signed = str(at).encode() + b"." + body
    marks = (hmac.new(key.encode(), signed, "sha256").hexdigest() for key in keys)
    return ",".join([f"t={at}", *(f"v1={mark}" for mark in marks)])
