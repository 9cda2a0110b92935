"""What holds for every name, and for every text that is none."""

import ipaddress
import string
from collections.abc import Callable

import idna
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from sslportal.kit import names
from sslportal.kit.names import Name, NameRefused, covers, parents_to_registrable, parse, split

REASONS = {reason.partition(":")[0] for reason in names.SENTENCES}
SCRIPTS = (
    "abcdefghijklmnopqrstuvwxyz0123456789-",
    "abzäöüßéñøçåœðþı",
    "абвгдежзиклмнопстуњђ",
    "αβγδεζηθικλμνξοπςσ",
    "日本語東京公司中国",
    "ひらがなカタカナー",
    "한국어도메인",
    "अआइकखगघङचछज",
    "กขคงจฉชซ",
    "אבגדהוזחט",
    "ابتثجحخدذ",
)
SUFFIXES = ("com", "co.uk", "jp", "kyoto.jp", "kobe.jp", "uk.com", "ck", "中国", "公司.cn", "рф", "भारत", "xn--p1ai")
SEPARATORS = [" ", "\n", "\r\n", "\t", ",", ";", "\u3000", "，", "；", "、", "､", " , ", "\ufeff ", " \u200b"]


@pytest.fixture(scope="module", autouse=True)
def _suffixes_are_read() -> None:
    """Before the first example, which has a deadline."""
    parse("example.com")


def _is_label(text: str) -> bool:
    try:
        idna.alabel(text)
    except UnicodeError:
        return False
    return True


def name_or_none(text: str, *, internal: bool = False) -> Name | None:
    """The name, or nothing where it was refused with a reason; any other exception is the test's failure."""
    refusal: NameRefused | None = None
    name: Name | None = None
    try:
        name = parse(text, internal=internal)
    except NameRefused as error:
        refusal = error
    assert name or (refusal and refusal.code in REASONS and str(refusal))
    return name


def code_of(text: str) -> str:
    with pytest.raises(NameRefused) as refused:
        parse(text)
    return refused.value.code


plain = st.text(alphabet=string.ascii_lowercase + string.digits, min_size=1, max_size=12)
native = st.sampled_from(SCRIPTS).flatmap(lambda script: st.text(script, min_size=1, max_size=10)).filter(_is_label)
labels = st.one_of(plain, native, native.map(lambda label: idna.alabel(label).decode()))
bases = st.builds(
    lambda parts, end: ".".join([*parts, end]), st.lists(labels, min_size=2, max_size=4), st.sampled_from(SUFFIXES)
)
written = st.builds(str.__add__, st.sampled_from(["", "*."]), bases)

almost_labels = st.one_of(
    labels,
    st.sampled_from(["*", "-", "xn--", "_dmarc", "a--b", "０", "\u200d", "☃"]),
    st.text(string.ascii_lowercase + string.digits + "-", max_size=20).map(lambda tail: "xn--" + tail),
    st.text(max_size=3),
)
almost_names = st.builds(
    lambda parts, end: ".".join([*parts, end]),
    st.lists(almost_labels, max_size=4),
    st.sampled_from([*SUFFIXES, "COM.", "local", "arpa", "onion", "7", ""]),
)
anything = st.one_of(st.text(), almost_names, written, st.text("0123456789abcdefx.:[]%/*-@ "))


@given(anything, st.booleans())
@example("xn--" + "9" * 59 + ".com", False)
@example("xn--" + "9" * 59, True)
@example("[::1", False)
@example("%", False)
@example("\ud800.com", False)
@example("\u0660" * 400, False)
def test_any_text_is_a_name_or_refused(text: str, internal: bool) -> None:
    name = name_or_none(text, internal=internal)

    if name:
        assert set(name.base) <= set(string.ascii_lowercase + string.digits + ".-")
        assert len(name.ascii) <= 253
        assert all(0 < len(label) <= 63 and label.strip("-") == label for label in name.base.split("."))
        assert name.ascii == ("*." if name.wildcard else "") + name.base


