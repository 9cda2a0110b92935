"""Who signed what, and by which hash."""

from dataclasses import dataclass
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, mldsa, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import load_der_public_key

from certificates.keycheck import der, spki
from certificates.keycheck import rsa as rsa_keys
from discovery.analysis import values
from discovery.analysis.guard import attempt

RSA, PSS, ECDSA, DSA, PURE = "RSA", "RSASSA-PSS", "ECDSA", "DSA", "pure"
SHA1_OR_OLDER = frozenset({"SHA-1", "MD5", "MD4", "MD2"})
LARGEST_MODULUS, LONGEST_EXPONENT = 16_384, 64  # bits
MOST_WORK = 16_384 * 17  # bits of both multiplied: such a signature takes 1 ms

RSA_KEYS = {spki.RSA: RSA, bytes.fromhex("2a864886f70d01010a"): PSS}


class Algorithm(NamedTuple):
    """How a signature is made: the family of keys, and the hash; empty where the family leaves no choice."""

    family: str
    hash: str


ALGORITHMS = {  # RFC 8017, 5758, 8692, 8410, 9881, and what came before them
    "1.2.840.113549.1.1.2": Algorithm(RSA, "MD2"),
    "1.2.840.113549.1.1.3": Algorithm(RSA, "MD4"),
    "1.2.840.113549.1.1.4": Algorithm(RSA, "MD5"),
    "1.2.840.113549.1.1.5": Algorithm(RSA, "SHA-1"),
    "1.3.14.3.2.29": Algorithm(RSA, "SHA-1"),
    "1.2.840.113549.1.1.14": Algorithm(RSA, "SHA-224"),
    "1.2.840.113549.1.1.11": Algorithm(RSA, "SHA-256"),
    "1.2.840.113549.1.1.12": Algorithm(RSA, "SHA-384"),
    "1.2.840.113549.1.1.13": Algorithm(RSA, "SHA-512"),
    "2.16.840.1.101.3.4.3.14": Algorithm(RSA, "SHA3-256"),
    "2.16.840.1.101.3.4.3.15": Algorithm(RSA, "SHA3-384"),
    "2.16.840.1.101.3.4.3.16": Algorithm(RSA, "SHA3-512"),
    "1.2.840.113549.1.1.10": Algorithm(PSS, ""),
    "1.2.840.10045.4.1": Algorithm(ECDSA, "SHA-1"),
    "1.2.840.10045.4.3.1": Algorithm(ECDSA, "SHA-224"),
    "1.2.840.10045.4.3.2": Algorithm(ECDSA, "SHA-256"),
    "1.2.840.10045.4.3.3": Algorithm(ECDSA, "SHA-384"),
    "1.2.840.10045.4.3.4": Algorithm(ECDSA, "SHA-512"),
    "2.16.840.1.101.3.4.3.10": Algorithm(ECDSA, "SHA3-256"),
    "2.16.840.1.101.3.4.3.11": Algorithm(ECDSA, "SHA3-384"),
    "2.16.840.1.101.3.4.3.12": Algorithm(ECDSA, "SHA3-512"),
    "1.2.156.10197.1.501": Algorithm("SM2", "SM3"),
    "1.2.840.10040.4.3": Algorithm(DSA, "SHA-1"),
    "1.3.14.3.2.27": Algorithm(DSA, "SHA-1"),
    "2.16.840.1.101.3.4.3.1": Algorithm(DSA, "SHA-224"),
    "2.16.840.1.101.3.4.3.2": Algorithm(DSA, "SHA-256"),
    "1.3.101.112": Algorithm(PURE, ""),
    "1.3.101.113": Algorithm(PURE, ""),
    "2.16.840.1.101.3.4.3.17": Algorithm(PURE, ""),
    "2.16.840.1.101.3.4.3.18": Algorithm(PURE, ""),
    "2.16.840.1.101.3.4.3.19": Algorithm(PURE, ""),
}
HASHES = {  # by identifier, for RSASSA-PSS and the questions of OCSP
    "1.2.840.113549.2.5": "MD5", "1.3.14.3.2.26": "SHA-1", "2.16.840.1.101.3.4.2.4": "SHA-224",
    "2.16.840.1.101.3.4.2.1": "SHA-256", "2.16.840.1.101.3.4.2.2": "SHA-384", "2.16.840.1.101.3.4.2.3": "SHA-512",
}  # fmt: skip
VERIFIED: dict[str, hashes.HashAlgorithm] = {
    "MD5": hashes.MD5(), "SHA-1": hashes.SHA1(), "SHA-224": hashes.SHA224(), "SHA-256": hashes.SHA256(),  # noqa: S303  # as strangers sign
    "SHA-384": hashes.SHA384(), "SHA-512": hashes.SHA512(), "SHA3-256": hashes.SHA3_256(),
    "SHA3-384": hashes.SHA3_384(), "SHA3-512": hashes.SHA3_512(),
}  # fmt: skip
PureKey = (
    ed25519.Ed25519PublicKey | ed448.Ed448PublicKey
    | mldsa.MLDSA44PublicKey | mldsa.MLDSA65PublicKey | mldsa.MLDSA87PublicKey
)  # fmt: skip


