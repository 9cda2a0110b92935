"""Servers and networks as operators write them, and strangers' words made printable."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from sslportal.kit import outside
from sslportal.kit.outside import Server


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("127.0.0.1", Server("127.0.0.1", 53)),
        ("127.0.0.1:5353", Server("127.0.0.1", 5353)),
        ("::1", Server("::1", 53)),
        ("[::1]", Server("::1", 53)),
        ("[0:0::1]:5353", Server("::1", 5353)),
        ("2001:db8::53", Server("2001:db8::53", 53)),
    ],
)
def test_a_server_is_read(text, server):
    assert outside.server(text) == server


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost",
        "localhost:53",
        "127.0.0.1:",
        "127.0.0.1:0",
        "127.0.0.1:65536",
        "127.1",
        "[::1",
        "::1]:53",
        "[::1]53",
        "1:2",
    ],
)
def test_what_is_no_server_stops_the_start(text):
    with pytest.raises(ImproperlyConfigured, match=r"^PORTAL_DNS_SERVERS has “.*”, which is no server: an IP address"):
        outside.require_servers("PORTAL_DNS_SERVERS", ["127.0.0.1", text])


@pytest.mark.parametrize("text", ["", "10.0.0.0/33", "10.0.0.1/8", "example.com", "10.0.0.0/8/8", "fd00::/8x"])
def test_what_is_no_network_stops_the_start(text):
    with pytest.raises(ImproperlyConfigured, match=r"^PORTAL_EGRESS_NETWORKS has “.*”, which is no network such as"):
        outside.require_networks("PORTAL_EGRESS_NETWORKS", ["10.1.0.0/16", "fd00::/8", "192.0.2.1", text])


def test_what_is_right_starts():
    outside.require_servers("PORTAL_DNS_SERVERS", ["127.0.0.1:5353", "[::1]:53"])
    outside.require_networks("PORTAL_EGRESS_NETWORKS", ["10.1.0.0/16", "fd00::/8", "192.0.2.1"])


def test_control_characters_are_shown_and_long_texts_cut():
    assert outside.printable("a\r\nb\u202ec\x1b[0m 日本") == "a\\r\\nb\\u202ec\\x1b[0m 日本"
    assert outside.printable("x" * 300) == "x" * 300
    assert outside.printable("x" * 301) == "x" * 299 + "…"


@given(st.text(max_size=400))
def test_everything_becomes_printable(text):
    shown = outside.printable(text)

    assert shown.isprintable()
    assert len(shown) <= 300


@pytest.mark.parametrize(
    ("validation", "policy", "is_demo"),
    [("required", "public-trust", False), ("off", "private", False), ("off", "public-trust", True)],
)
def test_dnssec_may_be_switched_off_for_a_private_ca_and_a_demo(validation, policy, is_demo):
    outside.require_validation(validation, policy, is_demo=is_demo)


def test_a_public_ca_validates_dnssec():
    with pytest.raises(ImproperlyConfigured, match="public-trust forbids"):
        outside.require_validation("off", "public-trust", is_demo=False)
