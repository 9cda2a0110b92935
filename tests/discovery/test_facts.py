"""What is read of certificates, odd ones too: one field that cannot be read costs no other."""

import hashlib
import unicodedata
from dataclasses import asdict, replace
from datetime import UTC, datetime

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa, padding, x25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.analysis import facts
from discovery.analysis.certificate import opened
from discovery.analysis.facts import Facts
from discovery.analysis.guard import attempt
from tests import der
from tests.discovery import handmade
from tests.discovery.handmade import alternative_names, attribute, certificate, extension, name, time

SHA_384 = hashes.SHA384()
BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)


def read(**changes):
    return facts.read(certificate(**changes))


def sealed(**changes):
    """A certificate of another CA, so that it is not self-signed."""
    wanted = {"issuer": name("Issuing"), "signer": handmade.key("issuing"), "extensions": [alternative_names("a.test")]}
    return certificate(**{**wanted, **changes})


PLAIN = Facts(
    sha256="", serial="1267", subject="CN=www.example.com", issuer="CN=Issuing", common_name="www.example.com",
    issuer_name="Issuing", names=("a.test",), not_before=BEGIN, not_after=END, key_type="ECDSA", key_bits=256,
    hash="SHA-256",
)  # fmt: skip


def assert_read(content, **differences):
    """It says what the plain one says, but for the differences."""
    assert facts.read(content) == replace(PLAIN, sha256=hashlib.sha256(content).hexdigest(), **differences)


def test_a_certificate_is_read():
    assert_read(sealed())


def test_everything_is_read():
    subject = der.sequence(
        attribute("2.5.4.6", "JP", handmade.PRINTABLE),
        attribute("2.5.4.10", "例示株式会社"),
        attribute("2.5.4.3", "Example"),
    )
    content = certificate(
        subject,
        name("Example CA", "Example K.K."),
        own=handmade.rsa_key(),
        signer=handmade.rsa_key("issuing"),
        hash_name="sha1",
        extensions=[
            alternative_names("WWW.Example.com.", "*.example.com", bytes([192, 0, 2, 1]), bytes(15) + b"\1"),
            handmade.CA,
            handmade.ocsp_at("http://ocsp.example.com", "ldap://ocsp.example.com"),
            handmade.lists_at("http://pki.example.com/a.crl", "https://pki.example.com/b.crl"),
            extension("2.5.29.32", der.sequence(der.sequence(der.oid("2.23.140.1.1")))),
        ],
    )

    assert facts.read(content) == Facts(
        sha256=hashlib.sha256(content).hexdigest(),
        serial="1267",
        subject="CN=Example,O=例示株式会社,C=JP",
        issuer="CN=Example CA,O=Example K.K.",
        common_name="Example",
        organization="例示株式会社",
        issuer_name="Example CA",
        names=("www.example.com", "*.example.com", "192.0.2.1", "::1"),
        not_before=BEGIN,
        not_after=END,
        key_type="RSA",
        key_bits=2048,
        hash="SHA-1",
        is_sha1=True,
        is_ev=True,
        is_ca=True,
        ocsp_urls=("http://ocsp.example.com",),
        crl_urls=("http://pki.example.com/a.crl", "https://pki.example.com/b.crl"),
    )


@pytest.mark.filterwarnings("ignore:Parsed a serial number")  # one is zero
def test_mozillas_roots_are_read_as_the_library_reads_them():
    roots = x509.load_pem_x509_certificates(certifi.contents().encode())
    assert len(roots) > 100

    for root in roots:
        found = facts.read(root.public_bytes(Encoding.DER))
        organization = root.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        assert (found.unread, found.is_self_signed, found.is_ca, found.key_problem) == ((), True, True, "")
        assert (found.serial, found.key_bits) == (f"{root.serial_number:x}", root.public_key().key_size)
        assert (found.not_before, found.not_after) == (root.not_valid_before_utc, root.not_valid_after_utc)
        assert found.hash.replace("-", "").lower() == root.signature_hash_algorithm.name
        assert found.organization == (organization[0].value if organization else "")
        assert found.sha256 == root.fingerprint(hashes.SHA256()).hex()


