"""The ClientHello says what was offered and nothing else, in a form that every server takes."""

import pytest

from discovery.scanner import suites
from discovery.scanner.hello import CERTIFICATE, RSA_CERTIFICATE, Offer, client_hello
from tests.discovery.tls import SSL3, TLS10, TLS12, TLS13, offered

SERVER_NAME, STATUS_REQUEST, VERSIONS, KEY_SHARE = 0, 5, 43, 51
SCSV = 0x00FF


def test_a_name_is_told_to_the_server():
    *_, extensions = offered(client_hello(CERTIFICATE, "www.example.com"))

    assert extensions[SERVER_NAME] == b"\x00\x12\x00\x00\x0fwww.example.com"


def test_to_a_bare_address_no_name_is_told():
    *_, extensions = offered(client_hello(CERTIFICATE))

    assert SERVER_NAME not in extensions


def test_deflate_is_offered_before_no_compression():
    _, _, compressions, _ = offered(client_hello(CERTIFICATE))

    assert compressions == b"\x01\x00"


def test_the_hello_offers_no_tls_1_3():
    version, listed, _, extensions = offered(client_hello(CERTIFICATE))

    assert version == TLS12
    assert VERSIONS not in extensions
    assert not set(listed) & set(suites.TLS13)


def test_ecdsa_comes_before_rsa_and_is_missing_in_the_second_hello():
    _, first, _, _ = offered(client_hello(CERTIFICATE))
    _, second, _, _ = offered(client_hello(RSA_CERTIFICATE))

    assert first[0] in suites.ECDSA
    assert second == [suite for suite in first if suite not in suites.ECDSA]


def test_an_anonymous_suite_is_not_offered_where_a_certificate_is_wanted():
    _, listed, _, _ = offered(client_hello(CERTIFICATE))

    assert not set(listed) & set(suites.WEAK["anonymous"])


def test_ssl_3_has_no_extensions():
    version, listed, compressions, extensions = offered(client_hello(Offer((5,), SSL3), "www.example.com"))

    assert (version, listed, compressions, extensions) == (SSL3, [5, SCSV], b"\0", {})


def test_tls_1_3_is_offered_by_its_extension():
    version, _, _, extensions = offered(client_hello(Offer((0x1301,), TLS13), "www.example.com"))

    assert version == TLS12
    assert extensions[VERSIONS] == b"\x02\x03\x04"
    assert len(extensions[KEY_SHARE]) == 2 + 4 + 32


def test_the_staple_is_asked_for_where_it_is_wanted():
    without = offered(client_hello(Offer((5,))))[3]
    with_it = offered(client_hello(Offer((5,), asks_staple=True)))[3]

    assert STATUS_REQUEST not in without
    assert with_it[STATUS_REQUEST] == b"\x01\0\0\0\0"


def test_no_two_hellos_have_the_same_random():
    assert client_hello(CERTIFICATE)[11:43] != client_hello(CERTIFICATE)[11:43]


@pytest.mark.parametrize("name", ["", "a.test", f"{'a' * 60}.{'b' * 60}.test"])
@pytest.mark.parametrize("version", [TLS10, TLS12, TLS13])
def test_no_hello_has_a_size_at_which_load_balancers_hang(version, name):
    for count in range(1, 200):
        listed = tuple(range(1, count + 1))

        hello = client_hello(Offer(listed, version), name)

        assert offered(hello)[1] == [*listed, SCSV]
        assert not 255 < len(hello) - 5 < 512


@pytest.mark.parametrize("group", suites.WEAK)
def test_each_weak_group_has_suites_of_its_own(group):
    others = {suite for name, listed in suites.WEAK.items() if name != group for suite in listed}

    assert suites.WEAK[group]
    assert not others & set(suites.WEAK[group])


def test_the_worst_weakness_gives_the_group():
    assert suites.group_of(0x0017) == "anonymous"  # and EXPORT, and RC4
    assert suites.group_of(0x0003) == "export"  # and RC4
    assert suites.group_of(0x0009) == "des"
    assert suites.group_of(0xC02F) == ""
