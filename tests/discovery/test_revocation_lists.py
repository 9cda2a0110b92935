"""Which revocation lists count, and what they say; by our own CA and by hand."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates.ca import crl as own_crl
from certificates.ca.authority import Authority
from certificates.ca.revoked import Revoked
from discovery.analysis import revocation
from discovery.analysis.revocation import Verdict
from tests import der
from tests.discovery import handmade
from tests.discovery.handmade import CA, CRITICAL, certificate, crl, entry, extension, key, name

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HELD_AT = datetime(2026, 5, 3, 12, tzinfo=UTC)
SERIAL = 0x4711
HERE, THERE = "http://crl.test/a.crl", "http://crl.test/b.crl"


def issued(serial=None, extensions=()):
    """A certificate that names the list HERE."""
    return certificate(
        name(), name("Issuing"), signer=key("Issuing"), serial=serial or der.integer(SERIAL),
        extensions=[handmade.lists_at(HERE), *extensions],
    )  # fmt: skip


KEY_IDENTIFIER = extension("2.5.29.14", der.octets(bytes(20)))
ISSUER = certificate(
    name("Issuing"), name("Root"), own=key("Issuing"), signer=key("Root"), extensions=[CA, KEY_IDENTIFIER]
)
LEAF, CA_LEAF = issued(), issued(extensions=[CA])


def judge(content, leaf=LEAF, issuer=ISSUER, now=NOW):
    return revocation.judge("crl", content, leaf, issuer, now)


def made(*entries, **changes):
    """The issuer's list."""
    return crl(name("Issuing"), entries, **{"signer": key("Issuing"), **changes})


def unknown(problem):
    return Verdict("unknown", problem=problem)


GOOD, REVOKED = Verdict("good"), Verdict("revoked", HELD_AT)


def test_who_is_on_the_list_is_revoked_and_the_others_are_good():
    assert judge(made(entry(1), entry(SERIAL), entry(2))) == REVOKED
    assert judge(made(entry(1), entry(2))) == GOOD
    assert judge(made()) == GOOD


@pytest.mark.parametrize(("reason", "told"), [
    (0, "unspecified"), (1, "keyCompromise"), (6, "certificateHold"), (8, "removeFromCRL"), (9, "privilegeWithdrawn"), (7, ""),
])  # fmt: skip
def test_whatever_the_reason_it_is_revoked(reason, told):
    assert judge(made(entry(SERIAL, reason=reason))) == Verdict("revoked", HELD_AT, told)


@pytest.mark.parametrize(("in_leaf", "on_list", "verdict"), [
    (der.integer(5), 5, REVOKED),
    (der.tlv(2, b"\0\0\5"), 5, REVOKED),
    (der.integer(0x80), 0x80, REVOKED),
    (der.integer(0), 0, REVOKED),
    (der.integer(-5), -5, REVOKED),
    (der.integer(5), 0x0505, GOOD),
    (der.integer(0x05), -0x05, GOOD),
    (der.integer(0x17), 1, GOOD),  # the tag of a time
])  # fmt: skip
def test_serial_numbers_are_compared_as_numbers(in_leaf, on_list, verdict):
    assert judge(made(entry(7), entry(on_list)), issued(in_leaf)) == verdict


@pytest.mark.parametrize(("begin", "end", "problem"), [
    ("20260601120459Z", "20260608000000Z", ""),
    ("20260601120501Z", "20260608000000Z", "too-early"),
    ("20260501000000Z", "20260601115501Z", ""),
    ("20260501000000Z", "20260601115459Z", "too-old"),
    ("20260526000000Z", None, ""),
    ("20260525000000Z", None, "too-old"),
    ("260530000000Z", "260606000000Z", ""),
])  # fmt: skip
def test_a_list_counts_in_its_time(begin, end, problem):
    assert judge(made(begin=begin, end=end)) == (unknown(problem) if problem else GOOD)


# Whose it is


@pytest.mark.parametrize(("content", "problem"), [
    (made(signer=key("forger")), "signature"),
    (made(signer=handmade.rsa_key()), "signature"),
    (crl(name("Elsewhere"), signer=key("Issuing")), "other-issuer"),
    (crl(name("Root"), signer=key("Root")), "other-issuer"),
    (b"", "unreadable"),
    (b"<html>", "unreadable"),
    (made()[:-1], "unreadable"),
    (made() + b"\0", "unreadable"),
    (LEAF, "unreadable"),
    (made(begin="never"), "unreadable"),
    (made(der.sequence(der.integer(SERIAL))), "unreadable"),
    (made(der.NULL, der.tlv(0x30, b"\x02\x02\x47\x11\x02")), "unreadable"),
    (made(extensions=[der.sequence()]), "unreadable"),
], ids=range(13))  # fmt: skip
def test_a_list_does_not_count(content, problem):
    assert judge(content) == unknown(problem)


