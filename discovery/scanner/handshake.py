"""A whole handshake by Python's ssl, for servers that speak TLS 1.3 alone: there the certificate comes encrypted.

Nothing is verified: here it is looked at whatever is there.
"""

from __future__ import annotations

import ssl
from functools import lru_cache
from typing import Any

from discovery.scanner.results import (
    ALERT,
    MALFORMED,
    MOST_BYTES,
    MOST_CERTIFICATES,
    NO_CERTIFICATE,
    TLS13,
    TOO_LARGE,
    UNFINISHED,
    Failure,
    Shown,
)
from discovery.scanner.wire import Wire


@lru_cache(maxsize=1)
def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


async def shake_hands(wire: Wire, name: str) -> Shown:
    """On a wire that is ready for the hello. Raises Failure or TimeIsUp.

    It ends as soon as the server has proved that the certificate is its own: our last message is not sent any more.
    """
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = _context().wrap_bio(incoming, outgoing, server_hostname=name or None)
    while True:
        try:
            tls.do_handshake()
            return _shown(tls)
        except ssl.SSLWantReadError:
            await wire.send(outgoing.read())
        except ssl.SSLError as error:
            raise _failure(error) from None
        data = await wire.receive()
        if not data:
            raise Failure(UNFINISHED)
        incoming.write(data)


def _failure(error: ssl.SSLError) -> Failure:
    """OpenSSL's reason: TLSV1_ALERT_PROTOCOL_VERSION, WRONG_VERSION_NUMBER …"""
    reason = error.reason or ""
    if "_ALERT_" in reason:
        return Failure(ALERT, reason.partition("_ALERT_")[2].lower())
    return Failure(MALFORMED, reason.lower())


def _shown(tls: ssl.SSLObject) -> Shown:
    chain, leaf_only = _chain(tls)
    if not chain:
        raise Failure(NO_CERTIFICATE)
    if len(chain) > MOST_CERTIFICATES or sum(map(len, chain)) > MOST_BYTES:
        raise Failure(TOO_LARGE)
    cipher = tls.cipher()
    name = cipher[0] if cipher else ""
    return Shown(TLS13, _suite(name), chain=chain, leaf_only=leaf_only)


@lru_cache(maxsize=20)
def _suite(name: str) -> int:
    """The number of a suite of TLS 1.3, which OpenSSL calls as IANA does."""
    return next((cipher["id"] & 0xFFFF for cipher in _context().get_ciphers() if cipher["name"] == name), 0)


def _chain(tls: ssl.SSLObject) -> tuple[tuple[bytes, ...], bool]:
    """What the server sent, and whether it is the leaf only: Python 3.9 does not tell more."""
    public = getattr(tls, "get_unverified_chain", None)  # from Python 3.13
    if public:
        return tuple(public() or ()), False
    private = getattr(getattr(tls, "_sslobj", None), "get_unverified_chain", None)  # from Python 3.10
    if private:
        certificates: list[Any] = private() or []
        return tuple(ssl.PEM_cert_to_DER_cert(one.public_bytes()) for one in certificates), False
    leaf = tls.getpeercert(binary_form=True)
    return ((leaf,) if leaf else ()), True
