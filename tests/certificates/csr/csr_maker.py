"""CSRs as odd as one likes: made of DER by hand, and always signed with the same elliptic-curve key."""

import base64
from functools import cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SHA256_WITH_ECDSA = bytes.fromhex("06082a8648ce3d040302")
COMMON_NAME, ORGANIZATION = bytes.fromhex("0603550403"), bytes.fromhex("060355040a")
EXTENSION_REQUEST = bytes.fromhex("06092a864886f70d01090e")
MICROSOFT_EXTENSION_REQUEST = bytes.fromhex("060a2b06010401823702010e")
CLIENT_INFO = bytes.fromhex("06092b0601040182371514")
ALT_NAME = bytes.fromhex("0603551d11")
KEY_IDENTIFIER = bytes.fromhex("0603551d0e")
UTF8, PRINTABLE, TELETEX, BMP = 12, 19, 20, 30


def tlv(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    size = len(content)
    digits = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag]) + (bytes([size]) if size < 128 else bytes([0x80 | len(digits)]) + digits) + content


def number(value: int) -> bytes:
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1))


def part(oid: bytes, text: bytes, tag: int = UTF8) -> bytes:
    """One part of a subject."""
    return tlv(0x31, tlv(0x30, oid, tlv(tag, text)))


def attribute(oid: bytes, *values: bytes) -> bytes:
    return tlv(0x30, oid, tlv(0x31, *values))


def extension(oid: bytes, content: bytes, *, critical: bool = False) -> bytes:
    return tlv(0x30, oid, *([b"\x01\x01\xff"] if critical else []), tlv(4, content))


def asks_for(*extensions: bytes, request: bytes = EXTENSION_REQUEST) -> bytes:
    """The attribute that asks for these extensions."""
    return attribute(request, tlv(0x30, *extensions))


def alternative_names(*names: bytes, request: bytes = EXTENSION_REQUEST) -> bytes:
    """The attribute that asks for these GeneralNames."""
    return asks_for(extension(ALT_NAME, tlv(0x30, *names)), request=request)


def dns(name: bytes) -> bytes:
    return tlv(0x82, name)


@cache
def key() -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(20_251_124, ec.SECP256R1())


def spki(point: PublicFormat = PublicFormat.UncompressedPoint) -> bytes:
    curve = bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107")
    return tlv(0x30, curve, tlv(3, b"\0", key().public_key().public_bytes(Encoding.X962, point)))


def unknown_key() -> bytes:
    """A key of a kind that nobody knows: a CSR with it is refused, whatever its signature."""
    return tlv(0x30, tlv(0x30, bytes.fromhex("06032a0304")), tlv(3, bytes(33)))


def make_csr(*subject: bytes, attributes: bytes | None = b"", public_key: bytes = b"", version: int = 0) -> bytes:
    """The DER of a CSR, properly signed unless it has somebody else's key. Without attributes at all where they are None."""
    tail = b"" if attributes is None else tlv(0xA0, attributes)
    info = tlv(0x30, number(version), tlv(0x30, *subject), public_key or spki(), tail)
    signature = key().sign(info, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    return tlv(0x30, info, tlv(0x30, SHA256_WITH_ECDSA), tlv(3, b"\0", signature))


def pem(content: bytes, label: str = "CERTIFICATE REQUEST") -> str:
    digits = base64.b64encode(content).decode()
    lines = [digits[start : start + 64] for start in range(0, len(digits), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])
