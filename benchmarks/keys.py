"""`./portal bench keys`: one lookup in a list, and all checks of a key, by its kind and size."""

import math
import secrets
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certificates import keycheck
from certificates.keycheck import lists
from certificates.keycheck.rsa import SMALL_PRODUCT

RSA_SIZES, CURVES = (2048, 3072, 4096, 8192), {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}
LIMIT_CHECK = 5.0  # milliseconds, of the keys that people have; larger ones have none
LIMITED = {"RSA 2048", "P-256", "P-384"}
LIMIT_LOOKUP = 2.0  # microseconds
KEYS, LOOKUPS, ROUNDS = 9, 20_000, 9


def main() -> int:
    """Print what was measured, medians of checks, and the limits; returns 1 where one is over its limit."""
    over = [say("lookup in a list of 294,912 records, microseconds", lookup(), LIMIT_LOOKUP)]
    for name, keys in kinds().items():
        limit = LIMIT_CHECK if name in LIMITED else None
        over.append(say(f"all checks of {name}, milliseconds", median_of_checks(keys), limit))
    say("for comparison: one signature with RSA 2048, milliseconds", signature(), None)
    return int(any(over))


def say(what: str, number: float, limit: float | None) -> bool:
    """Returns whether the number is over its limit."""
    over = limit is not None and number > limit
    sys.stdout.write(
        f"{what:60}{number:>10.2f}{'' if limit is None else f'{limit:>10.0f}'}{'  over' if over else ''}\n"
    )
    sys.stdout.flush()
    return over


def seconds(act: Callable[[], object]) -> float:
    """Of the processor, since the portal around it is busy starting."""
    began = time.process_time()
    act()
    return time.process_time() - began


def lookup() -> float:
    """Of records that are there and others, half and half; in the round that was disturbed least."""
    known = lists.KeyList(lists.DATA / "debian" / "rsa-2048.bin")
    there = [known[secrets.randbelow(len(known))] for _ in range(LOOKUPS // 2)]
    wanted = [*there, *(secrets.token_bytes(lists.RECORD) for _ in range(LOOKUPS // 2))]
    secrets.SystemRandom().shuffle(wanted)
    times = [seconds(lambda: [record in known for record in wanted]) for _ in range(ROUNDS)]
    return min(times) / LOOKUPS * 1e6


def kinds() -> dict[str, list[bytes]]:
    rsa_keys = {f"RSA {size}": [sound_rsa_key(size) for _ in range(KEYS)] for size in RSA_SIZES}
    return rsa_keys | {name: [ec_key(curve) for _ in range(KEYS)] for name, curve in CURVES.items()}


def sound_rsa_key(size: int) -> bytes:
    """One in which the checks find nothing: two factors without small ones of their own, prime or not, are made at once."""
    modulus = factor(size // 2) * factor(size // 2)
    public = rsa.RSAPublicNumbers(65537, modulus).public_key()
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def factor(bits: int) -> int:
    while math.gcd(number := secrets.randbits(bits) | 3 << bits - 2 | 1, SMALL_PRODUCT) != 1:
        pass
    return number


def ec_key(curve: ec.EllipticCurve) -> bytes:
    return ec.generate_private_key(curve).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def median_of_checks(keys: list[bytes]) -> float:
    """Each key is met for the first time, so that nothing is remembered of it."""
    times = []
    for key in keys:
        found: list[keycheck.Weakness] = []
        times.append(seconds(partial(_check, key, found)))
        if found:
            raise RuntimeError(f"A key is not sound: {found}")
    return statistics.median(times) * 1e3


def _check(key: bytes, found: list[keycheck.Weakness]) -> None:
    found.extend(keycheck.check(key))


def signature() -> float:
    key = rsa.generate_private_key(65537, 2048)
    return (
        statistics.median(seconds(lambda: key.sign(b"", padding.PKCS1v15(), hashes.SHA256())) for _ in range(99)) * 1e3
    )


if __name__ == "__main__":
    sys.exit(main())