@given(anything)
def test_what_shows_and_splits_takes_any_text(text: str) -> None:
    assert isinstance(names.display(text), str)
    assert isinstance(names.to_ascii(text), str)
    assert names.to_unicode(text).count(".") >= text.count(".")
    assert all(split(text))


@given(anything)
def test_parse_understands_its_own_answers(text: str) -> None:
    name = name_or_none(text)

    if name:
        assert parse(name.ascii) == name
        assert parse(name.unicode) == name
        assert parse(name.base).base == name.base


@given(written)
def test_both_forms_are_the_same_name(text: str) -> None:
    name = parse(text)

    assert names.to_unicode(name.ascii) == name.unicode
    assert names.to_ascii(name.base) == name.base
    assert names.to_ascii(name.unicode.removeprefix("*.")) == name.base
    assert (name.unicode == name.ascii) == (not name.is_idn)
    assert name.unicode.count(".") == name.ascii.count(".")


@given(
    written,
    st.randoms(use_true_random=False),
    st.sampled_from(["", ".", "。", "．", "｡"]),
    st.sampled_from(["", " ", "\n", "\t\u3000", "\u200b", "\ufeff", "\u00a0"]),
)
def test_case_and_the_last_dot_and_white_space_do_not_matter(text: str, random, dot: str, space: str) -> None:
    shouted = "".join(c.upper() if c.upper().lower() == c and random.random() < 0.5 else c for c in text)

    assert parse(space + shouted + dot + space) == parse(text)


@given(written)
def test_full_width_forms_do_not_matter(text: str) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)

    assert parse(wide) == parse(text)


@given(st.integers(240, 260), st.integers(1, 63), st.booleans(), st.sampled_from(["", "."]))
@example(253, 63, False, ".")
@example(254, 63, False, "")
@example(253, 63, True, "")
@example(254, 1, True, "")
def test_a_name_has_at_most_253_characters_with_its_wildcard(length: int, size: int, wildcard: bool, dot: str) -> None:
    start, end = "*." if wildcard else "", ".com"
    room = length - len(start) - len(end)
    whole, rest = divmod(room + 1, size + 1)
    assume(rest != 1)  # a dot with no label before it
    parts = ["a" * size] * whole + (["b" * (rest - 1)] if rest else [])
    text = start + ".".join(parts) + end

    name = name_or_none(text + dot)

    assert len(text) == length
    assert (name is not None) == (length <= 253)
    assert name or code_of(text + dot) == "too-long"


@given(st.integers(60, 66), st.sampled_from("aü日"))
def test_a_label_has_at_most_63_octets_in_ascii(octets: int, letter: str) -> None:
    fits = [letter * count for count in range(1, 67) if len(_octets(letter * count)) <= 63]
    label = "a" * octets if letter == "a" else fits[-1] + letter * (octets - 63 if octets > 63 else 0)

    name = name_or_none(label + ".com")

    assert (name is not None) == (octets <= 63)
    assert name or code_of(label + ".com") == "bad-label"


def _octets(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode()


@given(written)
def test_the_registrable_domain_is_the_end_of_the_name(text: str) -> None:
    name = parse(text)

    assert ("." + name.base).endswith("." + name.registrable)
    assert parse(name.registrable).registrable == name.registrable
    assert code_of(name.registrable.partition(".")[2]) == "public-suffix"


@given(written)
def test_parents_are_the_domains_that_cover_the_name(text: str) -> None:
    name = parse(text)
    parents = parents_to_registrable(name)
    every_end = [name.base.split(".", dots)[-1] for dots in range(name.base.count(".") + 1)]

    assert parents[0] == name.base
    assert parents[-1] == name.registrable
    assert parents == every_end[: len(parents)]
    assert all(covers(parent, name) for parent in parents)
    assert all(parse(parent).registrable == name.registrable for parent in parents)


@given(bases, written)
def test_only_parents_cover(domain: str, text: str) -> None:
    name, other = parse(text), parse(domain).base

    assert covers(other, name) == (other in parents_to_registrable(name))
    assert not covers("x" + name.base, name)
    assert not covers(name.base[1:], name)


@given(bases)
def test_a_domain_covers_itself_and_what_is_below(domain: str) -> None:
    base = parse(domain).base

    assert covers(base, parse(domain))
    assert covers(base, parse("*." + base))
    assert covers(base, parse("www." + base))
    assert covers(base, parse(base), below=False)
    assert not covers(base, parse("*." + base), below=False)
    assert not covers(base, parse("www." + base), below=False)


@given(bases, st.data())
def test_a_wildcard_is_the_whole_first_label_only(text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text)))

    code = code_of(text[:place] + "*" + text[place:])

    assert code == "bad-wildcard"


