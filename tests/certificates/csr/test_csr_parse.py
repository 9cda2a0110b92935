"""What is read out of a CSR: key, names, what is left out; and what no CSR may contain."""

import dataclasses
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from certificates import keycheck
from certificates.csr import CsrRefused, read, refusals
from tests.certificates.csr import csr_maker as maker
from tests.certificates.csr.csr_maker import dns, make_csr, part, tlv

SHOP = part(maker.COMMON_NAME, b"www.shop.test")


def code_of(data):
    with pytest.raises(CsrRefused) as refusal:
        read(data)
    return refusal.value.code


def with_names(*names, **options):
    return read(make_csr(SHOP, attributes=maker.alternative_names(*names, **options)))


def left_out(request):
    reasons = {str(sentence): reason for reason, sentence in refusals.LEFT_OUT.items()}
    return [reasons[str(sentence)] for sentence in request.ignored]


def test_read_tells_all_of_a_csr():
    request = read(
        make_csr(
            part(bytes.fromhex("0603550406"), b"JP", maker.PRINTABLE),
            part(bytes.fromhex("0603550408"), b"Tokyo"),
            part(bytes.fromhex("0603550407"), b"Shibuya-ku"),
            part(maker.ORGANIZATION, "例示株式会社".encode()),
            part(bytes.fromhex("060355040b"), b"Web"),
            part(bytes.fromhex("060355040b"), b"Second unit"),
            SHOP,
        )
    )

    told = dataclasses.asdict(request)
    del told["der"], told["pem"], told["key_sha256"]
    assert told == {
        "spki": maker.spki(),
        "key_type": "ECDSA",
        "key_bits": 256,
        "curve": "P-256",
        "key_label": "ECDSA P-256",
        "signature_hash": "sha256",
        "common_name": "www.shop.test",
        "dns_names": (),
        "organization": "例示株式会社",
        "organizational_unit": "Web",
        "locality": "Shibuya-ku",
        "state": "Tokyo",
        "country": "JP",
        "ignored": (),
        "made_by": "",
    }


def test_the_pem_is_written_anew():
    request = read(make_csr(SHOP))

    assert request.pem == maker.pem(request.der)
    assert read(request.pem) == request


def test_a_csr_may_be_empty_but_for_its_key():
    request = read(make_csr())

    assert (request.common_name, request.dns_names) == ("", ())


def test_a_compressed_point_is_told_in_full():
    request = read(make_csr(SHOP, public_key=maker.spki(PublicFormat.CompressedPoint)))

    assert request.spki == maker.spki()


def test_names_are_lowered_each_once_and_without_the_common_name():
    request = with_names(dns(b"B.shop.test"), dns(b"a.shop.test"), dns(b"b.SHOP.test"), dns(b"WWW.shop.test"), dns(b""))

    assert request.dns_names == ("b.shop.test", "a.shop.test")


def test_names_asked_for_in_the_way_of_old_windows_are_read():
    request = with_names(dns(b"shop.test"), request=maker.MICROSOFT_EXTENSION_REQUEST)

    assert request.dns_names == ("shop.test",)


def test_names_written_in_other_letters_are_left_to_the_check_of_names():
    assert with_names(dns("bücher.test".encode())).dns_names == ("bücher.test",)


@pytest.mark.parametrize(
    ("tag", "content"), [(0x87, b"\xc0\0\2\1"), (0x81, b"a@b.test"), (0x86, b"https://b.test/"), (0x88, b"\x2a\3")]
)
def test_other_names_are_told_and_dropped(tag, content):
    request = with_names(tlv(tag, content), dns(b"shop.test"), tlv(tag, content))

    assert request.dns_names == ("shop.test",)
    assert left_out(request) == [{0x87: "ip", 0x81: "email", 0x86: "uri", 0x88: "other-names"}[tag]]


@pytest.mark.parametrize(
    ("oid", "content", "reason"),
    [
        ("551d13", "30030101ff", "ca"),
        ("551d13", "30060101ff020100", "ca"),
        ("551d13", "ffff", "ca"),  # whatever it is meant to be
        ("551d13", "3000", None),
        ("551d13", "3003010100", None),
        ("551d1e", "300ea00c300a820873686f702e7465", "constraints"),  # permits names below shop.te
        ("551d0f", "03020106", "usages"),  # signing certificates and CRLs
        ("551d25", "300a06082b06010505070301", "usages"),
        ("551d20", "300830060604551d2000", "extensions"),  # certificate policies
        ("2b06010505070118", "3003020105", "extensions"),  # OCSP must-staple
        ("551d0e", "0401aa", None),
    ],
)
@pytest.mark.parametrize("critical", [True, False])
def test_what_only_the_issuer_decides_is_told_and_dropped(oid, content, reason, critical):
    asked = maker.extension(tlv(6, bytes.fromhex(oid)), bytes.fromhex(content), critical=critical)

    request = read(make_csr(SHOP, attributes=maker.asks_for(asked)))

    assert left_out(request) == ([reason] if reason else [])


def test_further_common_names_and_the_challenge_password_are_told():
    password = maker.attribute(bytes.fromhex("06092a864886f70d010907"), tlv(maker.PRINTABLE, b"hunter22"))

    request = read(make_csr(SHOP, part(maker.COMMON_NAME, b"shop.test"), attributes=password))

    assert request.common_name == "www.shop.test"
    assert left_out(request) == ["common-names", "challenge"]


@pytest.mark.parametrize(("program", "software"), [(b"InetMgr.exe", "IIS"), (b"certreq.exe", "Windows")])
def test_windows_is_known_by_its_attributes(program, software):
    info = maker.attribute(maker.CLIENT_INFO, tlv(0x30, maker.number(5), tlv(maker.UTF8, program)))

    assert read(make_csr(SHOP, attributes=info)).made_by == software


