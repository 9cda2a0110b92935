"""Keys that are weak in known ways are told by code and detail; sound ones pass."""

import json
import math
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from certificates.keycheck import Weakness, check, rsa
from tests.certificates.csr.csr_maker import number, tlv

NUMBERS = {
    name: int(value, 16) for name, value in json.loads((Path(__file__).parent / "primes.json").read_text()).items()
}
P, NEXT, FAR = NUMBERS["p"], NUMBERS["next to p"], NUMBERS["far from p"]
SOUND = P * FAR
RSA = bytes.fromhex("300d06092a864886f70d0101010500")


def rsa_key(modulus, exponent=65537):
    return tlv(0x30, RSA, tlv(3, b"\0", tlv(0x30, number(modulus), number(exponent))))


def ec_key(key):
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def divisible_by(factor):
    """A modulus of 2048 bits with this factor and no other small one."""
    other = 3 * 2**2047 // 2 // factor | 1
    while math.gcd(other, rsa.SMALL_PRODUCT) != 1:
        other += 2
    return factor * other


@pytest.mark.parametrize("exponent", [3, 17, 65537, 2**256 - 1])
def test_a_sound_rsa_key_passes(exponent):
    assert check(rsa_key(SOUND, exponent)) == []


def test_a_sound_rsa_key_passes_whatever_its_size():
    modulus = SOUND * NUMBERS["prime 2048"]

    assert check(rsa_key(modulus)) == []
    assert modulus.bit_length() == 4096


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()])
def test_the_accepted_curves_pass(curve):
    assert check(ec_key(ec.generate_private_key(curve))) == []


def roca_prime(times, power):
    """A number of the form that the faulty library's primes have in keys of 2048 bits."""
    product = math.prod(prime for prime in rsa.SMALL_PRIMES if prime <= 701)
    return times * product + pow(65537, power, product)


WEAK_MODULI = {
    "of 1024 bits": (P, Weakness("rsa-too-small", "1024")),
    "of 2047 bits": (2**2046 + 1, Weakness("rsa-too-small", "2047")),
    "of 2049 bits": (2**2048 + 1, Weakness("rsa-odd-size", "2049")),
    "of 8193 bits": (2**8192 + 1, Weakness("rsa-too-large", "8193")),
    "of 60,001 bits": (2**60_000 + 1, Weakness("rsa-too-large", "60001")),
    "zero": (0, Weakness("rsa-too-small", "0")),
    "even": (SOUND + 1, Weakness("rsa-even")),
    "divisible by 3": (divisible_by(3), Weakness("rsa-small-factor", "3")),
    "divisible by 751": (divisible_by(751), Weakness("rsa-small-factor", "751")),
    "of close primes": (P * NEXT, Weakness("rsa-close-primes")),
    "a square": (P * P, Weakness("rsa-close-primes")),
    "prime": (NUMBERS["prime 2048"], Weakness("rsa-prime")),
    "prime and large": (NUMBERS["prime 3080"], Weakness("rsa-prime")),
    "prime and one more than a multiple of the usual exponent": (
        65537 * (2**2031 + 4500) + 1,
        Weakness("rsa-prime"),
    ),
    "of a faulty security chip": (
        roca_prime(3 * 2**51 + 11, 1234) * roca_prime(7 * 2**50 + 49, 4321),
        Weakness("rsa-roca"),
    ),
}


@pytest.mark.parametrize("name", WEAK_MODULI)
def test_a_weak_modulus_is_told(name):
    modulus, weakness = WEAK_MODULI[name]

    assert check(rsa_key(modulus)) == [weakness]


def test_a_prime_modulus_is_not_looked_for_where_time_is_short():
    keys = {name: rsa_key(WEAK_MODULI[name][0]) for name in ("prime", "even")}

    assert {name: check(key, primality=False) for name, key in keys.items()} == {
        "prime": [],
        "even": [Weakness("rsa-even")],
    }
    assert check(keys["prime"]) == [Weakness("rsa-prime")]


BAD_EXPONENTS = {
    "zero": (0, "0"),
    "one": (1, "1"),
    "two": (2, "2"),
    "even": (65536, ""),
    "absurd": (2**256 + 1, ""),
    "larger than the modulus": (SOUND + 2, ""),
}


@pytest.mark.parametrize("name", BAD_EXPONENTS)
def test_a_bad_exponent_is_told(name):
    exponent, detail = BAD_EXPONENTS[name]

    assert check(rsa_key(SOUND, exponent)) == [Weakness("rsa-exponent", detail)]


def test_all_weaknesses_are_told():
    assert check(rsa_key(SOUND + 1, 2)) == [Weakness("rsa-exponent", "2"), Weakness("rsa-even")]


@pytest.mark.parametrize(("rounds", "close"), [(1, True), (100, True), (101, False)])
def test_factors_are_close_if_a_hundred_rounds_find_them(rounds, close):
    middle = 2**1023  # of two factors so far apart that Fermat's method comes to the middle in this round
    half = (math.isqrt(2 * middle * (rounds - 1)) + 1) | 1

    assert rsa.are_primes_close((middle - half) * (middle + half)) is close


@pytest.mark.parametrize(("curve", "name"), [(ec.SECP521R1(), "P-521"), (ec.SECP256K1(), "secp256k1")])
def test_other_curves_are_told_by_name(curve, name):
    spki = ec_key(ec.generate_private_key(curve))

    assert check(spki) == [Weakness("unsupported-curve", name)]


def test_an_unknown_curve_has_no_name():
    spki = ec_key(ec.generate_private_key(ec.SECP521R1())).replace(b"\x2b\x81\x04\0\x23", b"\x2b\x81\x04\0\x7f")

    assert check(spki) == [Weakness("unsupported-curve")]


def test_a_point_off_the_curve_is_told():
    spki = ec_key(ec.generate_private_key(ec.SECP256R1()))

    assert check(spki[:-1] + bytes([spki[-1] ^ 1])) == [Weakness("ec-point")]


def test_a_curve_without_a_name_is_told():
    without = tlv(0x30, tlv(0x30, bytes.fromhex("06072a8648ce3d0201")), tlv(3, bytes(66)))

    assert check(without) == [Weakness("explicit-curve")]


def test_other_algorithms_are_told_by_name():
    spki = ec_key(ed25519.Ed25519PrivateKey.generate())

    assert check(spki) == [Weakness("unsupported-key", "Ed25519")]
    assert check(spki.replace(b"\x2b\x65\x70", b"\x2b\x65\x7f")) == [Weakness("unsupported-key")]


def test_the_caller_may_change_the_list():
    check(rsa_key(SOUND)).append(Weakness("rsa-even"))

    assert check(rsa_key(SOUND)) == []


@given(st.binary(max_size=100))
def test_noise_is_no_key(noise):
    assert check(noise) == [Weakness("unreadable-key")]


@given(st.binary(max_size=60), st.sampled_from([RSA, bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107")]))
def test_noise_within_a_key_is_told(noise, algorithm):
    assert check(tlv(0x30, algorithm, tlv(3, b"\0" + noise)))
