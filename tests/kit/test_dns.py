"""Asking DNS: what counts as an answer, and that nothing from outside raises, hangs or passes for a yes."""

import asyncio
import contextlib
import gc
import threading
import time
import warnings
from itertools import pairwise

import dns.exception
import dns.message
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslportal.kit import dns as kit_dns
from sslportal.kit import dns_exchange
from sslportal.kit.dns import Outcome, ask, ask_now, texts
from tests.dns_server import FAILURES, DNSServer, closed_port


@pytest.fixture
def hurry(monkeypatch):
    """Silence is found out fast."""
    monkeypatch.setattr(dns_exchange, "SECONDS", 0.15)
    monkeypatch.setattr(kit_dns, "WHOLE_SECONDS", 1.0)


@pytest.fixture
def second_server(dns_server, settings):
    """Another server, which is asked after the first."""
    with DNSServer() as second:
        settings.DNS_SERVERS = [dns_server.address, second.address]
        yield second


def found(kind, name):
    answer = ask_now(name, kind)
    return answer.outcome, [record.to_text() for record in answer.records]


# What is there


def test_records_are_found(dns_server):
    dns_server.zone["TXT", "_x.example.com"] = ["one", "two"]

    answer = ask_now("_x.example.com", "TXT")

    assert answer.outcome is Outcome.FOUND
    assert sorted(texts(answer)) == ["one", "two"]
    assert (answer.question, answer.asked, answer.ttl) == ("TXT _x.example.com", dns_server.address, 60)
    assert (answer.aliases, answer.is_secure, answer.is_absence) == ((), False, False)
    assert answer.detail == "NOERROR"


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("A", ["192.0.2.1", "192.0.2.2"]),
        ("AAAA", ["2001:db8::1"]),
        ("CAA", ['0 issue "ca.example.net"', '128 issuewild ";"']),
        ("MX", ["10 mail.example.com."]),
        ("NS", ["ns.example.com."]),
        ("CNAME", ["www.example.net."]),
    ],
)
def test_records_of_every_kind_are_found(dns_server, kind, values):
    dns_server.zone[kind, "example.com"] = values

    outcome, records = found(kind, "example.com")

    assert (outcome, sorted(records)) == (Outcome.FOUND, sorted(values))


def test_a_name_without_records_of_the_kind_is_empty(dns_server):
    dns_server.zone["A", "www.example.com"] = ["192.0.2.1"]

    for name in ("www.example.com", "example.com"):  # the second is there because of the first (RFC 8020)
        answer = ask_now(name, "TXT")
        assert (answer.outcome, answer.is_absence, answer.records) == (Outcome.EMPTY, True, ())


def test_a_name_that_does_not_exist_is_told(dns_server):
    answer = ask_now("nothing.example.com", "TXT")

    assert (answer.outcome, answer.is_absence, answer.detail) == (Outcome.NO_NAME, True, "NXDOMAIN")


def test_names_are_asked_in_lower_case_and_without_the_final_dot(dns_server):
    dns_server.zone["A", "www.example.com"] = ["192.0.2.1"]

    assert ask_now("WWW.Example.COM.", "A").name == "www.example.com"


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "a..b",
        ".example.com",
        "a" * 64 + ".com",
        ".".join(["a" * 63] * 4),
        "例え.jp",
        "a b.com",
        "a\n.com",
        "a\\.b",
    ],
)
def test_what_is_no_name_is_not_asked(dns_server, name):
    answer = ask_now(name, "A")

    assert (answer.outcome, answer.asked) == (Outcome.BAD_NAME, "")
    assert dns_server.questions == []


def test_the_longest_name_is_asked(dns_server):
    name = ".".join(["a" * 63] * 3 + ["b" * 61])

    assert len(name) == 253
    assert ask_now(name, "A").outcome is Outcome.NO_NAME


def test_a_kind_that_does_not_exist_is_a_mistake_of_ours():
    with pytest.raises(dns.exception.DNSException):
        ask_now("example.com", "TEXT")


# TXT


def test_the_strings_of_a_record_are_joined(dns_server):
    dns_server.zone["TXT", "example.com"] = [["abc", "", "def"]]

    assert texts(ask_now("example.com", "TXT")) == ["abcdef"]


def test_texts_are_read_as_utf_8_and_what_is_none_is_shown(dns_server):
    dns_server.zone["TXT", "example.com"] = ["日本".encode() + b"\xff"]

    assert texts(ask_now("example.com", "TXT")) == ["日本\\xff"]


