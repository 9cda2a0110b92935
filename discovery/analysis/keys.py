"""The kind and size of a public key, and what is wrong with it."""

from dataclasses import dataclass

from certificates import keycheck
from certificates.keycheck import der, rsa, spki
from discovery.analysis import values
from discovery.analysis.signatures import RSA_KEYS

UNKNOWN = "Unknown"
DSA = bytes.fromhex("2a8648ce380401")
FIXED = {bytes.fromhex("2b6570"): ("Ed25519", 256), bytes.fromhex("2b6571"): ("Ed448", 456)}
CURVES = {  # where the size is not that of the coordinates in whole bytes, and where a point is not readable
    "1.3.132.0.35": 521, "1.3.132.0.34": 384, "1.2.840.10045.3.1.7": 256, "1.3.132.0.33": 224,
    "1.2.840.10045.3.1.1": 192, "1.3.132.0.6": 112, "1.3.132.0.7": 112, "1.3.132.0.10": 256,
    "1.3.132.0.1": 163, "1.3.132.0.15": 163, "1.3.132.0.26": 233, "1.3.132.0.27": 233, "1.3.132.0.16": 283,
    "1.3.132.0.17": 283, "1.3.132.0.36": 409, "1.3.132.0.37": 409, "1.3.132.0.38": 571, "1.3.132.0.39": 571,
}  # fmt: skip
SHORTEST = {"RSA": 2048, "ECDSA": 256, "DSA": 2048}  # bits
LARGEST = 5_000  # bytes of a key that is looked at, since checks are remembered; RSA of 16,384 bits has 2,100
NOT_WEAK = {  # only not to be certified by us; a key that is too small is told by its size
    "unsupported-key", "unsupported-curve", "rsa-too-small", "rsa-too-large", "rsa-odd-size",
}  # fmt: skip


@dataclass(frozen=True)
class Key:
    """RSA, ECDSA, DSA, Ed25519, Ed448 or Unknown, its size in bits, and a code of certificates.keycheck or nothing."""

    kind: str = UNKNOWN
    bits: int = 0
    problem: str = ""

    @property
    def is_short(self) -> bool:
        return 0 < self.bits < SHORTEST.get(self.kind, 0)


def read(key_info: bytes) -> Key:
    """What a SubjectPublicKeyInfo holds. Raises der.Malformed."""
    if len(key_info) > LARGEST:
        raise der.Malformed
    kind, bits = _kind_and_bits(spki.parse(key_info))
    return Key(kind, bits, _problem(key_info))


def _kind_and_bits(info: spki.KeyInfo) -> tuple[str, int]:
    if info.algorithm in RSA_KEYS:
        return "RSA", rsa.numbers(info)[0].bit_length()
    if info.algorithm == spki.EC:
        return "ECDSA", _curve_bits(info)
    if info.algorithm == DSA:
        return "DSA", _dsa_bits(info)
    return FIXED.get(info.algorithm, (UNKNOWN, 0))


def _curve_bits(info: spki.KeyInfo) -> int:
    """Of a named curve its size, of another that of its field, else that of a coordinate."""
    parameters, _rest = der.first(info.parameters)
    if parameters.tag == der.OID:
        known = CURVES.get(values.identifier(parameters))
        return known or _coordinate_bits(info.key)
    field = der.inside(parameters.whole)[1]  # X9.62: version, field, curve …
    return der.number(der.inside(field.whole)[1]).bit_length()


def _coordinate_bits(point: bytes) -> int:
    coordinates = 1 if point[:1] in (b"\2", b"\3") else 2
    return max(len(point) - 1, 0) // coordinates * 8


def _dsa_bits(info: spki.KeyInfo) -> int:
    """Of the prime p; 0 where it is to be looked for in the issuer's certificate (RFC 3279, 2.3.2)."""
    parameters = der.elements(info.parameters, 1)
    if not parameters or parameters[0].tag == der.NULL:
        return 0
    return der.number(der.inside(parameters[0].whole)[0]).bit_length()


def _problem(key_info: bytes) -> str:
    """The worst that keycheck finds, without the search for prime moduli, which takes longer than all else together."""
    found = keycheck.check(key_info, primality=False)
    return next((weakness.code for weakness in found if weakness.code not in NOT_WEAK), "")
