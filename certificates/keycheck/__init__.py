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
"""

from functools import lru_cache

from certificates.keycheck import der, ec, rsa, spki
from certificates.keycheck.weakness import Weakness

__all__ = ["Weakness", "check"]


def check(spki: bytes) -> list[Weakness]:
    """The weaknesses of a DER SubjectPublicKeyInfo; an empty list means that none was found. Never raises."""
    return list(_check(spki))


@lru_cache(maxsize=256)  # a wizard reads the same CSR on each of its pages
def _check(key_info: bytes) -> tuple[Weakness, ...]:
    try:
        info = spki.parse(key_info)
    except der.Malformed:
        return (Weakness("unreadable-key"),)
    if info.algorithm == spki.RSA:
        return tuple(rsa.weaknesses(info))
    if info.algorithm == spki.EC:
        return tuple(ec.weaknesses(info, key_info))
    return (Weakness("unsupported-key", spki.OTHER_ALGORITHMS.get(info.algorithm, "")),)
