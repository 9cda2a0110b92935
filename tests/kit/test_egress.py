"""The guard of outgoing connections: what is public passes, and no spelling or wrapping of anything else."""

import asyncio
import ipaddress
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sslportal.kit import egress
from sslportal.kit.egress import EgressRefused, addresses

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "198.41.0.4",
    "100.63.255.255",
    "172.15.0.1",
    "172.32.0.1",
    "192.0.3.1",
    "2606:4700::1111",
]
NOT_PUBLIC = [
    *("0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.255", "169.254.169.254", "172.16.0.1"),  # noqa: S104
    *("192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.51.100.1", "203.0.113.1"),
    *("224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:8.8.8.8"),
    *("64:ff9b::127.0.0.1", "64:ff9b::8.8.8.8", "64:ff9b:1::8.8.8.8", "100::1", "2001::1", "2001:db8::1", "2001:20::1"),
    *("2002:7f00:1::1", "2002:808:808::1", "3fff::1", "4000::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1"),
    *("fec0::1", "ff02::1", "ff0e::1"),
]


def found(host):
    return asyncio.run(addresses(host))


def refusal(host):
    with pytest.raises(EgressRefused) as refused:
        found(host)
    return refused.value.code


@pytest.mark.parametrize("host", PUBLIC)
def test_a_public_address_passes(host):
    assert found(host) == [host]


@pytest.mark.parametrize("host", NOT_PUBLIC)
def test_no_other_address_passes(host):
    assert refusal(host) == "not-public"


@pytest.mark.parametrize(
    "host",
    [
        *("2130706433", "0x7f000001", "0X7F000001", "017700000001", "127.1", "127.0.1", "0177.0.0.1", "127.0.0.01"),
        *("0x7f.0.0.1", "0x", "127.0.0.1.", "8.8.8.8.", "134744072", "1.2.3.4.5", "example.com.123", "0.0x0"),
        *("fe80::1%eth0", "2606:4700::1111%1", "[::1]", "::ffff:7f00:1", "0:0:0:0:0:ffff:127.0.0.1", "1::2::3", "::g"),
        *("127.0.0.1:80", "[::1]:80", "8.8.8.8:80"),
    ],
)
def test_no_odd_spelling_passes(host, dns_server):
    assert refusal(host) == "not-public"
    assert dns_server.questions == []


@pytest.mark.parametrize("host", ["", ".", "a..b", "a b", "１２７.0.0.１", "localhost\n", "例え.jp", "x" * 300])
def test_what_is_no_name_is_refused(host, dns_server):
    assert refusal(host) == "dns"
    assert dns_server.questions == []


def test_the_addresses_of_a_name_pass_ipv4_first(dns_server):
    dns_server.zone["A", "www.example.com"] = ["8.8.8.8", "1.1.1.1"]
    dns_server.zone["AAAA", "www.example.com"] = ["2606:4700::1111"]

    got = found("www.example.com")

    assert (sorted(got[:2]), got[2:]) == (["1.1.1.1", "8.8.8.8"], ["2606:4700::1111"])
    assert sorted(question.kind for question in dns_server.questions) == ["A", "AAAA"]


def test_what_is_not_public_among_them_is_left_out(dns_server):
    dns_server.zone["A", "www.example.com"] = ["127.0.0.1", "8.8.8.8", "10.0.0.1"]
    dns_server.zone["AAAA", "www.example.com"] = ["::1"]

    assert found("www.example.com") == ["8.8.8.8"]


def test_a_name_with_nothing_public_is_refused(dns_server):
    dns_server.zone["A", "www.example.com"] = ["127.0.0.1"]
    dns_server.zone["AAAA", "www.example.com"] = ["::ffff:8.8.8.8"]

    with pytest.raises(EgressRefused) as refused:
        found("www.example.com")

    assert (refused.value.code, refused.value.host, refused.value.detail) == (
        *("not-public", "www.example.com"),
        "127.0.0.1, ::ffff:808:808",
    )


