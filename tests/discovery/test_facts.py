"""What is read of certificates, odd ones too: one field that cannot be read costs no other."""

import hashlib
from datetime import UTC, datetime

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from discovery.analysis import facts
from discovery.analysis.facts import Facts
from tests import der
from tests.discovery import handmade
from tests.discovery.handmade import alternative_names, attribute, certificate, extension, name, time
from tests.discovery.read_facts import BEGIN, END, assert_read, read, sealed


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