@pytest.mark.parametrize("value", [
    "plain", "a,b", 'a"b', "a+b", "a\\b", "a<b>c;d", "#a", " a ", "  ", "a#b ", " ", "株式会社", "a=b",
])  # fmt: skip
def test_a_name_is_written_as_the_library_writes_it(value):
    subject = der.sequence(attribute("2.5.4.10", value), attribute("2.5.4.3", "x"), attribute("2.5.4.11", value))
    content = certificate(subject)

    assert facts.read(content).subject == x509.load_der_x509_certificate(content).subject.rfc4514_string()


def test_attributes_of_one_group_are_written_together():
    group = der.tlv(0x31, *(attribute(kind, "x")[2:] for kind in ("2.5.4.3", "2.5.4.10", "1.2.3.4")))

    assert read(subject=der.sequence(group)).subject == "CN=x+O=x+1.2.3.4=x"


# Names


@pytest.mark.parametrize(("value", "tag", "text"), [
    ("Zürich".encode(), handmade.UTF8, "Zürich"),
    ("Zürich".encode("latin-1"), handmade.TELETEX, "Zürich"),
    ("Zürich".encode("latin-1"), handmade.PRINTABLE, "Zürich"),
    ("Zürich".encode(), handmade.IA5, "Zürich"),
    ("Zürich".encode("latin-1"), handmade.UTF8, "Zürich"),
    ("東京".encode("utf-16-be"), handmade.BMP, "東京"),
    ("東京".encode("utf-32-be"), handmade.UNIVERSAL, "東京"),
    (b"\xd8\x00\x00a", handmade.BMP, "\ufffda"),
    (b"odd", handmade.BMP, "潤\ufffd"),
    (b"\0\0\xd8\x00", handmade.UNIVERSAL, "\ufffd"),
    (b"www.bank.test\0.evil.test", handmade.UTF8, "www.bank.test\ufffd.evil.test"),
    ("a\u202etset.b".encode(), handmade.UTF8, "a\ufffdtset.b"),
    ("a\u2066b\u200fc\r\nd\x7f".encode(), handmade.UTF8, "a\ufffdb\ufffdc\ufffd\ufffdd\ufffd"),
    ("a\u3000b\u00a0c".encode(), handmade.UTF8, "a b c"),
    (b"\x01\x02", 0x04, "#04020102"),
    (b"", handmade.UTF8, ""),
])  # fmt: skip
def test_any_string_becomes_text_that_can_be_printed(value, tag, text):
    found = read(subject=der.sequence(attribute("2.5.4.10", value, tag)))

    assert (found.organization, found.unread) == (text, ())


def test_long_texts_are_cut():
    found = facts.read(sealed(subject=name("c" * 300, "o" * 60_000)))

    assert (len(found.common_name), len(found.organization), len(found.subject)) == (253, 500, 500)
    assert found.common_name.endswith("c…")


BROKEN_NAMES = {  # a part that is broken, in the middle of others
    "no type": der.tlv(0x31, der.sequence(der.tlv(12, b"x"), der.tlv(12, b"x"))),
    "no value": der.tlv(0x31, der.sequence(der.oid("2.5.4.11"))),
    "too many": der.tlv(0x31, der.sequence(der.oid("2.5.4.11"), der.tlv(12, b"x"), der.tlv(12, b"x"))),
    "an endless type": der.tlv(0x31, der.sequence(der.tlv(6, b"\xff" * 500 + b"\1"), der.tlv(12, b"x"))),
    "an unfinished type": der.tlv(0x31, der.sequence(der.tlv(6, b"\x55\x84"), der.tlv(12, b"x"))),
    "no set": der.sequence(),
    "garbage": der.tlv(0x31, b"\x30\x84\xff"),
}


@pytest.mark.parametrize("broken", BROKEN_NAMES)
def test_a_broken_part_of_a_name_costs_no_other(broken):
    subject = der.sequence(
        attribute("2.5.4.10", "Example"), BROKEN_NAMES[broken], attribute("2.5.4.3", "www.example.com")
    )
    found = facts.read(sealed(subject=subject))

    assert (found.organization, found.common_name, found.unread) == ("Example", "www.example.com", ("subject",))