@pytest.mark.parametrize(
    ("content", "tag", "text"),
    [
        (" Søster A/S ".encode(), maker.UTF8, "Søster A/S"),
        ("Søster A/S".encode("latin-1"), maker.TELETEX, "Søster A/S"),
        ("例示".encode("utf-16-be"), maker.BMP, "例示"),
        (b"Soster", maker.PRINTABLE, "Soster"),
        (b"x" * 255, maker.UTF8, "x" * 255),
    ],
)
def test_all_kinds_of_strings_are_read(content, tag, text):
    assert read(make_csr(part(maker.ORGANIZATION, content, tag))).organization == text


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"www.bank.test\0.shop.test", "control-characters"),
        (b"two\nlines", "control-characters"),
        ("\u202etset.pohs".encode(), "control-characters"),
        (b"x" * 256, "name-too-long"),
        (b"\xff\xfe", "unreadable"),
    ],
)
def test_names_that_deceive_or_burst_are_refused(content, code):
    assert code_of(make_csr(part(maker.COMMON_NAME, content))) == code
    assert code_of(make_csr(attributes=maker.alternative_names(dns(content)))) == code


def test_only_so_many_names_are_read():
    names = [dns(b"%04x" % number) for number in range(5_001)]

    assert len(with_names(*names[:5_000]).dns_names) == 5_000
    assert code_of(make_csr(attributes=maker.alternative_names(*names))) == "too-many-names"


def test_only_so_many_parts_are_read():
    assert code_of(make_csr(*[part(maker.ORGANIZATION, b"x")] * 201)) == "unreadable"


def test_a_signature_by_another_key_is_refused():
    other = bytes.fromhex(  # the generator of P-256
        "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
    )
    public_key = maker.spki()[:-65] + other

    assert code_of(make_csr(SHOP, public_key=public_key)) == "signature"


@pytest.mark.parametrize("place", range(220, 380, 10))
def test_a_damaged_key_is_told_as_damage_not_as_weakness(place):
    content = bytearray((Path(__file__).parent / "corpus/defect/ok-der.csr").read_bytes())
    content[place] ^= 4

    assert code_of(bytes(content)) == "signature"


def test_an_unknown_signature_algorithm_is_refused():
    unknown = make_csr(SHOP).replace(maker.SHA256_WITH_ECDSA, maker.SHA256_WITH_ECDSA[:-1] + b"\x7f")

    assert code_of(unknown) == "signature-algorithm"


def test_a_point_off_the_curve_is_refused():
    assert code_of(make_csr(SHOP, public_key=maker.spki()[:-1] + bytes([maker.spki()[-1] ^ 1]))) == "ec-point"


def test_a_key_of_unknown_kind_is_refused_with_a_sentence_of_its_own():
    with pytest.raises(CsrRefused, match="unknown type"):
        read(make_csr(SHOP, public_key=maker.unknown_key()))


def test_a_refusal_tells_where_the_csr_is_from_and_which_proper_names_it_asks_for():
    asked = maker.asks_for(
        maker.extension(maker.KEY_IDENTIFIER, tlv(4, bytes(20))),
        maker.extension(
            maker.ALT_NAME, tlv(0x30, dns(b"WWW.example.com"), dns(b"intranet"), dns(b"$(id).example.com"))
        ),
    )
    unfit = make_csr(
        part(maker.COMMON_NAME, "www.bücher.example.com".encode()),
        part(maker.ORGANIZATION, b"Secret Society"),
        attributes=asked,
        public_key=maker.unknown_key(),
    )

    with pytest.raises(CsrRefused) as refusal:
        read(maker.pem(unfit, "NEW CERTIFICATE REQUEST"))

    assert vars(refusal.value) == {
        "code": "unsupported-key",
        "message": refusals.NAMELESS["unsupported-key"],
        "made_by": "keytool",
        "names": ("www.xn--bcher-kva.example.com", "www.example.com"),
    }


def test_a_refusal_for_a_bad_name_tells_the_software_only():
    windows = maker.attribute(maker.CLIENT_INFO, tlv(0x30, tlv(maker.UTF8, b"certreq.exe")))

    with pytest.raises(CsrRefused) as refusal:
        read(make_csr(part(maker.COMMON_NAME, b"www.bank.test\0.shop.test"), attributes=windows))

    assert (refusal.value.code, refusal.value.made_by, refusal.value.names) == ("control-characters", "Windows", ())


def test_every_weakness_has_its_sentence():
    table = keycheck.__doc__.split("\n\n")[-1]
    codes = {code for line in table.splitlines() for code in line[:53].replace(",", " ").split()}

    assert codes <= refusals.SENTENCES.keys()
    assert "rsa-close-primes" in codes


def code_or_none(data):
    try:
        read(data)
    except CsrRefused as refusal:
        return refusal.code
    return None


@given(st.lists(st.tuples(st.sampled_from([12, 18, 19, 20, 22, 28, 30, 3, 48]), st.binary(max_size=20)), max_size=4))
def test_any_subject_is_read_or_refused(values):
    subject = [part(maker.COMMON_NAME, content, tag) for tag, content in values]

    assert code_or_none(make_csr(*subject)) in (None, "unreadable", "control-characters")


@given(st.binary(max_size=60), st.booleans())
def test_any_attributes_are_read_or_refused(content, are_names):
    attributes = maker.alternative_names(content) if are_names else content

    assert code_or_none(make_csr(SHOP, attributes=attributes)) in (None, "unreadable", "control-characters")
