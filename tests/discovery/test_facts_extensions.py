"""What is read of the extensions of certificates."""

from dataclasses import replace

import pytest

from discovery.analysis import facts
from tests import der
from tests.discovery import handmade
from tests.discovery.handmade import alternative_names, attribute, extension
from tests.discovery.read_facts import EV_SUBJECT, PLAIN, assert_read, policies, read, sealed


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