@pytest.mark.parametrize("issuer", [
    (name("CN", "O"), "CN"), (name(None, "O"), "O"), (der.sequence(attribute("2.5.4.6", "JP")), "C=JP"), (der.sequence(), ""),
])  # fmt: skip
def test_an_issuer_goes_by_its_common_name_else_by_its_organization(issuer):
    assert facts.read(sealed(issuer=issuer[0])).issuer_name == issuer[1]


@pytest.mark.parametrize(("common_name", "names"), [
    ("www.example.com", ("www.example.com",)),
    ("WWW.Example.COM.", ("www.example.com",)),
    ("*.example.com", ("*.example.com",)),
    ("例示.test", ("xn--fsq192h.test",)),
    ("192.0.2.1", ("192.0.2.1",)),
    ("2001:db8::1", ("2001:db8::1",)),
    ("server", ("server",)),
    ("Example Root CA", ()),
    ("a\u202eb", ()),
    ("", ()),
])  # fmt: skip
def test_the_common_name_is_a_name_of_the_server_where_there_is_no_other(common_name, names):
    assert read(subject=name(common_name)).names == names


@pytest.mark.parametrize(("given", "names", "unread"), [
    (["b.test", "A.test", "b.test."], ("b.test", "a.test"), ()),
    (["例示.test", "*.例示.test"], ("xn--fsq192h.test", "*.xn--fsq192h.test"), ()),
    (["bank.test\0.evil.test"], ("bank.test\ufffd.evil.test",), ()),
    (["ü" * 70], ("ü" * 70,), ()),
    (["x" * 300], ("x" * 252 + "…",), ()),
    ([bytes(4), bytes(5), bytes(16)], ("0.0.0.0", "::"), ("names",)),  # noqa: S104
    (["", "a.test"], ("a.test",), ()),
    ([f"{number}.test" for number in range(300)], tuple(f"{number}.test" for number in range(200)), ()),
])  # fmt: skip
def test_names_of_servers_are_in_lower_case_and_a_labels(given, names, unread):
    found = read(extensions=[alternative_names(*given)])

    assert (found.names, found.unread) == (names, unread)


@pytest.mark.parametrize("subject", [der.sequence(), name("", "Example"), name("   ")], ids=range(3))
def test_without_a_common_name_the_first_name_stands_for_it(subject):
    assert read(subject=subject, extensions=[alternative_names("a.test", "b.test")]).common_name == "a.test"


# Numbers and dates


@pytest.mark.parametrize(("serial", "text", "unread"), [
    (der.integer(0), "0", ()),
    (der.integer(-255), "-ff", ()),
    (der.tlv(2, b"\0\0\1"), "1", ()),
    (der.integer(2**159), f"{2**159:x}", ()),
    (der.tlv(2, b""), "", ("serial",)),
    (der.tlv(2, b"\1" * 60_000), "", ("serial",)),
    (der.octets(b"\1"), "", ("serial",)),
])  # fmt: skip
def test_any_serial_number_is_read(serial, text, unread):
    assert_read(sealed(serial=serial), serial=text, unread=unread)


@pytest.mark.parametrize(("end", "moment", "unread"), [
    ("491231235959Z", datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC), ()),
    ("500101000000Z", datetime(1950, 1, 1, tzinfo=UTC), ()),
    ("99981231235959Z", datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC), ()),
    ("99991231235959Z", None, ()),  # no end, RFC 5280 4.1.2.5
    ("00010101000000Z", None, ()),
    ("00000101000000Z", None, ("not_after",)),
    ("20260230000000Z", None, ("not_after",)),
    ("20260101240000Z", None, ("not_after",)),
    ("20261231235960Z", END, ()),
    ("20261231235961Z", None, ("not_after",)),
    ("20261231235959.Z", END, ()),
    ("20261231235959.999Z", END, ()),
    ("20261231235959,9Z", END, ()),
    ("20261231235959", END, ()),
    ("20270101085959+0900", END, ()),
    ("20261231135959-1000", END, ()),
    ("20261231135959-1000000", None, ("not_after",)),
    ("2026１２31235959Z", None, ("not_after",)),
    ("", None, ("not_after",)),
    ("Z", None, ("not_after",)),
    ("never", None, ("not_after",)),
])  # fmt: skip
def test_any_date_is_read_and_an_impossible_one_costs_no_other(end, moment, unread):
    validity = der.sequence(time("260101000000Z"), time(end))

    assert_read(sealed(validity=validity), not_after=moment, unread=unread)


