"""What is read of the keys and signatures of certificates."""

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa, padding, x25519

from discovery.analysis import facts
from discovery.analysis.certificate import opened
from tests import der
from tests.discovery import handmade
from tests.discovery.handmade import certificate, name
from tests.discovery.read_facts import SHA_384, assert_read, library_signs, read, sealed

# Keys


def explicit_parameters():
    """The numbers of P-256 instead of its name (RFC 3279, 2.3.5)."""
    prime = 2**256 - 2**224 + 2**192 + 2**96 - 1
    field = der.sequence(der.oid("1.2.840.10045.1.1"), der.integer(prime))
    curve = der.sequence(der.octets(bytes(32)), der.octets(bytes(32)))
    return der.sequence(der.integer(1), field, curve, der.octets(b"\4" + bytes(64)), der.integer(7))


def ec_spki(parameters, point=b"\4" + bytes(64)):
    return der.sequence(der.sequence(der.oid("1.2.840.10045.2.1"), parameters), der.bits(point))


def dsa_spki(*prime):
    """Its parameters may be left to the issuer's certificate (RFC 3279, 2.3.2)."""
    parameters = [der.sequence(der.integer(*prime), der.integer(7), der.integer(2))] if prime else []
    return der.sequence(der.sequence(der.oid("1.2.840.10040.4.1"), *parameters), der.bits(der.integer(5)))


def named(dotted, size):
    """A key on a curve that the library need not know."""
    return ec_spki(der.oid(dotted), b"\4" + b"\1" * 2 * size)


PRIME = 2**1024 - 105  # the largest of 1,024 bits


def of(made):
    return lambda: handmade.spki(made())


def modulus():
    return handmade.rsa_key().public_key().public_numbers().n


KEYS = {
    "P-384": (of(lambda: ec.generate_private_key(ec.SECP384R1())), "ECDSA", 384, "", False),
    "P-521": (of(lambda: ec.generate_private_key(ec.SECP521R1())), "ECDSA", 521, "", False),
    "P-224": (of(lambda: ec.generate_private_key(ec.SECP224R1())), "ECDSA", 224, "", True),
    "brainpool": (of(lambda: ec.generate_private_key(ec.BrainpoolP512R1())), "ECDSA", 512, "", False),
    "P-192": (lambda: named("1.2.840.10045.3.1.1", 24), "ECDSA", 192, "", True),
    "SM2": (lambda: named("1.2.156.10197.1.301", 32), "ECDSA", 256, "", False),
    "a curve of somebody's": (lambda: named("1.2.3.4", 20), "ECDSA", 160, "", True),
    "a compressed point": (lambda: ec_spki(der.oid("1.2.3.4"), b"\2" + bytes(32)), "ECDSA", 256, "", False),
    "no point of the curve": (lambda: ec_spki(der.oid("1.2.840.10045.3.1.7")), "ECDSA", 256, "ec-point", False),
    "explicit parameters": (lambda: ec_spki(explicit_parameters()), "ECDSA", 256, "explicit-curve", False),
    "Ed25519": (of(ed25519.Ed25519PrivateKey.generate), "Ed25519", 256, "", False),
    "Ed448": (of(ed448.Ed448PrivateKey.generate), "Ed448", 456, "", False),
    "DSA 1024": (lambda: dsa_spki(2**1023 + 1), "DSA", 1024, "", True),
    "DSA 2048": (lambda: dsa_spki(2**2047 + 1), "DSA", 2048, "", False),
    "DSA without p": (lambda: dsa_spki(), "DSA", 0, "", False),
    "X25519": (of(x25519.X25519PrivateKey.generate), "Unknown", 0, "", False),
    "ML-DSA": (of(mldsa.MLDSA44PrivateKey.generate), "Unknown", 0, "", False),
    "RSA 1024": (of(lambda: handmade.rsa_key(bits=1024)), "RSA", 1024, "", True),
    "RSA 2047": (lambda: handmade.rsa_spki(2**2046 + 1), "RSA", 2047, "", True),
    "RSA 9001": (lambda: handmade.rsa_spki(2**9000 + 1), "RSA", 9001, "", False),
    "RSA 1": (lambda: handmade.rsa_spki(1), "RSA", 1, "", True),
    "a square": (lambda: handmade.rsa_spki(PRIME * PRIME), "RSA", 2048, "rsa-close-primes", False),
    "a prime": (lambda: handmade.rsa_spki(2**2048 - 1942289), "RSA", 2048, "", False),  # takes too long to find out
    "an even modulus": (lambda: handmade.rsa_spki(2**2047 + 2), "RSA", 2048, "rsa-even", False),
    "exponent 1": (lambda: handmade.rsa_spki(modulus(), 1), "RSA", 2048, "rsa-exponent", False),
}