def test_other_records_have_no_text(dns_server):
    dns_server.zone["A", "example.com"] = ["192.0.2.1"]

    assert texts(ask_now("example.com", "A")) == [""]


# Aliases


def test_an_alias_is_followed(dns_server):
    dns_server.zone["CNAME", "a.example.com"] = ["b.example.com"]
    dns_server.zone["CNAME", "b.example.com"] = ["c.example.com"]
    dns_server.zone["TXT", "c.example.com"] = ["token"]

    answer = ask_now("a.example.com", "TXT")

    assert (answer.outcome, texts(answer)) == (Outcome.FOUND, ["token"])
    assert (answer.name, answer.aliases) == ("a.example.com", ("b.example.com", "c.example.com"))
    assert len(dns_server.questions) == 1


def test_an_alias_that_the_server_leaves_open_is_asked_on(dns_server):
    dns_server.zone["CNAME", "a.example.com"] = ["b.example.com"]
    dns_server.zone["CNAME", "b.example.com"] = ["c.example.com"]
    dns_server.zone["TXT", "c.example.com"] = ["token"]
    dns_server.follows_aliases = False

    answer = ask_now("a.example.com", "TXT")

    assert (answer.outcome, texts(answer), answer.aliases) == (
        *(Outcome.FOUND, ["token"]),
        ("b.example.com", "c.example.com"),
    )
    assert [question.name for question in dns_server.questions] == ["a.example.com", "b.example.com", "c.example.com"]


@pytest.mark.parametrize("follows", [True, False])
def test_an_alias_to_a_name_without_records_is_empty(dns_server, follows):
    dns_server.zone["CNAME", "a.example.com"] = ["b.example.com"]
    dns_server.zone["A", "b.example.com"] = ["192.0.2.1"]
    dns_server.follows_aliases = follows

    assert ask_now("a.example.com", "TXT").outcome is Outcome.EMPTY


def test_an_alias_to_nowhere_is_no_name(dns_server):
    dns_server.zone["CNAME", "a.example.com"] = ["b.example.net"]

    assert ask_now("a.example.com", "TXT").outcome is Outcome.NO_NAME


@pytest.mark.parametrize("follows", [True, False])
@pytest.mark.parametrize("loop", [["a", "a"], ["a", "b", "a"], ["a", "b", "c", "b"]])
def test_a_loop_of_aliases_ends(dns_server, loop, follows):
    for source, target in pairwise(loop):
        dns_server.zone["CNAME", f"{source}.example.com"] = [f"{target}.example.com"]
    dns_server.follows_aliases = follows

    answer = ask_now("a.example.com", "TXT")

    assert answer.outcome is Outcome.FAILED
    assert "CNAME" in answer.detail
    assert len(dns_server.questions) <= 8


@pytest.mark.parametrize("follows", [True, False])
@pytest.mark.parametrize(("length", "outcome"), [(8, Outcome.FOUND), (9, Outcome.FAILED), (30, Outcome.FAILED)])
def test_a_chain_has_at_most_eight_aliases(dns_server, length, outcome, follows):
    for number in range(length):
        dns_server.zone["CNAME", f"n{number}.example.com"] = [f"n{number + 1}.example.com"]
    dns_server.zone["TXT", f"n{length}.example.com"] = ["token"]
    dns_server.follows_aliases = follows

    assert ask_now("n0.example.com", "TXT").outcome is outcome


# Sizes


def test_a_long_answer_comes_over_tcp(dns_server):
    dns_server.zone["TXT", "example.com"] = [f"{number} " + "x" * 200 for number in range(20)]

    answer = ask_now("example.com", "TXT")

    assert (answer.outcome, len(answer.records)) == (Outcome.FOUND, 20)
    assert [question.by for question in dns_server.questions] == ["udp", "tcp"]


def test_an_answer_of_64_kilobytes_is_read(dns_server):
    dns_server.zone["TXT", "example.com"] = [f"{number}" + "x" * 4300 for number in range(15)]

    answer = ask_now("example.com", "TXT")

    assert sum(map(len, texts(answer))) > 64_000
    assert answer.outcome is Outcome.FOUND


@pytest.mark.parametrize(("count", "outcome"), [(100, Outcome.FOUND), (101, Outcome.FAILED), (4000, Outcome.FAILED)])
def test_a_name_has_at_most_a_hundred_records(dns_server, count, outcome):
    dns_server.zone["A", "example.com"] = [f"192.0.{number // 250}.{number % 250}" for number in range(count)]

    assert ask_now("example.com", "A").outcome is outcome


