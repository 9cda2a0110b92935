"""ROCA (CVE-2017-15361): RSA keys of a faulty library in smart cards, TPMs and tokens, told by their modulus alone.

Its primes are k·M + (65537^a mod M), where M is the product of the first primes; so modulo each of these the modulus is a
power of 65537, which of a key made at random is true only by chance. Found and published, with this fingerprint, by Nemec,
Sys, Svenda, Klinec and Matyas: "The Return of Coppersmith's Attack", ACM CCS 2017.
"""

import math

GENERATOR = 65537
LARGEST_PRIME = 701  # M of a key from 1984 bits has these 126 primes at least


def _powers(prime: int) -> frozenset[int]:
    """All powers of the generator modulo the prime."""
    powers, power = set(), 1
    while power not in powers:
        powers.add(power)
        power = power * GENERATOR % prime
    return frozenset(powers)


_PRIMES = [p for p in range(3, LARGEST_PRIME + 1, 2) if all(p % q for q in range(3, math.isqrt(p) + 1, 2))]
_POWERS = {prime: powers for prime in _PRIMES if len(powers := _powers(prime)) < prime - 1}  # the others tell nothing


def is_vulnerable(modulus: int) -> bool:
    """Whether the modulus, of 1984 bits or more, is of the library's making. Of others one in 2^167 looks so."""
    return all(modulus % prime in powers for prime, powers in _POWERS.items())