@pytest.mark.parametrize("label", KEYS)
def test_the_kind_and_size_of_any_key_is_told_and_what_is_wrong_with_it(label):
    make, kind, bits, problem, is_short = KEYS[label]

    assert_read(sealed(info=make()), key_type=kind, key_bits=bits, key_problem=problem, is_key_short=is_short)


def test_an_rsa_key_for_one_kind_of_signature_only_is_one_of_rsa():
    key = der.bits(der.sequence(der.integer(modulus()), der.integer(65537)))
    found = facts.read(sealed(info=der.sequence(der.sequence(der.oid("1.2.840.113549.1.1.10")), key)))

    assert (found.key_type, found.key_bits, found.unread) == ("RSA", 2048, ())


def test_a_key_that_everybody_has_is_weak():
    point = bytes.fromhex(  # RFC 9500, section 2.3, where its private half is printed beside it
        "04422548f88fb782ffb5eca3744452c72a1e558fbd6f73be5e48e93232cc45c5b16c4cd10c4cb8d5b8a17139e94882c8992572993425f41419ab7e90a42a494272"
    )
    info = ec_spki(der.oid("1.2.840.10045.3.1.7"), point)

    assert_read(sealed(info=info), key_problem="published-key")


@pytest.mark.parametrize("info", [
    der.sequence(),
    der.sequence(der.sequence(der.oid("1.2.840.113549.1.1.1"), der.NULL), der.bits(b"")),
    der.sequence(der.sequence(der.oid("1.2.840.113549.1.1.1"), der.NULL), der.bits(der.sequence(der.integer(-5)))),
    handmade.rsa_spki(-(2**2047)),
    ec_spki(der.sequence()),
    ec_spki(b""),
    handmade.rsa_spki(2**200_000 + 1),
], ids=range(7))  # fmt: skip
def test_a_key_beyond_reading_costs_nothing_else(info):
    assert_read(sealed(info=info), key_type="Unknown", key_bits=0, unread=("key",))


# Signatures


def pss(hash_dotted=None, *, mask_dotted=None):
    """The AlgorithmIdentifier of RSASSA-PSS (RFC 8017, A.2.3)."""
    named = [der.sequence(der.oid(dotted), der.NULL) for dotted in (hash_dotted, mask_dotted) if dotted]
    fields = [der.tagged(0, named[0])] if hash_dotted else []
    if mask_dotted:
        fields.append(der.tagged(1, der.sequence(der.oid("1.2.840.113549.1.1.8"), named[-1])))
    return der.sequence(der.oid("1.2.840.113549.1.1.10"), der.sequence(*fields))


SHA1, SHA256 = "1.3.14.3.2.26", "2.16.840.1.101.3.4.2.1"


@pytest.mark.parametrize(("algorithm", "hash_name", "is_sha1"), [
    (der.sequence(der.oid("1.2.840.113549.1.1.2"), der.NULL), "MD2", True),
    (der.sequence(der.oid("1.2.840.113549.1.1.3"), der.NULL), "MD4", True),
    (der.sequence(der.oid("1.2.840.113549.1.1.4"), der.NULL), "MD5", True),
    (der.sequence(der.oid("1.2.840.113549.1.1.5"), der.NULL), "SHA-1", True),
    (der.sequence(der.oid("1.3.14.3.2.29")), "SHA-1", True),
    (der.sequence(der.oid("1.2.840.113549.1.1.11")), "SHA-256", False),
    (der.sequence(der.oid("1.2.840.113549.1.1.12")), "SHA-384", False),
    (der.sequence(der.oid("1.2.840.113549.1.1.13")), "SHA-512", False),
    (der.sequence(der.oid("1.2.840.10045.4.1")), "SHA-1", True),
    (der.sequence(der.oid("1.2.840.10045.4.3.3")), "SHA-384", False),
    (der.sequence(der.oid("1.2.840.10040.4.3")), "SHA-1", True),
    (pss(SHA256), "SHA-256", False),
    (pss(), "SHA-1", True),
    (der.sequence(der.oid("1.2.840.113549.1.1.10")), "SHA-1", True),
    (pss("1.2.3.4"), "", False),
    (der.sequence(der.oid("1.3.101.112")), "", False),
    (der.sequence(der.oid("1.2.3.4")), "", False),
])  # fmt: skip
def test_the_hash_of_the_signature_is_told_as_far_as_it_is_known(algorithm, hash_name, is_sha1):
    assert_read(sealed(algorithm=algorithm), hash=hash_name, is_sha1=is_sha1)


