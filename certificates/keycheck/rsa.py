"""Weak RSA keys: sizes, exponents, and moduli that are easily factored (BR 6.1.1.3, 6.1.5, 6.1.6)."""

import math

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from certificates.keycheck import der, roca
from certificates.keycheck.spki import KeyInfo
from certificates.keycheck.weakness import Weakness

SMALLEST, LARGEST = 2048, 8192  # bits; BR 6.1.5 has no upper end, ours keeps checking and handshakes cheap
LARGEST_EXPONENT = 2**256 - 1  # BR 6.1.6: SHOULD be below; nothing in use comes near it
FERMAT_ROUNDS = 100  # BR 6.1.1.3
SMALL_PRIMES = [p for p in range(2, 752) if all(p % q for q in range(2, math.isqrt(p) + 1))]
SMALL_PRODUCT = math.prod(SMALL_PRIMES)


def weaknesses(info: KeyInfo, *, primality: bool = True) -> list[Weakness]:
    """What is wrong with the key. A size out of range is told alone, so that no time goes into a huge key.

    Whether the modulus is prime takes twenty times as long to find out as all else.
    """
    try:
        modulus, exponent = numbers(info)
    except der.Malformed:
        return [Weakness("unreadable-key")]
    return _size(modulus.bit_length()) or _exponent(modulus, exponent) + _modulus(modulus, primality)


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


def _modulus(modulus: int, primality: bool) -> list[Weakness]:
    if modulus % 2 == 0:
        return [Weakness("rsa-even")]
    if math.gcd(modulus, SMALL_PRODUCT) != 1:
        factor = next(prime for prime in SMALL_PRIMES if modulus % prime == 0)
        return [Weakness("rsa-small-factor", str(factor))]
    if are_primes_close(modulus):
        return [Weakness("rsa-close-primes")]
    if roca.is_vulnerable(modulus):
        return [Weakness("rsa-roca")]
    return [Weakness("rsa-prime")] if primality and is_prime(modulus) else []


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
    """Whether a modulus without small factors is (probably) prime, as OpenSSL finds: ten times as fast as Python's pow.

    Three times a prime makes a key pair whose private half is easily computed. If the modulus is prime, what that half
    signs is valid; if not, raising to a power and back gives another number, as in Fermat's test.
    """
    exponent = 65537
    while math.gcd(exponent, modulus - 1) != 1:
        exponent += 2
    key = _key_of_three_times(modulus, exponent)
    digest = bytes(32)
    signature = key.sign(digest, padding.PKCS1v15(), Prehashed(hashes.SHA256()))
    try:
        key.public_key().verify(signature, digest, padding.PKCS1v15(), Prehashed(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _key_of_three_times(prime: int, exponent: int) -> rsa.RSAPrivateKey:
    """The private key with the primes 3 and, supposedly, `prime`.

    OpenSSL signs by the primes. When it sees that the signature is wrong, it signs again by `d`, which here only has to
    be short, lest every good key cost thrice the time.
    """
    public = rsa.RSAPublicNumbers(exponent, 3 * prime)
    by_prime = pow(exponent, -1, prime - 1)
    numbers = rsa.RSAPrivateNumbers(
        p=prime, q=3, d=3, dmp1=by_prime, dmq1=1, iqmp=pow(3, -1, prime), public_numbers=public
    )
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)
