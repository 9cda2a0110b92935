"""Whatever comes instead of a certificate is read without harm."""

import hashlib
import unicodedata
from dataclasses import asdict
from datetime import UTC

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.analysis import facts
from discovery.analysis.facts import Facts
from discovery.analysis.guard import attempt
from tests import der
from tests.discovery import handmade
from tests.discovery.handmade import alternative_names, attribute, certificate, name
from tests.discovery.read_facts import EV_SUBJECT, assert_read, library_signs, policies, sealed

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