@pytest.mark.parametrize("algorithm", [
    der.sequence(), der.sequence(der.NULL), der.sequence(der.oid("1.2.840.113549.1.1.10"), der.sequence(der.tagged(0))),
])  # fmt: skip
def test_an_algorithm_beyond_reading_costs_nothing_else(algorithm):
    assert_read(sealed(algorithm=algorithm), hash="", unread=("hash",))


@pytest.mark.parametrize("own", [handmade.key("own"), handmade.rsa_key()], ids=["ECDSA", "RSA"])
@pytest.mark.parametrize("hash_name", ["sha1", "sha256"])
@pytest.mark.parametrize("issuer", [name(), name("Somebody else")], ids=["own name", "other name"])
def test_who_signed_with_the_own_key_is_self_signed(own, hash_name, issuer):
    assert read(own=own, hash_name=hash_name, issuer=issuer).is_self_signed


def test_md5_is_verified_too():
    assert read(own=handmade.rsa_key(), hash_name="md5").is_self_signed


@pytest.mark.parametrize("own", [handmade.key("own"), handmade.rsa_key()], ids=["ECDSA", "RSA"])
@pytest.mark.parametrize("signer", [handmade.key("issuing"), handmade.rsa_key("issuing")], ids=["ECDSA", "RSA"])
def test_who_only_has_the_name_of_the_issuer_is_not_self_signed(own, signer):
    assert not read(own=own, signer=signer).is_self_signed


@pytest.mark.parametrize(("issuer", "expected"), [(name(), True), (name("Somebody else"), False)])
@pytest.mark.parametrize("changes", [
    {"algorithm": der.sequence(der.oid("1.2.3.4"))},
    {"own": handmade.rsa_key(), "algorithm": der.sequence(der.oid("1.2.840.113549.1.1.2"), der.NULL)},
    {"info": ec_spki(der.oid("1.2.3.4"))},
    {"info": handmade.rsa_spki(2**2047 + 1, 2**100 + 1)},
])  # fmt: skip
def test_where_no_signature_can_be_verified_the_names_tell(issuer, expected, changes):
    assert read(issuer=issuer, **changes).is_self_signed == expected


@pytest.mark.parametrize("how", ["pss", "ed25519", "ed448", "ml-dsa"])
def test_the_newer_ways_to_sign_are_verified_too(how):
    assert facts.read(SELF_SIGNED[how]()).is_self_signed
    damaged = bytearray(SELF_SIGNED[how]())
    damaged[-10] ^= 1
    assert not facts.read(bytes(damaged)).is_self_signed


@pytest.mark.parametrize(("hash_name", "dotted"), [("sha1", SHA1), ("sha256", SHA256)])
def test_a_signature_may_be_masked_by_another_hash(hash_name, dotted):
    algorithm, signer = pss(SHA256, mask_dotted=dotted), handmade.rsa_key()
    signed = opened(certificate(own=signer, algorithm=algorithm)).signed
    signature = signer.sign(signed, padding.PSS(padding.MGF1(handmade.HASHES[hash_name]), 20), hashes.SHA256())

    assert facts.read(der.sequence(signed, algorithm, der.bits(signature))).is_self_signed


SELF_SIGNED = {
    "pss": lambda: library_signs(
        handmade.rsa_key(), SHA_384, rsa_padding=padding.PSS(padding.MGF1(SHA_384), padding.PSS.DIGEST_LENGTH)
    ),
    "ed25519": lambda: library_signs(ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))),
    "ed448": lambda: library_signs(ed448.Ed448PrivateKey.from_private_bytes(bytes(57))),
    "ml-dsa": lambda: library_signs(mldsa.MLDSA44PrivateKey.from_seed_bytes(bytes(32))),
}
