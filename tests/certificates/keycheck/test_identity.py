"""A key is recognized by the number that its private half belongs to, however its public half is written."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from certificates import keycheck
from tests.certificates.csr.csr_maker import number, tlv

RSA = bytes.fromhex("300d06092a864886f70d0101010500")
P256 = bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107")
MODULUS = 0xC0FFEE << 2024 | 1
# Its x begins with a zero byte
POINT = ec.derive_private_key(379, ec.SECP256R1()).public_key()
X = POINT.public_numbers().x.to_bytes(32)


def rsa_key(exponent):
    return tlv(0x30, RSA, tlv(3, b"\0", tlv(0x30, number(MODULUS), number(exponent))))


def ec_key(point):
    return tlv(0x30, P256, tlv(3, b"\0", point))


def written(form):
    return POINT.public_bytes(Encoding.X962, form)


def test_an_rsa_key_is_its_modulus():
    assert keycheck.identity(rsa_key(65537)) == hashlib.sha256(MODULUS.to_bytes(256)).hexdigest()


def test_another_exponent_makes_no_other_rsa_key():
    assert keycheck.identity(rsa_key(3)) == keycheck.identity(rsa_key(65537))


def test_an_ec_key_is_its_x_without_leading_zeros():
    assert keycheck.identity(ec_key(written(PublicFormat.UncompressedPoint))) == hashlib.sha256(X[1:]).hexdigest()
    assert X[0] == 0


POINTS = {
    "compressed": written(PublicFormat.CompressedPoint),
    "negated": bytes([written(PublicFormat.CompressedPoint)[0] ^ 1]) + X,
    "hybrid": b"\6" + written(PublicFormat.UncompressedPoint)[1:],
}


@pytest.mark.parametrize("name", POINTS)
def test_another_way_to_write_the_point_makes_no_other_key(name):
    expected = keycheck.identity(ec_key(written(PublicFormat.UncompressedPoint)))

    assert keycheck.identity(ec_key(POINTS[name])) == expected


UNREADABLE = {
    "nothing": b"",
    "noise": b"noise",
    "of another kind": ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
    .public_key()
    .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    "the point at infinity": ec_key(b"\0"),
    "half a point": ec_key(b"\4" + bytes(63)),
    "a point of zeros": ec_key(b"\4" + bytes(64)),
    "RSA without an exponent": tlv(0x30, RSA, tlv(3, b"\0", tlv(0x30, number(MODULUS)))),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_has_no_such_number_is_itself(name):
    assert keycheck.identity(UNREADABLE[name]) == hashlib.sha256(UNREADABLE[name]).hexdigest()


@given(st.binary(max_size=60), st.sampled_from([RSA, P256]))
def test_whatever_comes_has_an_identity(noise, algorithm):
    assert len(keycheck.identity(tlv(0x30, algorithm, tlv(3, b"\0" + noise)))) == 64
