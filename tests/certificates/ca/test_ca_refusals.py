"""Plans that are never signed, one by one, and those at the very limit that are."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certificates.ca.refusals import PlanRefused, check

# A filler for a name that appears in no refusal but its own
MANY = tuple(f"www{number}.example.com" for number in range(101))


def der(key):
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def rsa_of(bits):
    """A public key of this size, without the work of finding primes."""
    return rsa.RSAPublicNumbers(65537, 2 ** (bits - 1) + 1).public_key()


def compressed(key):
    """The SubjectPublicKeyInfo of a P-256 key with its point compressed (RFC 5480 2.2)."""
    algorithm = der(key)[2:23]  # id-ecPublicKey, secp256r1
    point = key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    body = algorithm + bytes([3, len(point) + 1, 0]) + point
    return bytes([0x30, len(body)]) + body


def refused(plan, issuer):
    with pytest.raises(PlanRefused) as caught:
        check(plan, issuer)
    return caught.value.problems


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"names": MANY}, "it has more than 100 names"),
        ({"names": ("example.com", "Example.com")}, "it has a name twice"),
        ({"common_name": "other.example.com"}, "the common name “other.example.com” is not among the names"),
        ({"names": ("192.0.2.1",)}, "“192.0.2.1” is an IP address"),
        ({"names": ("a_b.example.com",)}, "“a_b.example.com” is not made of labels of letters, digits and hyphens"),
        ({"names": ("*.example.com",), "level": "EV"}, "“*.example.com” is a wildcard, which EV does not allow"),
        ({"level": "DV"}, "“DV” is neither OV nor EV"),
        ({"serial": 0}, "the serial number is out of range"),
        ({"serial": -1}, "the serial number is out of range"),
        ({"serial": 2**159}, "the serial number is out of range"),
        ({"hash_algorithm": "sha1"}, "“sha1” is not a hash that this CA signs by"),
        ({"own_policy": "1.x"}, "“1.x” is not an object identifier"),
        ({"subject": {"organization": ""}}, "it has no organization"),
        ({"subject": {"organization": "x" * 65}}, "the organization is longer than 64 characters"),
        ({"subject": {"organization": "A\u200bB"}}, "the organization has characters that cannot be seen"),
        ({"subject": {"organization": "- ."}}, "the organization “- .” is a filler"),
        ({"subject": {"locality": "", "state": ""}}, "it has neither a locality nor a state"),
        ({"subject": {"locality": "x" * 129}}, "the locality is longer than 128 characters"),
        ({"subject": {"state": "x" * 129}}, "the state is longer than 128 characters"),
        ({"subject": {"country": "jp"}}, "the country “jp” is not two upper-case letters"),
        ({"subject": {"country": "JPN"}}, "the country “JPN” is not two upper-case letters"),
        ({"subject": {"country": ""}}, "the country “” is not two upper-case letters"),
        ({"level": "EV", "subject": {"business_category": ""}}, "EV needs a business category"),
        ({"level": "EV", "subject": {"registration_number": ""}}, "EV needs a registration number"),
        (
            {"level": "EV", "subject": {"registration_number": "会社1"}},
            "the registration number has characters other than letters, digits and ' ( ) + , - . / : = ?",
        ),
        (
            {"level": "EV", "subject": {"jurisdiction_country": "Japan"}},
            "the country of jurisdiction “Japan” is not two upper-case letters",
        ),
        ({"days": 3653}, "it would outlive its issuer issuing-1"),
        ({"days": 0}, "it would end before it begins"),
        ({"not_after": datetime(2027, 1, 1, 0, 0, 0, 1, UTC)}, "the dates are not whole seconds in UTC"),
        ({"not_after": datetime(2027, 1, 1)}, "the dates are not whole seconds in UTC"),  # noqa: DTZ001  # meant
        (
            {"not_after": datetime(2027, 1, 1, tzinfo=timezone(timedelta(hours=9)))},
            "the dates are not whole seconds in UTC",
        ),
        ({"spki": b"not a key"}, "the public key cannot be read"),
    ],
)
def test_plan_is_refused(make_plan, ecdsa_cas, changes, problem):
    assert refused(make_plan(**changes), ecdsa_cas.issuing) == [problem]


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        (rsa_of(1024), "RSA keys of 1024 bits are not allowed"),
        (rsa_of(2052), "RSA keys of 2052 bits are not allowed"),
        (ec.generate_private_key(ec.SECP521R1()).public_key(), "the elliptic curve secp521r1 is not allowed"),
        (ec.generate_private_key(ec.SECP256K1()).public_key(), "the elliptic curve secp256k1 is not allowed"),
        (ed25519.Ed25519PrivateKey.generate().public_key(), "the public key is neither RSA nor ECDSA"),
    ],
)
def test_key_is_refused(make_plan, ecdsa_cas, key, problem):
    assert refused(make_plan(spki=der(key)), ecdsa_cas.issuing) == [problem]


def test_key_written_unusually_is_refused(make_plan, ecdsa_cas):
    spki = compressed(ec.generate_private_key(ec.SECP256R1()).public_key())

    assert refused(make_plan(spki=spki), ecdsa_cas.issuing) == ["the public key is written in an unusual way"]


def test_refusal_names_everything_at_once(make_plan, ecdsa_cas):
    with pytest.raises(PlanRefused) as caught:
        check(make_plan(names=(), common_name="www.example.com", serial=0), ecdsa_cas.issuing)

    assert str(caught.value) == (
        "the serial number is out of range; it has no names; the common name “www.example.com” is not among the names"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"names": MANY[:100]},
        {"names": ("*.example.com", "example.com")},
        {"subject": {"organization": "x" * 64, "locality": "x" * 128, "state": "x" * 128}},
        {"subject": {"state": ""}},
        {"subject": {"registration_number": "", "business_category": ""}},  # OV does not ask for them
        {"serial": 2**159 - 1},
        {"hash_algorithm": "sha384"},
        {"own_policy": "1.3.6.1.4.1.32473.1.1"},
        {"key": "rsa-2048"},
        {"key": "ecdsa-p384"},
    ],
)
def test_plan_is_accepted(make_plan, ecdsa_cas, changes):
    check(make_plan(**changes), ecdsa_cas.issuing)