# Trouble


@pytest.mark.parametrize("failure", ["SERVFAIL", "REFUSED", "FORMERR", "NOTIMP"])
def test_a_server_that_fails_is_no_answer(dns_server, failure):
    dns_server.zone["CAA", "example.com"] = ['0 issue "ca.example.net"']
    dns_server.fails["example.com"] = failure

    answer = ask_now("example.com", "CAA")

    assert (answer.outcome, answer.is_absence, answer.detail) == (Outcome.FAILED, False, failure)
    assert answer.records == ()


def test_one_kind_may_fail_alone(dns_server):
    dns_server.zone["TXT", "example.com"] = ["token"]
    dns_server.fails["CAA", "example.com"] = "SERVFAIL"

    assert ask_now("example.com", "TXT").outcome is Outcome.FOUND
    assert ask_now("example.com", "CAA").outcome is Outcome.FAILED


@pytest.mark.parametrize("failure", ["not-recursive", "other-records"])
def test_an_odd_answer_is_not_taken_for_an_absence(dns_server, failure):
    dns_server.zone["A", "example.com"] = ["192.0.2.1"]
    dns_server.fails["example.com"] = failure

    answer = ask_now("example.com", "CAA")

    assert (answer.outcome, answer.is_absence) == (Outcome.FAILED, False)


def test_silence_is_told(dns_server, hurry):
    dns_server.fails["example.com"] = "silent"

    answer = ask_now("example.com", "TXT")

    assert (answer.outcome, answer.asked) == (Outcome.SILENT, dns_server.address)
    assert dns_server.asked("TXT", "example.com") == 2


def test_a_server_that_is_not_there_is_silent(settings):
    settings.DNS_SERVERS, settings.DNS_VALIDATION = [f"127.0.0.1:{closed_port()}"], "off"
    begun = time.monotonic()

    answer = ask_now("example.com", "TXT")

    assert answer.outcome is Outcome.SILENT
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize("failure", ["nonsense", "wrong-id", "wrong-question"])
def test_what_does_not_fit_the_question_is_passed_over(dns_server, hurry, failure):
    dns_server.zone["TXT", "example.com"] = ["token"]
    dns_server.fails["example.com"] = failure

    answer = ask_now("example.com", "TXT")

    assert (answer.outcome, answer.records) == (Outcome.FAILED, ())
    assert "does not fit the question" in answer.detail


def test_a_forged_answer_does_not_hide_the_real_one(dns_server):
    dns_server.zone["TXT", "example.com"] = ["token"]
    dns_server.is_forged = True

    assert found("TXT", "example.com") == (Outcome.FOUND, ['"token"'])


def test_a_record_that_cannot_be_read_is_no_answer(dns_server):
    dns_server.fails["example.com"] = "unreadable"
    begun = time.monotonic()

    answer = ask_now("example.com", "TXT")

    assert (answer.outcome, answer.records) == (Outcome.FAILED, ())
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize("failure", [*FAILURES, "nonsense"])
def test_trouble_over_tcp_is_no_answer(dns_server, hurry, failure):
    dns_server.zone["TXT", "example.com"] = ["x" * 200] * 30
    dns_server.udp_size = 12  # even the failures come over TCP
    dns_server.fails["example.com"] = failure

    answer = ask_now("example.com", "TXT")

    assert answer.outcome in {Outcome.FAILED, Outcome.SILENT, Outcome.BOGUS}
    assert answer.records == ()


def test_the_next_server_is_asked_where_one_fails(dns_server, second_server):
    dns_server.fails["example.com"] = "SERVFAIL"
    second_server.zone["TXT", "example.com"] = ["token"]

    answer = ask_now("example.com", "TXT")

    assert (answer.outcome, answer.asked) == (Outcome.FOUND, second_server.address)


def test_every_server_is_asked_twice(dns_server, second_server, hurry):
    dns_server.fails["example.com"] = "REFUSED"
    second_server.fails["example.com"] = "silent"

    answer = ask_now("example.com", "TXT")

    assert (answer.outcome, answer.asked) == (Outcome.FAILED, dns_server.address)
    assert [server.asked("TXT", "example.com") for server in (dns_server, second_server)] == [2, 2]


def test_an_absence_ends_the_asking(dns_server, second_server):
    second_server.zone["TXT", "example.com"] = ["token"]

    assert ask_now("example.com", "TXT").outcome is Outcome.NO_NAME
    assert second_server.questions == []


