"""Names: what is taken, what is refused and why, what a confirmed domain stands for."""

import pytest
from django.utils import translation
from publicsuffixlist import PublicSuffixList

from sslportal.kit import names
from sslportal.kit.names import NameRefused, covers, parse, split

REASONS = {reason.partition(":")[0] for reason in names.SENTENCES}

TAKEN = [
    ("example.com", "example.com", "example.com"),
    ("  Example.COM.\n", "example.com", "example.com"),
    ("*.Example.com", "*.example.com", "*.example.com"),
    ("ｗｗｗ．ｅｘａｍｐｌｅ．ｃｏｍ", "www.example.com", "www.example.com"),
    ("＊．example。com", "*.example.com", "*.example.com"),
    ("www｡example｡com｡", "www.example.com", "www.example.com"),
    ("\ufeff\u200bexample.com\u200b", "example.com", "example.com"),
    ("\u3000example.com\u00a0", "example.com", "example.com"),
    ("Bücher.example.com", "xn--bcher-kva.example.com", "bücher.example.com"),
    ("bu\u0308cher.de", "xn--bcher-kva.de", "bücher.de"),
    ("XN--BCHER-KVA.de", "xn--bcher-kva.de", "bücher.de"),
    ("straße.de", "xn--strae-oqa.de", "straße.de"),
    ("*.日本語.jp", "*.xn--wgv71a119e.jp", "*.日本語.jp"),
    ("президент.рф", "xn--d1abbgf6aiiy.xn--p1ai", "президент.рф"),
    ("1.example.com", "1.example.com", "1.example.com"),
    ("0x7f.example.com", "0x7f.example.com", "0x7f.example.com"),
    ("a" * 63 + ".com", "a" * 63 + ".com", "a" * 63 + ".com"),
]

REFUSED = [
    ("", "empty"),
    (" \t\u3000\n", "empty"),
    ("\u200b\u00ad", "empty"),
    # IP addresses, and what some program takes for one
    ("198.51.100.7", "ip-address"),
    ("198.51.100.7.", "ip-address"),
    ("198.51.100.7:443", "ip-address"),
    ("198.51.100.0/24", "ip-address"),
    ("*.198.51.100.7", "ip-address"),
    ("１９８．５１．１００．７", "ip-address"),
    ("127.1", "ip-address"),
    ("0177.0.0.1", "ip-address"),
    ("0x7f000001", "ip-address"),
    ("0X7F.0.0.0x1", "ip-address"),
    ("2130706433", "ip-address"),
    ("1.2.3.4.5", "ip-address"),
    ("::1", "ip-address"),
    ("2001:db8::1", "ip-address"),
    ("[2001:db8::1]", "ip-address"),
    ("[2001:db8::1]:443", "ip-address"),
    ("fe80::1%eth0", "ip-address"),
    ("::ffff:198.51.100.7", "ip-address"),
    # not registered publicly
    ("server01", "internal-name"),
    ("*.server01", "internal-name"),
    ("localhost", "internal-name"),
    ("intranet.local", "internal-name"),
    ("x.internal", "internal-name"),
    ("www.test", "internal-name"),
    ("www.example", "internal-name"),
    ("www.invalid", "internal-name"),
    ("www.alt", "internal-name"),
    ("mail.corp", "internal-name"),
    ("www.例え", "internal-name"),
    ("7.100.51.198.in-addr.arpa", "arpa"),
    ("8.b.d.0.1.0.0.2.ip6.arpa", "arpa"),
    ("router.home.arpa", "arpa"),
    ("example.onion", "onion"),
    # wildcards
    ("*", "bad-wildcard"),
    ("*.", "bad-wildcard"),
    ("w*.example.com", "bad-wildcard"),
    ("*w.example.com", "bad-wildcard"),
    ("*example.com", "bad-wildcard"),
    ("a.*.example.com", "bad-wildcard"),
    ("*.*.example.com", "bad-wildcard"),
    ("**.example.com", "bad-wildcard"),
    # labels
    (".", "bad-label"),
    (".example.com", "bad-label"),
    ("www..example.com", "bad-label"),
    ("example.com..", "bad-label"),
    ("*..example.com", "bad-label"),
    ("www_1.example.com", "bad-label"),
    ("_dmarc.example.com", "bad-label"),
    ("www example.com", "bad-label"),
    ("www,example.com", "bad-label"),
    ("exam\x00ple.com", "bad-label"),
    ("-www.example.com", "bad-label"),
    ("www-.example.com", "bad-label"),
    ("ab--cd.example.com", "bad-label"),
    ("a" * 64 + ".com", "bad-label"),
    ("ü" * 64 + ".com", "bad-label"),
    # length
    (".".join(["a" * 60] * 5) + ".com", "too-long"),
    ("x" * 5000, "too-long"),
    # IDNA
    ("xn--bcher-kv.com", "bad-idn"),
    ("xn--.com", "bad-label"),
    ("xn--a.com", "bad-idn"),
    ("xn--example-.com", "bad-label"),
    ("xn--abc-def.com", "bad-idn"),
    ("\u0301a.com", "bad-idn"),
    ("a\u2024com", "bad-idn"),
    ("☃\ufffd.com", "bad-idn"),
    ("i\u2764.com", "bad-idn"),
    ("a\u200db.com", "bad-idn"),
    ("\ud800.com", "bad-idn"),
    # something else that was on the clipboard
    ("https://www.example.com/", "url"),
    ("http://198.51.100.7/", "url"),
    ("https://user@example.com", "url"),
    ("www.example.com/login", "url"),
    ("www.example.com／", "url"),
    ("//example.com", "url"),
    ("webmaster@example.com", "email"),
    ("mailto:webmaster@example.com", "email"),
    ("www.example.com:443", "port"),
    ("www.example.com:", "port"),
]


