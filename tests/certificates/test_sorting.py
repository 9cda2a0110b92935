"""Names that people paste and CSRs bring: those that a certificate may hold, the others with the reason, and where to start."""

import pytest

from certificates import csr
from certificates.sorting import propose, sort_out, sort_text
from tests.certificates.csr import csr_maker as maker
from tests.certificates.csr.csr_maker import dns


def good(text):
    return [name.ascii for name in sort_text(text).good]


def bad(text):
    return [piece for piece, _why in sort_text(text).bad]


@pytest.mark.parametrize(
    "text",
    [
        "a.example.com b.example.com",
        "a.example.com,b.example.com",
        "a.example.com;b.example.com;",
        "a.example.com\r\nb.example.com\r\n",
        "a.example.com\tb.example.com\t\n",
        '"a.example.com","b.example.com"',
        "DNS:a.example.com, DNS:b.example.com",
        "a.example.com、b.example.com",
        "A.Example.COM. a.example.com b.EXAMPLE.com",
        "https://a.example.com/ http://b.example.com:8080/shop?x=1#y",
        "a.example.com/shop b.example.com:443",
        "https://user:secret@a.example.com/ //b.example.com",
    ],
)
def test_lists_of_all_kinds_give_their_names(text):
    assert good(text) == ["a.example.com", "b.example.com"]
    assert bad(text) == []


@pytest.mark.parametrize(
    ("piece", "why"),
    [
        ("10.0.0.5", "is an IP address"),
        ("https://10.0.0.5/", "is an IP address"),
        ("me@example.com", "is an e-mail address"),
        ("intranet", "is an internal name"),
        ("https://intranet/", "is an internal name"),
        ("co.uk", "is a public suffix"),
        ("a_b.example.com", "letters, digits and hyphens only"),
        ("-a.example.com", "begin or end with a hyphen"),
        (".example.com", "begins with a dot"),
        ("*.*.example.com", "wildcard in the wrong place"),
        ("f*.example.com", "wildcard in the wrong place"),
        ("*", "wildcard in the wrong place"),
        ("www.*.example.com", "wildcard in the wrong place"),
        ("*.com", "is a public suffix"),
        ("https:///", "is a web address"),
        ("https://[::1/", "is a web address"),
        ("a\0.example.com", "not a"),
    ],
)
def test_what_is_no_name_is_left_as_it_was_with_the_reason(piece, why):
    ((text, reason),) = sort_out([piece]).bad

    assert text == piece
    assert why in str(reason)


def test_names_out_of_web_addresses_are_told():
    found = sort_text("https://a.example.com/ b.example.com c.example.com:8443")

    assert [name.ascii for name in found.addresses] == ["a.example.com", "c.example.com"]


def test_a_list_that_is_too_long_is_one_bad_piece():
    assert bad("x" * 100_001) == ["x" * 100_001]


def request(common_name, *sans):
    subject = [maker.part(maker.COMMON_NAME, common_name.encode())] if common_name else []
    return csr.read(maker.make_csr(*subject, attributes=maker.alternative_names(*(dns(san.encode()) for san in sans))))


def start(*names, old=()):
    proposal = propose(request(*names), old)
    return proposal.common_name, [name.ascii for name in proposal.sans], str(proposal.note)


def test_a_request_starts_from_the_names_of_the_csr():
    assert start("www.example.com", "a.example.com", "b.example.com") == (
        "www.example.com", ["a.example.com", "b.example.com"], "",
    )  # fmt: skip


def test_sans_that_repeat_the_common_name_or_one_another_are_dropped():
    assert start("www.example.com", "WWW.EXAMPLE.COM", "A.example.com", "a.EXAMPLE.com", "a.example.com.") == (
        "www.example.com", ["a.example.com"], "",
    )  # fmt: skip


def test_a_common_name_in_unicode_is_the_same_as_its_a_label():
    assert start("bücher.example.com", "xn--bcher-kva.example.com") == ("bücher.example.com", [], "")
    assert propose(request("bücher.example.com")).common.ascii == "xn--bcher-kva.example.com"


def test_the_first_san_stands_in_for_a_common_name_that_is_none():
    common_name, sans, note = start("Web Server", "a.example.com", "b.example.com")

    assert (common_name, sans) == ("a.example.com", ["b.example.com"])
    assert "“Web Server” is not a domain name" in note
    assert "stands in for it" in note


def test_the_first_proper_san_stands_in_for_a_missing_common_name():
    common_name, sans, note = start("", "intranet", "a.example.com")

    assert (common_name, sans) == ("a.example.com", [])
    assert note == "The CSR has no common name: the first of its SANs stands in for it."


def test_a_common_name_that_is_none_stays_to_be_put_right_where_no_san_can_stand_in():
    common_name, sans, note = start("Web Server", "intranet")

    assert (common_name, sans) == ("Web Server", [])
    assert "is not a domain name" in note


def test_a_csr_without_any_name_says_so():
    assert start("") == ("", [], "The CSR asks for no name.")


def test_a_web_address_as_common_name_gives_its_host():
    assert start("https://www.example.com/") == ("www.example.com", [], "")


@pytest.mark.parametrize("length", [64, 65, 253])
def test_a_long_common_name_is_a_name_all_the_same(length):
    name = (("a" * 59 + ".") * 4 + "b" * 60)[: length - len(".example.com")] + ".example.com"

    assert start(name) == (name, [], "")


def test_the_names_of_the_old_order_come_before_those_of_a_new_csr():
    assert start("www.example.com", "new.example.com", old=("old.example.com", "a.example.com")) == (
        "www.example.com", ["old.example.com", "a.example.com", "new.example.com"], "",
    )  # fmt: skip


def test_a_csr_without_a_common_name_keeps_that_of_the_old_order():
    assert start("", "new.example.com", old=("old.example.com",)) == ("old.example.com", ["new.example.com"], "")
