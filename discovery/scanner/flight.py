"""The reader of what a server answers to a hello: ServerHello, Certificate, CertificateStatus, or an alert (RFC 5246, 7.4).

Byte by byte hostile input. No more than MOST_BYTES are taken of anybody, however thinly they drip no byte is looked at again
and again, and the only exception is Failure.
"""

from __future__ import annotations

from discovery.scanner.hello import DEFLATE, NO_COMPRESSION, STATUS_REQUEST, SUPPORTED_VERSIONS, Offer
from discovery.scanner.results import (
    ALERT,
    CLOSED,
    MALFORMED,
    MOST_BYTES,
    MOST_CERTIFICATES,
    MUTE,
    NO_CERTIFICATE,
    NOT_TLS,
    SSL3,
    TLS12,
    TLS13,
    TOO_LARGE,
    UNFINISHED,
    Failure,
    Shown,
    readable,
)

ALERT_RECORD, HANDSHAKE_RECORD = 21, 22
LONGEST_RECORD = 16_384  # RFC 5246, 6.2.1; nothing is encrypted yet, so that nothing is longer
HELLO_REQUEST, SERVER_HELLO, CERTIFICATE, CERTIFICATE_STATUS = 0, 2, 11, 22
CLOSE_NOTIFY, WARNING = 0, 1
ALERTS = {  # RFC 8446, 6, and those that RFC 5246 and SSL 3.0 (RFC 6101) knew besides
    0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed", 22: "record_overflow",
    30: "decompression_failure", 40: "handshake_failure", 41: "no_certificate", 42: "bad_certificate",
    43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired", 46: "certificate_unknown",
    47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied", 50: "decode_error", 51: "decrypt_error",
    60: "export_restriction", 70: "protocol_version", 71: "insufficient_security", 80: "internal_error",
    86: "inappropriate_fallback", 90: "user_canceled", 100: "no_renegotiation", 109: "missing_extension",
    110: "unsupported_extension", 111: "certificate_unobtainable", 112: "unrecognized_name",
    113: "bad_certificate_status_response", 115: "unknown_psk_identity", 116: "certificate_required",
    120: "no_application_protocol",
}  # fmt: skip


class Flight:
    """The answer to one offer: `feed` it until it is complete, then ask it what was `shown`."""

    def __init__(self, offer: Offer) -> None:
        self.is_complete = False
        self._offer = offer
        self._received = 0
        self._data = bytearray()  # what came and is not read yet
        self._said = bytearray()  # what the records held and is not understood yet
        self._is_tls = False  # a whole record was read
        self._hello: Shown | None = None
        self._will_staple = False
        self._chain: tuple[bytes, ...] = ()
        self._staple = b""

    @property
    def shown(self) -> Shown:
        """Of a complete flight. Raises Failure if it came without a certificate."""
        shown = self._answer()
        if not shown.chain:
            raise Failure(NO_CERTIFICATE)
        return shown

    @property
    def chosen(self) -> Shown:
        """The same, if only the version and suite are of interest: there may be no certificate."""
        return self._answer()

    def ended(self, *, in_time: bool) -> Failure:
        """Why there is no more of it: the server hung up, or said nothing for too long."""
        if self._received:
            return Failure(UNFINISHED)
        return Failure(CLOSED if in_time else MUTE)

    def feed(self, data: bytes) -> None:
        """Take in what came. Raises Failure where it is an alert, or no TLS, or no TLS that one can go on with."""
        self._received += len(data)
        if self._received > MOST_BYTES:
            raise Failure(TOO_LARGE)
        self._data += data
        while not self.is_complete and self._read_record():
            pass

    def _answer(self) -> Shown:
        if self._hello is None:
            raise Failure(MALFORMED, "no ServerHello")
        return self._hello._replace(chain=self._chain, staple=self._staple)

    def _read_record(self) -> bool:
        """The next one, if all of it is there."""
        self._check_header()
        end = 5 + int.from_bytes(self._data[3:5], "big")
        if len(self._data) < max(end, 6):
            return False
        kind, content = self._data[0], self._data[5:end]
        del self._data[:end]  # from the front this costs nothing
        self._is_tls = True
        if kind == ALERT_RECORD:
            _hear_alert(content)
            return True
        self._said += content
        while not self.is_complete and self._read_message():
            pass
        return True

    def _check_header(self) -> None:
        """As soon as its bytes are there: who speaks another protocol may wait for us to go on."""
        header = self._data[:5]
        is_kind = not header or header[0] in (ALERT_RECORD, HANDSHAKE_RECORD)
        is_version = len(header) < 2 or header[1] == 3
        is_length = len(header) < 5 or 0 < int.from_bytes(header[3:], "big") <= LONGEST_RECORD
        if is_kind and is_version and is_length:
            return
        raise Failure(MALFORMED, "record header") if self._is_tls else Failure(NOT_TLS, readable(self._data))

    def _read_message(self) -> bool:
        """The next one, if all of it is there."""
        if len(self._said) < 4:
            return False
        kind, end = self._said[0], 4 + int.from_bytes(self._said[1:4], "big")
        if end > MOST_BYTES:
            raise Failure(TOO_LARGE)
        if len(self._said) < end:
            return False
        message = _Reader(bytes(self._said[4:end]))
        del self._said[:end]
        self._hear(kind, message)
        return True

    def _hear(self, kind: int, message: _Reader) -> None:
        if kind == HELLO_REQUEST:
            return
        if self._hello is None:
            self._hear_hello(kind, message)
        elif kind == CERTIFICATE and not self._chain:
            self._chain = _chain(message)
            self.is_complete = not self._will_staple
        else:
            if kind == CERTIFICATE_STATUS:
                self._staple = _staple(message)
            self.is_complete = True  # what follows is of no interest: no certificate comes any more

    def _hear_hello(self, kind: int, message: _Reader) -> None:
        if kind != SERVER_HELLO:
            raise Failure(MALFORMED, "no ServerHello")
        version = message.number(2)
        message.take(32)
        message.block(1)
        suite, compression = message.number(2), message.number(1)
        extensions = _extensions(message)
        version = extensions.get(SUPPORTED_VERSIONS, version)
        _check_choice(self._offer, version, suite, compression)
        self._hello = Shown(version, suite, deflate=compression == DEFLATE)
        self._will_staple = self._offer.asks_staple and STATUS_REQUEST in extensions
        self.is_complete = version == TLS13  # all that follows is encrypted