@pytest.mark.parametrize(("text", "in_ascii", "in_unicode"), TAKEN)
def test_parse_takes_what_people_type(text: str, in_ascii: str, in_unicode: str) -> None:
    name = parse(text)

    assert (name.ascii, name.unicode) == (in_ascii, in_unicode)
    assert name.wildcard == in_ascii.startswith("*.")
    assert name.base == in_ascii.removeprefix("*.")
    assert name.is_idn == (in_ascii != in_unicode)
    assert str(name) == in_ascii


@pytest.mark.parametrize(("text", "code"), REFUSED)
def test_parse_refuses_with_the_reason(text: str, code: str) -> None:
    with pytest.raises(NameRefused) as refused:
        parse(text)

    assert refused.value.code == code


def test_every_reason_is_met_by_an_example() -> None:
    met = {code for _, code in REFUSED} | {"public-suffix", "too-many"}

    assert met == REASONS


def test_the_longest_name_is_taken_and_one_more_is_not() -> None:
    longest = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 57, "com"])

    assert len(parse(longest + ".").ascii) == 253
    with pytest.raises(NameRefused):
        parse("e" + longest[1:] + "m")
    with pytest.raises(NameRefused, match="too long"):
        parse("*." + longest)


def test_internal_names_pass_where_the_policy_lets_them() -> None:
    name = parse("*.Server01.local", internal=True)

    assert (name.ascii, name.registrable) == ("*.server01.local", "")
    assert names.parents_to_registrable(name) == ["server01.local"]


@pytest.mark.parametrize("text", ["com", "example.onion", "1.in-addr.arpa", "10.0.0.1", "my_server"])
def test_internal_names_open_the_door_to_nothing_else(text: str) -> None:
    with pytest.raises(NameRefused):
        parse(text, internal=True)


def test_the_message_quotes_what_was_given() -> None:
    with translation.override("en"), pytest.raises(NameRefused) as refused:
        parse("w*.example.com")

    assert str(refused.value) == (
        "“w*.example.com” has a wildcard in the wrong place. "
        "Only the whole first part may be a “*”, as in *.example.com."
    )


def test_the_message_shows_what_cannot_be_seen() -> None:
    with translation.override("en"), pytest.raises(NameRefused, match="parts between dots") as refused:
        parse("a\x07{name}%s.com")

    assert str(refused.value).startswith("“a⟨U+0007⟩{name}%s.com” is not")


@pytest.mark.parametrize("given", ["a" * 300, "a" * 5000, "\u202e" * 90, "\x01" * 500 + ".com", "é" * 81])
def test_the_message_shows_at_most_eighty_characters(given: str) -> None:
    with translation.override("en"), pytest.raises(NameRefused) as refused:
        parse(given)

    shown = str(refused.value)[1:].partition("”")[0]
    assert shown.endswith("…")
    assert len(shown.removesuffix("…")) <= 80
    assert "\u202e" not in shown


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("example.com", ()),
        ("bücher.de", ()),
        ("日本語ひらがなカタカナabc.jp", ()),
        ("東京タワー1ー々.jp", ()),
        ("漢字ㄅㄆ.tw", ()),
        ("漢字한글.kr", ()),
        ("домен-7.com", ()),
        ("роса.рф", ()),
        ("ｇｏｏｇｌｅ.com", ()),
        ("gооgle.com", ("mixed-script",)),
        ("www.πayment.com", ("mixed-script",)),
        ("한글ひらがな.com", ("mixed-script",)),
        ("аррӏе.com", ("whole-script-confusable",)),
        ("а7.com", ("whole-script-confusable",)),
        ("дом.аррӏе.com", ("whole-script-confusable",)),
    ],
)
def test_flags_tell_where_to_look_twice(text: str, flags: tuple[str, ...]) -> None:
    assert parse(text).flags == flags


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        (" ,;\r\n、，；\u3000 ", []),
        ("a.com b.com,c.com;d.com\ne.com", ["a.com", "b.com", "c.com", "d.com", "e.com"]),
        ("a.com，b.com；c.com、d.com\u3000e.com", ["a.com", "b.com", "c.com", "d.com", "e.com"]),
        ("b.com, a.com, b.com", ["b.com", "a.com"]),
        ("\ufeffa.com\u200b, \u200b ,b.com", ["a.com", "b.com"]),
        ("A.com a.com", ["A.com", "a.com"]),
    ],
)
def test_split_takes_any_separator(text: str, pieces: list[str]) -> None:
    assert split(text) == pieces


