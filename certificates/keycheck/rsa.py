"""Weak RSA keys: sizes, exponents, and moduli that are easily factored (BR 6.1.1.3, 6.1.5, 6.1.6)."""

import math

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from certificates.keycheck import der
from certificates.keycheck.spki import KeyInfo
from certificates.keycheck.weakness import Weakness

SMALLEST, LARGEST = 2048, 8192  # bits; BR 6.1.5 has no upper end, ours keeps checking and handshakes cheap
LARGEST_EXPONENT = 2**256 - 1  # BR 6.1.6: SHOULD be below; nothing in use comes near it
FERMAT_ROUNDS = 100  # BR 6.1.1.3
ANY_EXPONENT = 3072  # bits up to which OpenSSL takes a public exponent of any length
SMALL_PRIMES = [p for p in range(2, 752) if all(p % q for q in range(2, math.isqrt(p) + 1))]
SMALL_PRODUCT = math.prod(SMALL_PRIMES)
# PKCS #1 v1.5 (RFC 8017, section 9.2): what precedes a SHA-256 digest
SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")


def weaknesses(info: KeyInfo) -> list[Weakness]:
    """What is wrong with the key. A size out of range is told alone, so that no time goes into a huge key."""
    try:
        modulus, exponent = numbers(info)
    except der.Malformed:
        return [Weakness("unreadable-key")]
    return _size(modulus.bit_length()) or _exponent(modulus, exponent) + _modulus(modulus)


def numbers(info: KeyInfo) -> tuple[int, int]:
    """Modulus and exponent of an RSAPublicKey (RFC 8017, appendix A.1.1). Raises der.Malformed."""
    parts = der.inside(info.key)
    if len(parts) != 2:
        raise der.Malformed
    return der.number(parts[0]), der.number(parts[1])


def _size(bits: int) -> list[Weakness]:
    if bits < SMALLEST:
        return [Weakness("rsa-too-small", str(bits))]
    if bits > LARGEST:
        return [Weakness("rsa-too-large", str(bits))]
    return [Weakness("rsa-odd-size", str(bits))] if bits % 8 else []


def _exponent(modulus: int, exponent: int) -> list[Weakness]:
    good = exponent >= 3 and exponent % 2 and exponent < modulus and exponent <= LARGEST_EXPONENT
    return [] if good else [Weakness("rsa-exponent", str(exponent) if exponent < 1000 else "")]


def _modulus(modulus: int) -> list[Weakness]:
    if modulus % 2 == 0:
        return [Weakness("rsa-even")]
    if math.gcd(modulus, SMALL_PRODUCT) != 1:
        factor = next(prime for prime in SMALL_PRIMES if modulus % prime == 0)
        return [Weakness("rsa-small-factor", str(factor))]
    if are_primes_close(modulus):
        return [Weakness("rsa-close-primes")]
    return [Weakness("rsa-prime")] if is_prime(modulus) else []


def are_primes_close(modulus: int) -> bool:
    """Whether Fermat's method factors an odd modulus within 100 rounds; a square counts as well."""
    root = math.isqrt(modulus)
    middle = root if root * root == modulus else root + 1
    for candidate in range(middle, middle + FERMAT_ROUNDS):
        rest = candidate * candidate - modulus
        if rest & 15 in (0, 1, 4, 9) and math.isqrt(rest) ** 2 == rest:  # squares end so in hexadecimal
            return True
    return False


def is_prime(modulus: int) -> bool:
    """Whether an odd modulus is (probably) prime: Fermat's little theorem to one base.

    Python's own pow takes 20 ms for 2048 bits and OpenSSL 4, so that OpenSSL is asked where it can be.
    """
    if modulus.bit_length() > ANY_EXPONENT:
        return pow(2, modulus - 1, modulus) == 1
    return _openssl_says_prime(modulus)


def _openssl_says_prime(modulus: int) -> bool:
    """Fermat's test as an RSA signature: modulo a prime p, and only there, raising to p - 2 gives the inverse.

    So the inverse of a well-formed signature block is a valid signature under the exponent p - 2.
    """
    length = (modulus.bit_length() + 7) // 8
    digest = bytes(32)
    block = b"\0\1" + b"\xff" * (length - 3 - len(SHA256_PREFIX) - 32) + b"\0" + SHA256_PREFIX + digest
    number = int.from_bytes(block)
    if math.gcd(number, modulus) != 1:
        return False
    signature = pow(number, -1, modulus).to_bytes(length)
    key = rsa.RSAPublicNumbers(modulus - 2, modulus).public_key()
    try:
        key.verify(signature, digest, padding.PKCS1v15(), Prehashed(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
