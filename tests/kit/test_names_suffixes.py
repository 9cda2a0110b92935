"""The ICANN part of the public suffix list: the Public Suffix project's own cases, and every rule of the shipped list."""

from itertools import takewhile
from pathlib import Path

import publicsuffixlist
import pytest

from sslportal.kit.names import NameRefused, parse

# Facts of the Public Suffix project's test list, as they are for the ICANN part: a registrable domain, and what stands in it.
REGISTRABLE = {
    "example.com": "example.COM  WwW.example.COM  b.example.com  a.b.example.com",
    "domain.biz": "domain.biz  b.domain.biz  a.b.domain.biz",
    "uk.com": "uk.com  example.uk.com  b.example.uk.com  a.b.example.uk.com",  # a private suffix: not for CAs
    "blogspot.com": "blogspot.com  www.foo.blogspot.com",
    "github.io": "github.io  foo.github.io",
    "amazonaws.com": "a.b.compute.amazonaws.com",
    "test.ac": "test.ac",
    "b.c.mm": "b.c.mm  a.b.c.mm",  # a wildcard rule and no other
    "test.jp": "test.jp  www.test.jp",
    "test.ac.jp": "test.ac.jp  www.test.ac.jp",
    "test.kyoto.jp": "test.kyoto.jp",
    "b.ide.kyoto.jp": "b.ide.kyoto.jp  a.b.ide.kyoto.jp",
    "b.c.kobe.jp": "b.c.kobe.jp  a.b.c.kobe.jp",
    "city.kobe.jp": "city.kobe.jp  www.city.kobe.jp",  # an exception to a wildcard rule
    "b.test.ck": "b.test.ck  a.b.test.ck",
    "www.ck": "www.ck  www.www.ck",
    "test.us": "test.us  www.test.us",
    "test.ak.us": "test.ak.us  www.test.ak.us",
    "test.k12.ak.us": "test.k12.ak.us  www.test.k12.ak.us",
    "xn--85x722f.com.cn": "食狮.com.cn  xn--85x722f.com.cn",
    "xn--85x722f.xn--55qx5d.cn": "食狮.公司.cn  www.食狮.公司.cn  xn--85x722f.公司.cn  www.xn--85x722f.xn--55qx5d.cn",
    "shishi.xn--55qx5d.cn": "shishi.公司.cn  shishi.xn--55qx5d.cn",
    "xn--85x722f.xn--fiqs8s": "食狮.中国  www.食狮.中国  xn--85x722f.xn--fiqs8s  www.xn--85x722f.xn--fiqs8s",
    "shishi.xn--fiqs8s": "shishi.中国  shishi.xn--fiqs8s",
}

REFUSED = {
    "public-suffix": "COM  biz  com  mm  c.mm  jp  ac.jp  kyoto.jp  ide.kyoto.jp  c.kobe.jp  ck  test.ck  us  ak.us  k12.ak.us "
    "公司.cn  中国  xn--55qx5d.cn  xn--fiqs8s  uk  co.uk  CO.UK.  *.com  *.co.uk  *.test.ck  *.中国 "
    "kobe.jp",  # above a wildcard rule, so a suffix as well (the list's own linter demands it)
    "bad-label": ".com  .example  .example.com  .example.example",
    "internal-name": "example  example.example  b.example.example  a.b.example.example "  # no rule: no registry
    "local  example.local  b.example.local  a.b.example.local",
}


def section(name: str) -> list[str]:
    """The rules of one part of the list that is shipped."""
    lines = iter(Path(publicsuffixlist.PSLFILE).read_text(encoding="utf-8").splitlines())
    next(line for line in lines if line == f"// ===BEGIN {name} DOMAINS===")
    part = takewhile(lambda line: line != f"// ===END {name} DOMAINS===", lines)
    return [line.split()[0] for line in part if line.strip() and not line.startswith("//")]


def found(text: str) -> str:
    """The registrable domain, or why there is none."""
    try:
        return parse(text).registrable
    except NameRefused as error:
        return error.code


@pytest.mark.parametrize(
    ("text", "registrable"), [(text, domain) for domain, texts in REGISTRABLE.items() for text in texts.split()]
)
def test_the_registrable_domain_is_the_suffix_and_one_label_more(text: str, registrable: str) -> None:
    assert parse(text).registrable == registrable
    assert parse("*." + text).registrable == registrable


@pytest.mark.parametrize(("text", "code"), [(text, code) for code, texts in REFUSED.items() for text in texts.split()])
def test_what_has_no_registrable_domain_is_refused(text: str, code: str) -> None:
    assert found(text) == code


def test_every_icann_rule_is_read_in_both_forms() -> None:
    plain = [rule for rule in section("ICANN") if rule[0] not in "*!" and not rule.endswith(("arpa", "onion"))]
    ascii_forms = {rule: parse("registered." + rule).ascii.removeprefix("registered.") for rule in plain}

    assert [rule for rule in plain if found(rule) != "public-suffix"] == []
    assert [rule for rule, form in ascii_forms.items() if found(form) != "public-suffix"] == []
    assert [rule for rule, form in ascii_forms.items() if found(f"www.registered.{form}") != f"registered.{form}"] == []
    assert len(plain) > 5000


def test_every_icann_wildcard_and_exception_is_read() -> None:
    rules = section("ICANN")
    wildcards = [rule.removeprefix("*.") for rule in rules if rule[0] == "*"]
    exceptions = [rule[1:] for rule in rules if rule[0] == "!"]

    assert [rule for rule in wildcards if found("any." + rule) != "public-suffix"] == []
    assert [rule for rule in wildcards if found(f"www.mine.any.{rule}") != f"mine.any.{rule}"] == []
    assert [rule for rule in exceptions if found("www." + rule) != rule] == []
    assert wildcards
    assert exceptions


def test_no_private_rule_is_a_public_suffix() -> None:
    private = [rule.removeprefix("*.") for rule in section("PRIVATE") if rule[0] != "!"]

    assert [rule for rule in private if found(rule) == "public-suffix"] == []
    assert len(private) > 1000
