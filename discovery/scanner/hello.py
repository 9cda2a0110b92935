"""The ClientHello, written by hand: no library offers RC4, EXPORT, SSLv3 or compression any more (RFC 5246, 7.4.1.2).

Nothing is ever encrypted here: whoever sends this hello reads what is said in clear, and hangs up.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import NamedTuple

from discovery.scanner import suites
from discovery.scanner.results import SSL3, TLS12, TLS13

NO_COMPRESSION, DEFLATE = 0, 1  # RFC 3749
RENEGOTIATION_SCSV = b"\x00\xff"  # RFC 5746, 3.3: some servers refuse a client that does not say it

SERVER_NAME, STATUS_REQUEST, GROUPS, POINT_FORMATS, SIGNATURES, PADDING, SUPPORTED_VERSIONS, KEY_SHARE = (
    *(0, 5, 10, 11, 13, 21, 43, 51),
)
_CURVES = bytes.fromhex("001d 0017 0018 0019 001e 0100 0101")  # X25519, P-256, P-384, P-521, X448, ffdhe2048 and 3072
_ALGORITHMS = bytes.fromhex(  # ECDSA, PSS, EdDSA, PKCS #1, each with SHA-256 and above, then those with SHA-1, and DSA
    "0403 0503 0603 0804 0805 0806 0809 080a 080b 0807 0808 0401 0501 0601 0301 0303 0203 0201 0402 0202"
)


class Offer(NamedTuple):
    """What a hello offers: at most this version, and one of these suites."""

    suites: tuple[int, ...]
    version: int = TLS12
    deflate: bool = False
    asks_staple: bool = False


CERTIFICATE = Offer(tuple(suites.WITH_CERTIFICATE), deflate=True)
RSA_CERTIFICATE = Offer(tuple(suites.WITHOUT_ECDSA), deflate=True)


def client_hello(offer: Offer, name: str = "") -> bytes:
    """The record with the hello. A name is told to the server (SNI, RFC 6066, 3), unless the version has no extensions."""
    before, after = _around_the_random(offer, name)
    return before + os.urandom(32) + after


@lru_cache(maxsize=1000)  # hellos to bare addresses are all the same, save for the random
def _around_the_random(offer: Offer, name: str) -> tuple[bytes, bytes]:
    body = _body(offer, b"" if offer.version == SSL3 else _extensions(offer, name))
    size = 4 + len(body) + 34
    if 255 < size < 512 and offer.version != SSL3:  # some load balancers hang at such sizes (RFC 7685)
        padding = _extension(PADDING, bytes(max(0, 508 - size)))
        body = _body(offer, _extensions(offer, name) + padding)
    said = min(offer.version, TLS12).to_bytes(2, "big") + bytes(32) + body
    message = b"\x01" + _sized(said, 3)
    # The record says TLS 1.0 whatever is offered: servers that know nothing newer would not look inside (RFC 8446, 5.1)
    record = b"\x16" + min(offer.version, 0x0301).to_bytes(2, "big") + _sized(message, 2)
    return record[:11], record[43:]


def _body(offer: Offer, extensions: bytes) -> bytes:
    """What follows the random: no session, the suites, the compressions, the extensions."""
    methods = bytes([DEFLATE, NO_COMPRESSION] if offer.deflate else [NO_COMPRESSION])
    listed = _sized(suites.packed(offer.suites) + RENEGOTIATION_SCSV, 2)
    return b"\0" + listed + _sized(methods, 1) + (_sized(extensions, 2) if extensions else b"")


def _extensions(offer: Offer, name: str) -> bytes:
    parts = [_extension(SERVER_NAME, _sized(b"\0" + _sized(name.encode("ascii"), 2), 2))] if name else []
    parts += [
        _extension(GROUPS, _sized(_CURVES, 2)),
        _extension(POINT_FORMATS, _sized(b"\0", 1)),
        _extension(SIGNATURES, _sized(_ALGORITHMS, 2)),
    ]
    if offer.asks_staple:
        parts.append(_extension(STATUS_REQUEST, b"\x01\0\0\0\0"))  # OCSP, of any responder
    if offer.version >= TLS13:
        parts.append(_extension(SUPPORTED_VERSIONS, _sized(TLS13.to_bytes(2, "big"), 1)))
        # Any 32 bytes are a share of X25519: nobody will ever compute the secret
        parts.append(_extension(KEY_SHARE, _sized(b"\x00\x1d" + _sized(os.urandom(32), 2), 2)))
    return b"".join(parts)


def _extension(kind: int, content: bytes) -> bytes:
    return kind.to_bytes(2, "big") + _sized(content, 2)


def _sized(content: bytes, digits: int) -> bytes:
    """The content after its length in so many bytes."""
    return len(content).to_bytes(digits, "big") + content