def test_split_refuses_what_no_person_pastes() -> None:
    assert len(split("a.com\n" * 16_000)) == 1
    with pytest.raises(NameRefused) as refused:
        split("a" * (names.MAX_LIST + 1))

    assert refused.value.code == "too-many"


@pytest.mark.parametrize(
    ("domain", "text", "covered"),
    [
        ("example.com", "example.com", True),
        ("example.com", "www.example.com", True),
        ("example.com", "a.b.example.com", True),
        ("example.com", "*.example.com", True),
        ("example.com", "*.www.example.com", True),
        ("www.example.com", "example.com", False),
        ("www.example.com", "*.example.com", False),
        ("example.com", "badexample.com", False),
        ("example.com", "example.com.co", False),
        ("xn--bcher-kva.de", "www.bücher.de", True),
    ],
)
def test_a_confirmed_domain_covers_what_is_below(domain: str, text: str, covered: bool) -> None:
    assert covers(domain, parse(text)) == covered


@pytest.mark.parametrize(
    ("text", "covered"), [("example.com", True), ("www.example.com", False), ("*.example.com", False)]
)
def test_a_file_stands_for_its_own_name_only(text: str, covered: bool) -> None:
    assert covers("example.com", parse(text), below=False) == covered


def test_a_domain_that_has_become_a_public_suffix_covers_nothing_below(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody registers names there now, so that an old confirmation of the suffix says nothing of them."""
    suffixes = PublicSuffixList(source="com\nexample.com\n", accept_unknown=False)
    monkeypatch.setattr(names, "_suffixes", lambda: suffixes)

    assert not covers("example.com", parse("shop.example.com"))
    assert not covers("example.com", parse("*.shop.example.com"))
    assert covers("shop.example.com", parse("www.shop.example.com"))


def test_parents_end_at_the_registrable_domain() -> None:
    assert names.parents_to_registrable(parse("*.a.b.example.co.uk")) == [
        "a.b.example.co.uk",
        "b.example.co.uk",
        "example.co.uk",
    ]
    assert names.parents_to_registrable(parse("example.com")) == ["example.com"]


def test_constructed_addresses_are_the_five_at_each_level() -> None:
    assert names.constructed_addresses("www.Example.co.uk") == [
        "admin@www.example.co.uk",
        "administrator@www.example.co.uk",
        "webmaster@www.example.co.uk",
        "hostmaster@www.example.co.uk",
        "postmaster@www.example.co.uk",
        "admin@example.co.uk",
        "administrator@example.co.uk",
        "webmaster@example.co.uk",
        "hostmaster@example.co.uk",
        "postmaster@example.co.uk",
    ]


def test_constructed_addresses_stay_within_the_registrable_domain() -> None:
    with pytest.raises(NameRefused):
        names.constructed_addresses("co.uk")


@pytest.mark.parametrize(("length", "local_parts"), [(248, ["admin"]), (249, [])])
def test_constructed_addresses_are_short_enough_to_be_written_to(length: int, local_parts: list[str]) -> None:
    domain = ".".join(["a" * 61] * 3 + ["b" * (length - 190), "com"])

    addresses = names.constructed_addresses(domain)

    assert len(domain) == length
    assert [address for address in addresses if address.endswith("@" + domain)] == [
        f"{one}@{domain}" for one in local_parts
    ]
    assert max(map(len, addresses)) <= 254


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("www.example.com", "www.example.com"),
        ("*.xn--bcher-kva.de", "*.xn--bcher-kva.de (*.bücher.de)"),
        ("xn--zzzzzzzz99999.com", "xn--zzzzzzzz99999.com"),
        ("", ""),
    ],
)
def test_display_shows_both_forms_where_they_differ(name: str, shown: str) -> None:
    assert names.display(name) == shown