@dataclass(frozen=True)
class Pss:
    """The parameters of RSASSA-PSS (RFC 8017, A.2.3)."""

    hash: str = "SHA-1"
    mask_hash: str = "SHA-1"
    salt: int = 20


def hash_of(algorithm: bytes) -> str:
    """The hash of a signature by its AlgorithmIdentifier; empty if there is none, or none that we know.

    Raises der.Malformed.
    """
    known = _known(algorithm)
    return _pss(algorithm).hash if known.family == PSS else known.hash


def is_signature(signature: bytes, signed: bytes, algorithm: bytes, key_info: bytes) -> bool | None:
    """Whether the key, a SubjectPublicKeyInfo, made this signature; None where that cannot be told. Never raises.

    Old hashes are verified as well: what is right is one thing, what is safe another.
    """
    return attempt(lambda: _is_signature(signature, signed, algorithm, key_info), None)


def _is_signature(signature: bytes, signed: bytes, algorithm: bytes, key_info: bytes) -> bool | None:
    known = _known(algorithm)
    key = _key(key_info)
    if key is None:
        return None
    try:
        return _verify(signature, signed, known, algorithm, key)
    except InvalidSignature:
        return False


def _verify(signature: bytes, signed: bytes, known: Algorithm, algorithm: bytes, key: PublicKeyTypes) -> bool | None:
    """Raises InvalidSignature, or whatever the library does not know its way around."""
    if isinstance(key, rsa.RSAPublicKey) and known.family == RSA and known.hash in VERIFIED:
        key.verify(signature, signed, padding.PKCS1v15(), VERIFIED[known.hash])
    elif isinstance(key, rsa.RSAPublicKey) and known.family == PSS:
        pss = _pss(algorithm)
        mask = padding.MGF1(VERIFIED[pss.mask_hash])
        key.verify(signature, signed, padding.PSS(mask, pss.salt), VERIFIED[pss.hash])
    elif isinstance(key, ec.EllipticCurvePublicKey) and known.family == ECDSA:
        key.verify(signature, signed, ec.ECDSA(VERIFIED[known.hash]))
    elif isinstance(key, dsa.DSAPublicKey) and known.family == DSA:
        key.verify(signature, signed, VERIFIED[known.hash])
    elif isinstance(key, PureKey) and known.family == PURE:
        key.verify(signature, signed)
    else:
        return False if _is_known(known) else None
    return True


def _is_known(known: Algorithm) -> bool:
    return known.family == PURE or known.hash in VERIFIED


def _known(algorithm: bytes) -> Algorithm:
    parts = der.inside(algorithm, most=2)
    if not parts:
        raise der.Malformed
    return ALGORITHMS.get(values.identifier(parts[0]), Algorithm("", ""))


def _pss(algorithm: bytes) -> Pss:
    parts = der.inside(algorithm, most=2)
    if len(parts) < 2:
        return Pss()
    fields = {field.tag: field.content for field in der.inside(parts[1].whole, most=4)}
    found = Pss()
    hash_name = _hash(fields[0xA0]) if 0xA0 in fields else found.hash
    mask_hash = _hash(der.inside(fields[0xA1], most=2)[1].whole) if 0xA1 in fields else found.mask_hash
    salt = der.number(der.only(fields[0xA2], der.INTEGER)) if 0xA2 in fields else found.salt
    return Pss(hash_name, mask_hash, salt)


def _hash(algorithm: bytes) -> str:
    parts = der.inside(algorithm, most=2)
    return HASHES.get(values.identifier(parts[0]), "") if parts else ""


def _key(key_info: bytes) -> PublicKeyTypes | None:
    """The key as the library knows it; None for one that would keep it busy."""
    info = spki.parse(key_info)
    if info.algorithm not in RSA_KEYS:
        return load_der_public_key(key_info)
    modulus, exponent = rsa_keys.numbers(info)  # the library is choosy about the parameters beside them
    size, power = modulus.bit_length(), exponent.bit_length()
    if size > LARGEST_MODULUS or power > LONGEST_EXPONENT or size * power > MOST_WORK:
        return None
    return rsa.RSAPublicNumbers(exponent, modulus).public_key()