@given(bases, st.integers(1, 4))
def test_a_wildcard_label_is_nowhere_but_in_front(text: str, place: int) -> None:
    parts = parse(text).base.split(".")
    parts.insert(place, "*")

    assert code_of(".".join(parts)) == "bad-wildcard"
    assert parse("*." + text).wildcard


def _short(address: ipaddress.IPv4Address) -> str:
    """The last two numbers as one, as inet_aton reads it."""
    first, second, third, fourth = address.packed
    return f"{first}.{second}.{third * 256 + fourth}"


SPELLINGS_OF_4: tuple[Callable[[ipaddress.IPv4Address], str], ...] = (
    str,
    lambda address: str(int(address)),
    lambda address: hex(int(address)),
    lambda address: f"0{int(address):o}",
    lambda address: ".".join(f"0{octet:o}" for octet in address.packed),
    lambda address: ".".join(hex(octet) for octet in address.packed),
    lambda address: ".".join(f"{octet:03}" for octet in address.packed),
    _short,
    lambda address: f"{address.packed[0]}.{int(address) & 0xFFFFFF}",
    lambda address: str(address).translate({48 + digit: 0xFF10 + digit for digit in range(10)}),
    lambda address: str(address).replace(".", "。"),
    lambda address: f"::ffff:{address}",
    lambda address: f"[::{address}]",
)
SPELLINGS_OF_6: tuple[Callable[[ipaddress.IPv6Address], str], ...] = (
    str,
    lambda address: address.exploded,
    lambda address: f"[{address}]",
    lambda address: f"[{address}]:443",
    lambda address: f"{address}%eth0",
    lambda address: f"{address}/64",
    lambda address: str(address).upper(),
)


@given(
    st.ip_addresses(v=4),
    st.sampled_from(SPELLINGS_OF_4),
    st.sampled_from(["", "*."]),
    st.sampled_from(["", ".", "/24", ":443"]),
)
def test_no_spelling_of_an_ipv4_address_is_a_name(address, spell, before: str, after: str) -> None:
    text = spell(address)
    assume(":" not in text or not after)

    assert code_of(before + text + after) == "ip-address"
    with pytest.raises(NameRefused):
        parse(before + text + after, internal=True)


@given(st.ip_addresses(v=6), st.sampled_from(SPELLINGS_OF_6), st.sampled_from(["", "*."]))
def test_no_spelling_of_an_ipv6_address_is_a_name(address, spell, before: str) -> None:
    assert code_of(before + spell(address)) == "ip-address"


@given(st.lists(written, max_size=8), st.data())
def test_split_gives_back_every_name_that_was_joined(pieces: list[str], data: st.DataObject) -> None:
    text = "".join(data.draw(st.sampled_from(SEPARATORS)) + piece for piece in pieces)

    assert split(text + data.draw(st.sampled_from(["", *SEPARATORS]))) == list(dict.fromkeys(pieces))


@given(st.text(alphabet="ab.@*日,; \n、，\u3000\u200b\ufeff"))
def test_split_loses_and_doubles_nothing(text: str) -> None:
    pieces = split(text)

    assert len(set(pieces)) == len(pieces)
    assert split("\n".join(pieces)) == pieces
    assert set("".join(pieces)) - set("\u200b\ufeff") == set(text) & set("ab.@*日")


@given(bases)
def test_constructed_addresses_are_five_a_parent(text: str) -> None:
    addresses = names.constructed_addresses(text)

    assert [address.partition("@")[2] for address in addresses[::5]] == parents_to_registrable(parse(text))
    assert len(addresses) == 5 * len(addresses[::5])