class _Reader:
    """A message, from front to back."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    @property
    def is_at_end(self) -> bool:
        return self._at == len(self._data)

    def take(self, count: int) -> bytes:
        """The next bytes. Raises Failure if they are not there."""
        start, self._at = self._at, self._at + count
        if self._at > len(self._data):
            raise Failure(MALFORMED, "a length beyond the message")
        return self._data[start : self._at]

    def number(self, digits: int) -> int:
        return int.from_bytes(self.take(digits), "big")

    def block(self, digits: int) -> bytes:
        """What follows its own length in so many bytes."""
        return self.take(self.number(digits))

    def last(self, digits: int) -> bytes:
        """The same, where it must reach to the end of the message."""
        content = self.block(digits)
        if not self.is_at_end:
            raise Failure(MALFORMED, "more than its length")
        return content


def _hear_alert(content: bytearray) -> None:
    """A warning is passed over: some servers say unrecognized_name, and go on. All else is the end."""
    if len(content) != 2:
        raise Failure(MALFORMED, "alert")
    level, number = content
    if level != WARNING or number == CLOSE_NOTIFY:
        raise Failure(ALERT, ALERTS.get(number, str(number)))


def _extensions(message: _Reader) -> dict[int, int]:
    """Which are there, each with the number that its content is: that is how TLS 1.3 says its version."""
    found: dict[int, int] = {}
    if not message.is_at_end:  # SSL 3.0 and many a TLS 1.0 have none at all
        rest = _Reader(message.last(2))
        while not rest.is_at_end:
            kind = rest.number(2)
            found[kind] = int.from_bytes(rest.block(2)[:2], "big")
    return found


def _check_choice(offer: Offer, version: int, suite: int, compression: int) -> None:
    """A server may choose of what was offered only."""
    if not SSL3 <= version <= offer.version or (version > TLS12 and version != TLS13):
        raise Failure(MALFORMED, f"version {version:04x}")
    if suite not in offer.suites:
        raise Failure(MALFORMED, f"suite {suite:04x} was not offered")
    if compression != NO_COMPRESSION and not (offer.deflate and compression == DEFLATE):
        raise Failure(MALFORMED, f"compression {compression} was not offered")


def _chain(message: _Reader) -> tuple[bytes, ...]:
    chain: list[bytes] = []
    certificates = _Reader(message.last(3))
    while not certificates.is_at_end:
        if len(chain) == MOST_CERTIFICATES:
            raise Failure(TOO_LARGE)
        chain.append(certificates.block(3))
        if not chain[-1]:
            raise Failure(MALFORMED, "an empty certificate")
    if not chain:
        raise Failure(NO_CERTIFICATE)
    return tuple(chain)


def _staple(message: _Reader) -> bytes:
    """The OCSP response (RFC 6066, 8)."""
    if message.number(1) != 1:
        raise Failure(MALFORMED, "certificate status")
    return message.last(3)