@pytest.mark.parametrize(("tag", "text"), [
    (handmade.UTC_TIME, "2601010000Z"), (handmade.UTC_TIME, "260101090000+0900"),
    (handmade.UTC_TIME, "251231190000-0500"), (handmade.GENERALIZED_TIME, "202601010000Z"),
])  # fmt: skip
def test_dates_may_be_written_in_old_ways(tag, text):
    assert_read(sealed(validity=der.sequence(der.tlv(tag, text.encode()), time("261231235959Z"))))


@pytest.mark.parametrize("validity", [der.sequence(), der.sequence(der.NULL, der.NULL), b"\x30\x02\xff\xff"])
def test_dates_that_are_none_cost_nothing_else(validity):
    assert_read(sealed(validity=validity), not_before=None, not_after=None, unread=("not_before", "not_after"))


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


def library_signs(private_key, algorithm=None, **options):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).serial_number(1)
    builder = builder.not_valid_before(BEGIN).not_valid_after(END).public_key(private_key.public_key())
    return builder.sign(private_key, algorithm, **options).public_bytes(Encoding.DER)


SELF_SIGNED = {
    "pss": lambda: library_signs(
        handmade.rsa_key(), SHA_384, rsa_padding=padding.PSS(padding.MGF1(SHA_384), padding.PSS.DIGEST_LENGTH)
    ),
    "ed25519": lambda: library_signs(ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))),
    "ed448": lambda: library_signs(ed448.Ed448PrivateKey.from_private_bytes(bytes(57))),
    "ml-dsa": lambda: library_signs(mldsa.MLDSA44PrivateKey.from_seed_bytes(bytes(32))),
}


# Extensions


def policies(*dotted):
    return extension("2.5.29.32", der.sequence(*(der.sequence(der.oid(each)) for each in dotted)))


EV_SUBJECT = {"2.5.4.15": "Private Organization", "2.5.4.5": "0100-01-034571", "1.3.6.1.4.1.311.60.2.1.3": "JP"}


@pytest.mark.parametrize(("dotted", "is_ev"), [
    (["2.23.140.1.1"], True),
    (["1.2.3.4", "2.16.840.1.114412.2.1"], True),
    (["2.23.140.1.2.1"], False),
    (["2.23.140.1.2.2", "1.2.3.4"], False),
    ([], False),
])  # fmt: skip
def test_extended_validation_is_told_by_the_policy(dotted, is_ev):
    assert_read(sealed(extensions=[alternative_names("a.test"), policies(*dotted)]), is_ev=is_ev)


@pytest.mark.parametrize("missing", [None, *EV_SUBJECT])
def test_extended_validation_is_told_by_the_subject(missing):
    subject = der.sequence(*(attribute(kind, value) for kind, value in EV_SUBJECT.items() if kind != missing))

    assert read(subject=subject).is_ev == (missing is None)


@pytest.mark.parametrize(("content", "is_ca"), [
    (der.sequence(der.tlv(1, b"\xff"), der.integer(0)), True), (der.sequence(der.tlv(1, b"\1")), True),
    (der.sequence(der.tlv(1, b"\0")), False), (der.sequence(), False), (der.sequence(der.integer(1)), False),
])  # fmt: skip
def test_basic_constraints_tell_a_ca(content, is_ca):
    assert_read(sealed(extensions=[alternative_names("a.test"), extension("2.5.29.19", content)]), is_ca=is_ca)


LONG = "http://example.com/" + "x" * 481