@pytest.mark.parametrize(
    ("host", "passes"),
    [
        *(("10.1.0.1", True), ("10.2.0.1", False), ("127.0.0.1", False), ("8.8.8.8", True), ("::ffff:10.1.0.1", False)),
        *(("64:ff9b::10.1.0.1", True), ("64:ff9b::127.0.0.1", False)),
    ],
)
def test_networks_of_whoever_asks_pass_too(host, passes):
    assert egress.is_allowed(ipaddress.ip_address(host), ["10.1.0.0/16", "64:ff9b::/96"]) == passes


def test_an_alias_to_what_is_not_public_is_refused(dns_server):
    dns_server.zone["CNAME", "www.example.com"] = ["localhost.example.net"]
    dns_server.zone["A", "localhost.example.net"] = ["127.0.0.1"]

    assert refusal("www.example.com") == "not-public"


def test_localhost_is_asked_of_dns_like_any_name(dns_server):
    assert refusal("localhost") == "no-address"
    assert dns_server.asked("A", "localhost") == 1


def test_a_name_without_addresses_is_told(dns_server):
    dns_server.zone["TXT", "example.com"] = ["x"]

    assert refusal("example.com") == refusal("nothing.example.com") == "no-address"


def test_a_failure_of_dns_is_told(dns_server):
    dns_server.fails["example.com"] = "SERVFAIL"

    with pytest.raises(EgressRefused) as refused:
        found("example.com")

    assert (refused.value.code, refused.value.detail) == ("dns", "A example.com: failed, SERVFAIL")


def test_one_kind_of_address_is_enough(dns_server):
    dns_server.zone["A", "example.com"] = ["8.8.8.8"]
    dns_server.fails["AAAA", "example.com"] = "SERVFAIL"

    assert found("example.com") == ["8.8.8.8"]


def test_where_one_kind_fails_and_the_other_is_empty_nothing_is_certain(dns_server):
    dns_server.zone["TXT", "example.com"] = ["x"]
    dns_server.fails["AAAA", "example.com"] = "SERVFAIL"

    assert refusal("example.com") == "dns"


def test_the_operator_may_allow_networks(settings):
    settings.EGRESS_NETWORKS = ["10.1.0.0/16", "fd00::/8"]

    assert [found("10.1.2.3"), found("fd00::1"), refusal("10.2.0.1")] == [["10.1.2.3"], ["fd00::1"], "not-public"]


def test_what_carries_an_address_is_judged_by_it_too(settings):
    settings.EGRESS_NETWORKS = ["64:ff9b::/96", "2002::/16", "::ffff:0:0/96"]

    assert found("64:ff9b::8.8.8.8") == ["64:ff9b::808:808"]
    for host in ("64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "2002:7f00:1::1", "2002:a9fe:a9fe::1", "::ffff:127.0.0.1"):
        assert refusal(host) == "not-public"


@given(st.ip_addresses(v=4))
@example(IPv4Address("127.0.0.1"))
def test_what_passes_of_ipv4_is_global(address):
    assert not egress.is_allowed(address) or (address.is_global and not address.is_multicast)


@given(st.ip_addresses(v=6))
@example(IPv6Address("fec0::1"))
def test_what_passes_of_ipv6_is_global_unicast(address):
    assert not egress.is_allowed(address) or (address.is_global and int(address) >> 125 == 1)


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_passes_inside_an_ipv6_address(address):
    number = int(address)
    wrapped = [
        number,
        0xFFFF << 32 | number,
        0x64FF9B << 96 | number,
        0x2002 << 112 | number << 80,
        0x20010000 << 96 | number ^ 0xFFFFFFFF,
    ]

    assert not any(egress.is_allowed(IPv6Address(one)) for one in wrapped)


@given(st.ip_addresses())
def test_a_literal_is_judged_as_its_address(address):
    if egress.is_allowed(address):
        assert found(str(address)) == [str(address)]
    else:
        assert refusal(str(address)) == "not-public"


@given(st.text(alphabet="0123456789xXabcdefABCDEF.:[]%/@ -", max_size=30))
def test_no_text_passes_that_is_not_an_address_in_its_usual_form(text):
    """DNS knows of no name, so that what passes is a literal."""
    try:
        got = found(text)
    except EgressRefused:
        return
    assert got == [str(ipaddress.ip_address(text.removeprefix("[").removesuffix("]")))]
