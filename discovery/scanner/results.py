"""What can come of a probe: a certificate, or one of the reasons why there is none; and the form of it in JSON."""

from __future__ import annotations

import base64
import binascii
from typing import Any, NamedTuple

FOUND = "found"  # at least one chain was shown
NO_ADDRESS = "no-address"  # the name has none, or DNS did not say in time
EXCLUDED = "excluded"  # the name leads to an address that was excluded, so that it was not touched
REFUSED = "refused"  # nobody listens on this port
UNREACHABLE = "unreachable"  # there is no way to this address; the detail is the system's name of the error
SILENT = "silent"  # nobody answered the attempt to connect
MUTE = "mute"  # connected, and then nothing was said
CLOSED = "closed"  # connected, and hung up without a word
RESET = "reset"  # connected, and cut off
NOT_TLS = "not-tls"  # something else was said; the detail is its beginning
ALERT = "alert"  # TLS, but no; the detail is the name of the alert
UNFINISHED = "unfinished"  # TLS that stopped in its middle
MALFORMED = "malformed"  # TLS against its own rules; the detail says which
TOO_LARGE = "too-large"  # more than is read of anybody
NO_CERTIFICATE = "no-certificate"  # TLS without one: an anonymous suite
STARTTLS = "starttls"  # the mail, FTP, LDAP or PostgreSQL server does not go over to TLS; the detail is what it said
LOCAL = "local"  # this computer could not: no file or port was free, a firewall of its own; the detail is the error
OUTCOMES = frozenset({
    FOUND, NO_ADDRESS, EXCLUDED, REFUSED, UNREACHABLE, SILENT, MUTE, CLOSED, RESET, NOT_TLS, ALERT, UNFINISHED, MALFORMED,
    TOO_LARGE, NO_CERTIFICATE, STARTTLS, LOCAL,
})  # fmt: skip

SSL3, TLS10, TLS11, TLS12, TLS13 = 0x0300, 0x0301, 0x0302, 0x0303, 0x0304
VERSIONS = {SSL3: "SSLv3", TLS10: "TLS 1.0", TLS11: "TLS 1.1", TLS12: "TLS 1.2", TLS13: "TLS 1.3"}

MOST_BYTES = 65_536  # that are read of one server: a chain of four has about 6,000
MOST_CERTIFICATES = 100  # in one chain
LONGEST_DETAIL = 80


class Failure(Exception):
    """Why a probe has come to its end: one of the outcomes. It never leaves the engine."""

    def __init__(self, outcome: str, detail: str = "") -> None:
        super().__init__(outcome, detail)
        self.outcome = outcome
        self.detail = detail


class Shown(NamedTuple):
    """What a server showed in one handshake. The chain is in DER, in the order in which it came."""

    version: int
    suite: int
    deflate: bool = False
    chain: tuple[bytes, ...] = ()
    staple: bytes = b""  # an OCSP response; empty if there was none
    leaf_only: bool = False  # a Python that tells no more than the first certificate of a TLS 1.3 handshake


class Result(NamedTuple):
    """What came of one pair of host and port: `host` as it was asked for, `address` the one that was connected to."""

    host: str
    port: int
    outcome: str
    detail: str = ""
    address: str = ""
    shown: tuple[Shown, ...] = ()  # one for each kind of key, if it was found


class BadResult(ValueError):
    """This is no result in JSON."""


def readable(data: bytes | bytearray) -> str:
    """The beginning of what a stranger sent, in ASCII that can be printed, for a detail."""
    return "".join(chr(byte) if 32 <= byte < 127 else "." for byte in data[:LONGEST_DETAIL])


def to_json(result: Result) -> dict[str, Any]:
    """The result in what JSON has; empty fields are left out."""
    whole = {**result._asdict(), "shown": [_shown_to_json(one) for one in result.shown]}
    return {name: value for name, value in whole.items() if value}


def _shown_to_json(shown: Shown) -> dict[str, Any]:
    chain = [base64.b64encode(der).decode() for der in shown.chain]
    whole = {**shown._asdict(), "chain": chain, "staple": base64.b64encode(shown.staple).decode()}
    return {name: value for name, value in whole.items() if value}


def from_json(data: object) -> Result:
    """The result again. What comes may have been made by anybody: raises BadResult where it is not of our making."""
    fields = fields_of(data, Result._fields)
    shown = fields.pop("shown", [])
    if not isinstance(shown, list) or len(shown) > 2:
        raise BadResult("shown")
    result = Result(
        host=_text(fields, "host", 253),
        port=_number(fields, "port", 65_535),
        outcome=_text(fields, "outcome", 20),
        detail=_text(fields, "detail", LONGEST_DETAIL),
        address=_text(fields, "address", 45),
        shown=tuple(_shown_from_json(one) for one in shown),
    )
    if not result.host or not result.port or result.outcome not in OUTCOMES:
        raise BadResult("host, port or outcome")
    if (result.outcome == FOUND) != any(one.chain for one in result.shown):
        raise BadResult("found means a chain, and a chain means found")
    return result


def _shown_from_json(data: object) -> Shown:
    fields = fields_of(data, Shown._fields)
    chain = fields.get("chain", [])
    if not isinstance(chain, list) or len(chain) > MOST_CERTIFICATES:
        raise BadResult("chain")
    shown = Shown(
        version=_number(fields, "version", TLS13),
        suite=_number(fields, "suite", 0xFFFF),
        deflate=_truth(fields, "deflate"),
        chain=tuple(map(_bytes, chain)),
        staple=_bytes(fields.get("staple", "")),
        leaf_only=_truth(fields, "leaf_only"),
    )
    if shown.version not in VERSIONS or not all(shown.chain) or sum(map(len, shown.chain)) > MOST_BYTES:
        raise BadResult("version or chain")
    return shown


def fields_of(data: object, names: tuple[str, ...]) -> dict[str, Any]:
    """Those of an object in JSON, which has no others. Raises BadResult."""
    if not isinstance(data, dict) or not set(data) <= set(names):
        raise BadResult("not an object with the fields of one")
    return dict(data)


def _text(fields: dict[str, Any], name: str, longest: int) -> str:
    value = fields.get(name, "")
    if not isinstance(value, str) or len(value) > longest or not (value.isascii() and value.isprintable()):
        raise BadResult(name)
    return value


def _number(fields: dict[str, Any], name: str, most: int) -> int:
    value = fields.get(name, 0)
    if type(value) is not int or not 0 <= value <= most:
        raise BadResult(name)
    return value


def _truth(fields: dict[str, Any], name: str) -> bool:
    value = fields.get(name, False)
    if not isinstance(value, bool):
        raise BadResult(name)
    return value


def _bytes(value: object) -> bytes:
    if not isinstance(value, str) or len(value) > 2 * MOST_BYTES:
        raise BadResult("not Base64")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise BadResult("not Base64") from None