@pytest.mark.parametrize(("given", "taken"), [
    (["http://a.test", "https://a.test:8080/x?y"], ("http://a.test", "https://a.test:8080/x?y")),
    (["HTTP://A.test/"], ("HTTP://A.test/",)),
    (["http://[2001:db8::1]/"], ("http://[2001:db8::1]/",)),
    (["ldap://a.test", "ftp://a.test", "file:///etc/passwd", "javascript:alert(1)", "//a.test", "a.test", ""], ()),
    (["http://", "http:///x", "http://[", "http://a.test:port", "http://a.test:99999", "http://a.test:0"], ()),
    (["http://a.test/\r\nHost: b", "http://a.test/ x", "http://a.test/\0", "http://ä.test/", "http://a.test/\u202e"], ()),
    ([LONG, LONG + "x"], (LONG,)),
    ([f"http://{letter}.test" for letter in "abcde"], ("http://a.test", "http://b.test", "http://c.test")),
    (["http://a.test", "http://a.test"], ("http://a.test",)),
])  # fmt: skip
def test_only_addresses_that_can_be_asked_are_taken(given, taken):
    found = read(extensions=[handmade.ocsp_at(*given), handmade.lists_at(*given)])

    assert (found.ocsp_urls, found.crl_urls, found.unread) == (taken, taken, ())


def test_other_access_methods_and_points_by_name_are_passed_over():
    access = der.sequence(der.sequence(der.oid("1.3.6.1.5.5.7.48.2"), der.tlv(0x86, b"http://a.test")))
    points = der.sequence(der.sequence(der.tagged(0, der.tagged(1, b"")), der.tagged(2)))
    found = read(extensions=[extension("1.3.6.1.5.5.7.1.1", access), extension("2.5.29.31", points)])

    assert (found.ocsp_urls, found.crl_urls, found.unread) == ((), (), ())


KINDS = {
    "2.5.29.17": "names", "2.5.29.19": "constraints", "2.5.29.31": "crl_urls", "2.5.29.32": "policies",
    "1.3.6.1.5.5.7.1.1": "ocsp_urls",
}  # fmt: skip
UNREADABLE = [
    b"",
    b"\x30",
    b"\x30\x05\x30",
    b"\x30\x80\0\0",
    b"\x31\0",
    der.NULL,
    der.sequence(der.sequence(b"\x86\x7fx")),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("content", UNREADABLE, ids=range(len(UNREADABLE)))
def test_an_extension_beyond_reading_costs_nothing_else(kind, content):
    others = [one for one in (alternative_names("a.test"), handmade.CA) if der.oid(kind) not in one]
    found = facts.read(sealed(extensions=[extension(kind, content), *others]))

    assert set(found.unread) <= {KINDS[kind]}
    assert replace(found, unread=(), names=("a.test",), is_ca=True) == replace(PLAIN, sha256=found.sha256, is_ca=True)
    assert kind == "2.5.29.17" or found.names == ("a.test",)
    assert kind == "2.5.29.19" or found.is_ca


def test_of_an_extension_that_comes_twice_the_first_counts():
    twice = [alternative_names("a.test"), alternative_names("b.test")]

    assert_read(sealed(extensions=twice), unread=("extensions",))


@pytest.mark.parametrize("broken", [
    der.sequence(), der.sequence(der.oid("1.2.3")), der.sequence(der.octets(b""), der.octets(b"")), der.NULL,
    der.sequence(der.oid("1.2.3"), handmade.CRITICAL, handmade.CRITICAL, der.octets(b"")),
], ids=range(5))  # fmt: skip
def test_a_broken_extension_costs_no_other(broken):
    assert_read(sealed(extensions=[broken, alternative_names("a.test")]), unread=("extensions",))


def test_a_thousand_extensions_are_not_all_read():
    many = [extension(f"1.2.3.{number}", b"") for number in range(1000)]

    assert_read(sealed(extensions=[alternative_names("a.test"), *many]), unread=("extensions",))


@pytest.mark.parametrize("version", [0, 1, 5, -1, 2**70])
def test_a_version_is_no_matter(version):
    assert_read(sealed(version=version))


# What is no certificate


def nested(depth):
    content = b""
    for _level in range(depth):
        content = der.sequence(content)
    return content


def assert_is_none(content):
    assert facts.read(content) == Facts(hashlib.sha256(content).hexdigest(), unread=("certificate",))


PEM_HEAD = b"-----BEGIN CERTIFICATE-----"


@pytest.mark.parametrize("content", [
    b"", b"\0", b"\x30", PEM_HEAD, bytes(65_536), b"\x30\x80" * 32_768, nested(15_000), der.sequence(),
    der.sequence(der.sequence(), der.sequence(), der.bits(b"")), sealed() + b"\0", sealed()[:-1], sealed() * 2,
    der.sequence(*[der.NULL] * 30_000),
], ids=range(13))  # fmt: skip
def test_what_is_no_certificate_is_said_to_be_none(content):
    assert_is_none(content)


def test_more_than_a_scan_reads_of_a_server_is_not_looked_at():
    assert_is_none(sealed(extensions=[alternative_names(*["a.test"] * 120_000)]))


def test_a_certificate_as_large_as_a_scan_reads_is_read():
    names = [f"{number}.example.com" for number in range(3000)]
    content = sealed(extensions=[alternative_names("a.test", *names)])
    assert 50_000 < len(content) < 65_536

    assert_read(content, names=("a.test", *names[:199]))


# Whatever comes


def assert_can_be_stored(found):
    """As PostgreSQL takes it and a page shows it, within the lengths that were promised."""
    texts = [value for value in asdict(found).values() if isinstance(value, str)]
    listed = [*found.names, *found.ocsp_urls, *found.crl_urls, *found.unread]
    for text in (*texts, *listed):
        assert not [one for one in text if unicodedata.category(one) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]
        text.encode()
    assert max(map(len, texts)) <= 500
    assert all(len(each) <= 253 for each in (found.common_name, *found.names))
    assert all(len(each) <= 500 for each in listed)
    assert len(found.serial) <= 65
    assert (len(found.names) <= 200, len(found.ocsp_urls) <= 3, len(found.crl_urls) <= 3) == (True, True, True)
    for moment in (found.not_before, found.not_after):
        assert moment is None or (moment.tzinfo is UTC and 1 < moment.year < 9999)


@given(st.binary(max_size=2000))
def test_whatever_comes_is_read_as_something(content):
    assert_can_be_stored(facts.read(content))


FULL = certificate(
    der.sequence(*(attribute(kind, value) for kind, value in EV_SUBJECT.items()), attribute("2.5.4.3", "Example")),
    name("Example CA", "Example K.K."),
    own=handmade.rsa_key(),
    signer=handmade.rsa_key("issuing"),
    extensions=[
        alternative_names("www.example.com", "*.例示.test", bytes(4), bytes(16)), handmade.CA, policies("2.23.140.1.1"),
        handmade.ocsp_at("http://ocsp.example.com"), handmade.lists_at("http://pki.example.com/a.crl"),
    ],
)  # fmt: skip
SAMPLES = [FULL, sealed(), library_signs(ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)))]