def test_the_whole_takes_no_longer_than_its_time(dns_server, settings, monkeypatch):
    settings.DNS_SERVERS = [dns_server.address] * 20
    dns_server.fails["example.com"] = "silent"
    monkeypatch.setattr(dns_exchange, "SECONDS", 0.2)
    monkeypatch.setattr(kit_dns, "WHOLE_SECONDS", 0.5)
    begun = time.monotonic()

    answer = ask_now("example.com", "TXT")

    assert answer.outcome is Outcome.SILENT
    assert time.monotonic() - begun < 1


def test_a_server_that_is_too_slow_for_the_whole_is_silent(dns_server, monkeypatch):
    dns_server.delay = 0.5
    monkeypatch.setattr(kit_dns, "WHOLE_SECONDS", 0.1)

    answer = ask_now("example.com", "TXT")

    assert (answer.outcome, answer.asked, answer.detail) == (
        *(Outcome.SILENT, dns_server.address),
        "no answer within 0.1 s",
    )


# DNSSEC


def test_every_question_wants_dnssec(dns_server):
    ask_now("example.com", "TXT")

    assert [(question.wants_dnssec, question.is_unchecked) for question in dns_server.questions] == [(True, False)]


def test_a_server_that_validates_is_believed(dns_server, settings):
    settings.DNS_VALIDATION = "required"
    dns_server.is_secure = True
    dns_server.unsigned = {"plain.example.com"}
    for name in ("signed.example.com", "plain.example.com"):
        dns_server.zone["TXT", name] = ["token"]

    signed, plain = ask_now("signed.example.com", "TXT"), ask_now("plain.example.com", "TXT")

    assert [(answer.outcome, answer.is_secure) for answer in (signed, plain)] == [
        (Outcome.FOUND, True),
        (Outcome.FOUND, False),
    ]
    assert dns_server.asked("SOA", "") == 1  # remembered


def test_a_chain_is_as_secure_as_its_weakest_link(dns_server):
    dns_server.is_secure, dns_server.follows_aliases = True, False
    dns_server.unsigned = {"b.example.com"}
    dns_server.zone["CNAME", "a.example.com"] = ["b.example.com"]
    dns_server.zone["TXT", "b.example.com"] = ["token"]

    assert not ask_now("a.example.com", "TXT").is_secure


def test_a_server_that_does_not_validate_is_not_believed(dns_server, settings):
    settings.DNS_VALIDATION = "required"
    dns_server.zone["TXT", "example.com"] = ["token"]

    first, second = ask_now("example.com", "TXT"), ask_now("example.com", "TXT")

    assert (first.outcome, first.records, first.asked) == (Outcome.UNVALIDATED, (), dns_server.address)
    assert second == first
    assert dns_server.asked("TXT", "example.com") == 0
    assert dns_server.asked("SOA", "") == 1  # remembered


def test_a_server_that_cannot_answer_for_the_root_is_not_believed(dns_server, settings):
    settings.DNS_VALIDATION = "required"
    dns_server.is_secure = True
    dns_server.fails[""] = "SERVFAIL"

    answer = ask_now("example.com", "TXT")

    assert answer.outcome is Outcome.UNVALIDATED
    assert "SERVFAIL" in answer.detail


def test_a_server_that_is_silent_about_the_root_is_asked_again(dns_server, settings, hurry):
    settings.DNS_VALIDATION = "required"
    dns_server.is_secure = True
    dns_server.fails[""] = "silent"

    first = ask_now("example.com", "TXT")
    dns_server.fails.clear()

    assert [first.outcome, ask_now("example.com", "TXT").outcome] == [Outcome.SILENT, Outcome.NO_NAME]


def test_the_proof_is_asked_for_again_after_its_time(dns_server, settings, monkeypatch):
    settings.DNS_VALIDATION = "required"
    dns_server.is_secure = True
    monkeypatch.setattr(kit_dns, "VALIDATES_FOR", 0.0)

    ask_now("example.com", "TXT")
    dns_server.is_secure = False

    assert ask_now("example.com", "TXT").outcome is Outcome.UNVALIDATED


def test_one_server_that_validates_is_enough(dns_server, second_server, settings):
    settings.DNS_VALIDATION = "required"
    second_server.is_secure = True
    second_server.zone["TXT", "example.com"] = ["token"]

    answer = ask_now("example.com", "TXT")

    assert (answer.outcome, answer.asked) == (Outcome.FOUND, second_server.address)


