"""Is this public key fit for a certificate? Codes only: no Django, no sentences, no network.

`check(spki)` says every weakness that it finds, as codes:

    unreadable-key                                   no key inside, or one that breaks the rules of its encoding
    unsupported-key, unsupported-curve               the algorithm or curve; the detail names it if we know it
    explicit-curve                                   the curve's numbers instead of its name
    ec-point                                         the point is not on the curve
    rsa-too-small, rsa-too-large, rsa-odd-size       the detail is the size in bits (BR 6.1.5)
    rsa-exponent                                     even, below 3, or absurdly large (BR 6.1.6)
    rsa-even, rsa-small-factor, rsa-prime            the modulus is even, has a factor below 752, is prime (BR 6.1.6)
    rsa-close-primes                                 100 rounds of Fermat's method factor it (BR 6.1.1.3)
    rsa-roca                                         of a faulty library in security chips, CVE-2017-15361 (BR 6.1.1.3)
    debian-weak                                      of Debian's broken OpenSSL, CVE-2008-0166 (BR 6.1.1.3)
    published-key                                    the private half is published, in a test suite or a standard
    listed-key                                       on a list of the operator's, which the detail names
"""

import hashlib
from functools import lru_cache

from certificates.keycheck import der, ec, lists, rsa, spki
from certificates.keycheck.lists import BadList, use_lists
from certificates.keycheck.weakness import Weakness

__all__ = ["BadList", "Weakness", "check", "flaws", "identity", "listed", "use_lists"]


def identity(key_info: bytes) -> str:
    """By what a key is recognized when it comes again: the SHA-256, in hex, of the number that its private key belongs to.

    That is the RSA modulus or the x coordinate of the point, so that neither another exponent, nor the negated point,
    nor another encoding makes it another key. Of what holds no such number, the SHA-256 of all of it. Never raises.
    """
    return hashlib.sha256(_number(key_info) or key_info).hexdigest()


def _number(key_info: bytes) -> bytes:
    """Modulus or x coordinate, big-endian without leading zeros; empty if there is none."""
    try:
        info = spki.parse(key_info)
        if info.algorithm == spki.RSA:
            number, _exponent = rsa.numbers(info)
        elif info.algorithm == spki.EC:
            number = ec.x_coordinate(info)
        else:
            return b""
    except der.Malformed:
        return b""
    return number.to_bytes((number.bit_length() + 7) // 8)


def check(key_info: bytes, *, primality: bool = True) -> list[Weakness]:
    """The weaknesses of a DER SubjectPublicKeyInfo; an empty list means that none was found. Never raises.

    Without the test of RSA moduli for primality, one of 2,048 bits takes 0.1 ms instead of 2.
    """
    return [*listed(identity(key_info)), *flaws(key_info, primality=primality)]


def listed(key_identity: str) -> list[Weakness]:
    """The weaknesses of which the lists know, by what the key is recognized by. Two microseconds."""
    return lists.weaknesses(key_identity)


@lru_cache(maxsize=10_000)  # a wizard reads a CSR on each of its pages, a sweep that of each pending order
def flaws(key_info: bytes, *, primality: bool = True) -> tuple[Weakness, ...]:
    """The weaknesses that the key shows by itself, without a list. Never raises."""
    try:
        info = spki.parse(key_info)
    except der.Malformed:
        return (Weakness("unreadable-key"),)
    if info.algorithm == spki.RSA:
        return tuple(rsa.weaknesses(info, primality=primality))
    if info.algorithm == spki.EC:
        return tuple(ec.weaknesses(info, key_info))
    return (Weakness("unsupported-key", spki.OTHER_ALGORITHMS.get(info.algorithm, "")),)