@pytest.mark.parametrize("hash_name", ["md5", "sha1", "sha256"])
def test_a_list_signed_by_a_hash_that_can_be_forged_does_not_count(hash_name):
    signer = handmade.rsa_key("Issuing")
    issuer = certificate(name("Issuing"), name("Root"), own=signer, signer=key("Root"))

    assert judge(made(signer=signer, hash_name=hash_name), issuer=issuer) == (
        unknown("signature") if hash_name == "md5" else GOOD
    )


def test_a_list_of_the_first_version_counts():
    assert judge(made(entry(SERIAL), version=None)) == REVOKED


# What it is about


def point(*fields):
    """The extension issuingDistributionPoint."""
    return [extension("2.5.29.28", der.sequence(*fields), CRITICAL)]


def place(*urls):
    return der.tagged(0, der.tagged(0, *(der.tlv(0x86, url.encode()) for url in urls)))


YES, NO = b"\xff", b"\0"


@pytest.mark.parametrize(("extensions", "of_leaf", "of_ca"), [
    (point(place(HERE)), True, True),
    (point(place(THERE, HERE)), True, True),
    (point(place(THERE)), False, False),
    (point(der.tagged(0, der.tagged(1))), False, False),
    (point(der.tlv(0x81, YES)), True, False),
    (point(der.tlv(0x81, NO)), True, True),
    (point(der.tlv(0x82, YES)), False, True),
    (point(der.tlv(0x83, b"\5\x60")), False, False),
    (point(der.tlv(0x84, YES)), False, False),
    (point(der.tlv(0x84, NO)), True, True),
    (point(der.tlv(0x85, YES)), False, False),
    (point(place(HERE), der.tlv(0x81, YES)), True, False),
    (point(), True, True),
    ([extension("2.5.29.27", der.integer(1), CRITICAL)], False, False),
    ([extension("2.5.29.27", der.integer(1))], False, False),
    ([extension("2.5.29.20", der.integer(1))], True, True),
    ([extension("1.2.3.4", b"", CRITICAL)], False, False),
    ([extension("1.2.3.4", b"")], True, True),
], ids=range(18))  # fmt: skip
def test_a_list_counts_only_for_those_it_is_about(extensions, of_leaf, of_ca):
    verdicts = [judge(made(extensions=extensions), leaf) for leaf in (LEAF, CA_LEAF)]

    assert verdicts == [GOOD if is_so else unknown("scope") for is_so in (of_leaf, of_ca)]


@pytest.mark.parametrize(
    ("urls", "verdict"), [([HERE], REVOKED), ([THERE, HERE], REVOKED), ([THERE], unknown("scope"))]
)
def test_our_own_lists_count_for_those_who_name_them(urls, verdict):
    ours = Authority("issuing-1", x509.load_der_x509_certificate(ISSUER))
    dates = (NOW - timedelta(hours=1), NOW + timedelta(days=4))
    held = [Revoked(SERIAL, HELD_AT, 0)]

    content = own_crl.build(ours, key("Issuing"), held, number=5, dates=dates, urls=urls)

    assert judge(content) == verdict


# Large ones


@pytest.fixture(scope="module")
def large():
    """A list of 100,000, four megabytes; in the last entries a reason."""
    first = 2**150
    entries = [entry(first + number) for number in range(99_990)]
    last = [entry(first + number, reason=1) for number in range(99_990, 100_000)]
    return first, made(*entries, *last)


@pytest.mark.parametrize(("number", "verdict"), [
    (0, REVOKED), (50_000, REVOKED), (99_999, Verdict("revoked", HELD_AT, "keyCompromise")), (100_000, GOOD), (-1, GOOD),
])  # fmt: skip
def test_a_large_list_says_of_each_what_it_is(large, number, verdict):
    first, content = large

    assert judge(content, issued(der.integer(first + number))) == verdict


# Whatever comes


@given(st.binary(max_size=300))
def test_whatever_comes_is_not_known(content):
    assert judge(content).status == "unknown"


LISTS = {
    "good": made(
        entry(1), entry(2, reason=1), extensions=[*point(place(HERE)), extension("2.5.29.20", der.integer(1))]
    ),
    "revoked": made(entry(1), entry(SERIAL, reason=1), extensions=point(der.tlv(0x81, YES))),
}


@settings(max_examples=500)
@given(st.sampled_from(sorted(LISTS)), st.integers(0, 2**20), st.integers(1, 255))
def test_no_damage_changes_what_is_said(said, at, flip):
    damaged = bytearray(LISTS[said])
    damaged[at % len(damaged)] ^= flip

    assert judge(bytes(damaged)).status in (said, "unknown")


def test_the_library_reads_the_handmade_lists():
    read = x509.load_der_x509_crl(LISTS["revoked"])

    assert read.is_signature_valid(key("Issuing").public_key())
    assert [each.serial_number for each in read] == [1, SERIAL]
    assert isinstance(read.extensions[0].value, x509.IssuingDistributionPoint)