@pytest.mark.parametrize("code", [1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 25, 27])
def test_a_failure_that_says_dnssec_is_bogus(dns_server, code):
    dns_server.fails["example.com"] = "SERVFAIL"
    dns_server.extended["example.com"] = (code, "")

    answer = ask_now("example.com", "TXT")

    assert answer.outcome is Outcome.BOGUS
    assert answer.detail.startswith(f"SERVFAIL, EDE {code} (")
    assert dns_server.asked("TXT", "example.com") == 1


def test_the_words_of_the_failure_are_told(dns_server):
    dns_server.fails["example.com"] = "SERVFAIL"
    dns_server.extended["example.com"] = (9, "no SEP\r\nmatching the DS")

    assert ask_now("example.com", "TXT").detail == "SERVFAIL, EDE 9 (DNSKEY Missing): no SEP\\013\\010matching the DS"


def test_the_words_of_the_failure_are_cut(dns_server):
    dns_server.fails["example.com"] = "SERVFAIL"
    dns_server.extended["example.com"] = (22, "x" * 1000)

    assert len(ask_now("example.com", "TXT").detail) == 300


@pytest.mark.parametrize("code", [0, 3, 15, 22, 23, 4711])
def test_a_failure_that_says_something_else_is_none_of_dnssec(dns_server, code):
    dns_server.fails["example.com"] = "SERVFAIL"
    dns_server.extended["example.com"] = (code, "")

    assert ask_now("example.com", "TXT").outcome is Outcome.FAILED


def test_a_failure_that_is_gone_without_the_check_is_bogus(dns_server):
    dns_server.zone["TXT", "example.com"] = ["forged"]
    dns_server.fails["example.com"] = "bogus"

    answer = ask_now("example.com", "TXT")

    assert (answer.outcome, answer.records) == (Outcome.BOGUS, ())
    assert [question.is_unchecked for question in dns_server.questions] == [False, True]


def test_what_one_server_finds_bogus_another_may_prove(dns_server, second_server):
    dns_server.fails["example.com"] = "bogus"
    second_server.zone["TXT", "example.com"] = ["token"]

    assert ask_now("example.com", "TXT").outcome is Outcome.FOUND


# Around


def test_a_caller_inside_a_loop_may_ask_too(dns_server):
    dns_server.zone["TXT", "example.com"] = ["token"]

    async def inside():
        return ask_now("example.com", "TXT")

    assert asyncio.run(inside()).outcome is Outcome.FOUND


def test_many_may_ask_at_once(dns_server):
    for number in range(50):
        dns_server.zone["TXT", f"n{number}.example.com"] = [str(number)]

    async def all_of_them():
        return await asyncio.gather(*(ask(f"n{number}.example.com", "TXT") for number in range(50)))

    assert [texts(answer) for answer in asyncio.run(all_of_them())] == [[str(number)] for number in range(50)]


def test_no_socket_stays_open_when_the_caller_gives_up(dns_server):
    dns_server.fails["example.com"] = "silent"

    async def give_up():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(ask("example.com", "TXT"), 0.05)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        asyncio.run(give_up())
        gc.collect()

    assert threading.active_count() < 20


def test_servers_are_those_of_the_settings(settings):
    settings.DNS_SERVERS = ["192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]", "[2001:DB8::1]:5353"]

    assert list(map(str, kit_dns.servers())) == [
        *("192.0.2.1:53", "192.0.2.1:5353"),
        *("[2001:db8::1]:53", "[2001:db8::1]:53", "[2001:db8::1]:5353"),
    ]


def test_without_a_server_nothing_is_asked(settings, monkeypatch):
    settings.DNS_SERVERS = []
    monkeypatch.setattr("dns.resolver.Resolver.read_resolv_conf", lambda *args: None)

    answer = ask_now("example.com", "TXT")

    assert (answer.outcome, answer.detail) == (Outcome.FAILED, "no DNS server is known")


@given(st.binary(max_size=200), st.sampled_from(["TXT", "CAA", "A", "CNAME"]), st.booleans())
def test_no_bytes_break_the_reader(tail, kind, is_answer):
    query = dns.message.make_query("example.com", kind)
    wire = bytearray(query.to_wire())
    wire[2] |= 0x80
    if is_answer:
        wire[7] = 1

    with contextlib.suppress(dns_exchange.Nonsense):
        message = dns_exchange._read(query, bytes(wire) + tail)
        assert message is None or query.is_response(message)