@settings(max_examples=500)
@given(
    st.sampled_from(SAMPLES), st.lists(st.tuples(st.integers(0, 2**20), st.binary(min_size=1, max_size=4)), max_size=8)
)
def test_a_damaged_certificate_is_read_as_something(content, damage):
    damaged = bytearray(content)
    for at, put in damage:
        damaged[at % len(content) : at % len(content) + len(put)] = put

    assert_can_be_stored(facts.read(bytes(damaged)))


@given(st.sampled_from(SAMPLES), st.integers(0, 2**20), st.binary(max_size=20))
def test_a_certificate_that_breaks_off_is_none(content, at, put):
    assert facts.read(content[: at % len(content)]).unread == ("certificate",)
    assert_can_be_stored(facts.read(content[: at % len(content)] + put))


@given(st.text(), st.text(), st.lists(st.text(max_size=80), max_size=5), st.binary(max_size=40), st.binary(max_size=40))
def test_whatever_is_written_in_it_can_be_stored(subject, organization, names, serial, date):
    content = sealed(
        subject=name(subject, organization),
        serial=der.tlv(2, serial),
        validity=der.sequence(der.tlv(handmade.UTC_TIME, date), der.tlv(handmade.GENERALIZED_TIME, date)),
        extensions=[alternative_names(*names), handmade.ocsp_at(*names), handmade.lists_at(*names)],
    )

    assert_can_be_stored(facts.read(content))


class PanicException(BaseException):
    """As the compiled part of the library raises it."""


@pytest.mark.parametrize("error", [ValueError, OverflowError, TypeError, KeyError, RecursionError, PanicException])
def test_whatever_a_library_raises_is_caught(error):
    def read():
        raise error

    assert attempt(read, "otherwise") == "otherwise"


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_who_wants_the_program_to_stop_is_heard(error):
    def read():
        raise error

    with pytest.raises(error):
        attempt(read, "otherwise")
