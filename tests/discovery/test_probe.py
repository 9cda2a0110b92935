"""One endpoint, probed: real servers show their certificates, and every kind of odd server is a result of its own."""

import ssl

import pytest

from discovery.scanner.probe import Endpoint, Timeouts, find
from discovery.scanner.results import Result, Shown
from sslportal.kit import outside
from tests.discovery import chains, servers, tls

QUICK = Timeouts(connect=0.3, starttls=0.5, answer=0.5)
PATIENT = Timeouts(*[servers.LONG] * 4)
TLS1_2, TLS1_3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


def probe(server, name="", timeouts=PATIENT):
    return outside.run(lambda: find(Endpoint(server.address, server.port, name), timeouts))


def outcome(server, timeouts=PATIENT):
    result = probe(server, timeouts=timeouts)
    return result.outcome, result.detail


def chains_of(result):
    return [shown.chain for shown in result.shown]


def test_a_real_server_shows_its_whole_chain(serve):
    server = serve(servers.speaks_tls(servers.context(chains.rsa())))

    result = probe(server)

    (shown,) = result.shown
    assert result[:5] == ("127.0.0.1", server.port, "found", "", "127.0.0.1")
    assert (shown.version, shown.deflate, shown.chain) == (tls.TLS12, False, chains.rsa().ders)
    assert server.connections == 1


def test_a_server_with_two_certificates_shows_both(serve):
    server = serve(servers.speaks_tls(servers.context(chains.rsa(), chains.ecdsa())))

    assert chains_of(probe(server)) == [chains.ecdsa().ders, chains.rsa().ders]
    assert server.connections == 2


def test_a_server_with_an_ecdsa_certificate_shows_one(serve):
    server = serve(servers.speaks_tls(servers.context(chains.ecdsa())))

    assert chains_of(probe(server)) == [chains.ecdsa().ders]


def test_a_server_of_tls_1_3_alone_shows_its_chain_in_a_whole_handshake(serve):
    server = serve(servers.speaks_tls(servers.context(chains.rsa(), oldest=TLS1_3)))

    assert probe(server).shown == (Shown(tls.TLS13, 0x1302, chain=chains.rsa().ders),)
    assert server.connections == 2


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1 is deprecated:DeprecationWarning")
def test_a_real_server_of_tls_1_0_is_understood(serve):
    server = serve(
        servers.speaks_tls(servers.context(chains.rsa(), oldest=ssl.TLSVersion.TLSv1, newest=ssl.TLSVersion.TLSv1))
    )

    assert probe(server).shown[0].version == tls.TLS10


def test_ipv6_is_understood(serve):
    server = serve(servers.speaks_tls(servers.context(chains.rsa())), address="::1")

    assert chains_of(probe(server)) == [chains.rsa().ders]


def test_the_name_is_told_and_gets_its_own_certificate(serve):
    context = servers.context(chains.rsa(), newest=TLS1_2)
    other = servers.context(chains.ecdsa(), newest=TLS1_2)
    asked = []

    def choose(connection, name, _):
        asked.append(name)
        if name == "ecdsa.example.com":
            connection.context = other

    context.sni_callback = choose
    server = serve(servers.speaks_tls(context))

    named, bare = probe(server, "ecdsa.example.com"), probe(server)

    assert chains_of(named) == [chains.ecdsa().ders]
    assert named.host == "ecdsa.example.com"
    assert chains_of(bare) == [chains.rsa().ders]
    assert asked == ["ecdsa.example.com", "ecdsa.example.com", None]


def test_a_server_that_wants_a_name_says_so_by_its_alert(serve):
    server = serve(servers.answers(tls.alert(112)))

    assert outcome(server) == ("alert", "unrecognized_name")
    assert server.connections == 1


@pytest.mark.parametrize(
    ("suite", "version", "compression"),
    [
        (tls.ECDHE_RSA, tls.TLS12, 1),
        (tls.RC4, tls.TLS12, 0),
        (tls.EXPORT, tls.TLS10, 0),
        (tls.DES, tls.TLS10, 0),
        (tls.NULL, tls.TLS11, 0),
        (tls.RC4, tls.SSL3, 1),
    ],
)
def test_what_no_library_speaks_any_more_is_understood(serve, suite, version, compression):
    server = serve(servers.answers(tls.flight(suite, version, compression)))

    assert probe(server).shown == (Shown(version, suite, deflate=bool(compression), chain=chains.rsa().ders),)


def test_an_anonymous_server_that_was_not_asked_to_be_is_told(serve):
    assert outcome(serve(servers.answers(tls.flight(tls.ANONYMOUS)))) == ("malformed", "suite 0034 was not offered")


def test_a_server_that_is_anonymous_only_refuses(serve):
    assert outcome(serve(servers.answers(tls.alert(40)))) == ("alert", "handshake_failure")


def test_nobody_there_is_refused():
    port = servers.closed_port()

    result = outside.run(lambda: find(Endpoint("127.0.0.1", port), PATIENT))

    assert result == Result("127.0.0.1", port, "refused", address="127.0.0.1")


def test_an_attempt_without_an_answer_is_silent():
    with servers.silent() as port:
        result = outside.run(lambda: find(Endpoint("127.0.0.1", port), QUICK))

    assert result.outcome == "silent"


def test_an_address_without_a_way_is_unreachable():
    result = outside.run(lambda: find(Endpoint("255.255.255.255", 443), QUICK))

    assert result.outcome in {"unreachable", "local"}  # as the system calls it
    assert result.detail.startswith("E")


@pytest.mark.parametrize(
    ("play", "expected"),
    [
        (servers.mute, ("mute", "")),
        (servers.hangs_up, ("closed", "")),
        (servers.resets, ("reset", "")),
        (servers.says(b"SSH-2.0-OpenSSH_9.2\r\n"), ("not-tls", "SSH-2.0-OpenSSH_9.2..")),
        (servers.answers(bytes(range(256)) * 100), ("not-tls", "." * 32 + "".join(map(chr, range(32, 80))))),
        (servers.answers(tls.flight()[:100]), ("unfinished", "")),
        (servers.drips(tls.record(tls.server_hello()) + tls.alert(112, level=1) * 1000), ("unfinished", "")),
        (servers.answers(tls.record(tls.certificate(b"x"))), ("malformed", "no ServerHello")),
        (servers.answers(tls.record(b"\2\0\0\x50" + bytes(20))[:30]), ("unfinished", "")),
        (servers.answers(tls.record(tls.server_hello()) + tls.record(bytes(20_000))), ("malformed", "record header")),
    ],
    ids=["mute", "closed", "reset", "ssh", "garbage", "half", "drips", "no hello", "half a record", "a wrong length"],
)
def test_an_odd_server_is_a_result(serve, play, expected):
    assert outcome(serve(play), QUICK) == expected


def test_a_megabyte_of_certificates_is_too_large(serve):
    said = tls.server_hello() + tls.certificate(*[b"x" * 10_000] * 100)
    records = b"".join(tls.record(said[at : at + 16_000]) for at in range(0, len(said), 16_000))

    assert outcome(serve(servers.answers(records))) == ("too-large", "")


def test_half_a_record_and_then_the_end_is_unfinished(serve):
    def play(connection):
        servers.hear(connection)
        connection.sendall(tls.flight()[:100])

    assert outcome(serve(play)) == ("unfinished", "")


def test_a_whole_chain_that_drips_in_time_is_taken(serve):
    server = serve(servers.drips(tls.flight(ders=[b"leaf"])))

    assert chains_of(probe(server)) == [(b"leaf",)]


def test_a_failed_second_hello_takes_nothing_from_the_first(serve):
    first = []

    def choose(hello):
        first.append(hello)
        return tls.flight(tls.ECDHE_ECDSA) if len(first) == 1 else b"nonsense"

    server = serve(servers.chooses(choose))

    assert chains_of(probe(server)) == [chains.rsa().ders]
    assert server.connections == 2


def test_a_refusal_is_kept_when_the_whole_handshake_fails_too(serve):
    server = serve(servers.answers(tls.alert(70)))

    assert outcome(server) == ("alert", "protocol_version")
    assert server.connections == 2


def test_a_whole_handshake_is_made_in_tls_1_3_or_not_at_all(serve):
    real = servers.speaks_tls(servers.context(chains.rsa(), newest=TLS1_2))
    came = []

    def play(connection):
        came.append(connection)
        (servers.answers(tls.alert(40)) if len(came) == 1 else real)(connection)

    assert outcome(serve(play)) == ("alert", "handshake_failure")


@pytest.mark.parametrize("second", [servers.mute, servers.hangs_up, servers.resets, servers.says(b"nonsense " * 10)])
def test_a_server_that_is_odd_in_the_whole_handshake_is_a_result(serve, second):
    came = []

    def play(connection):
        came.append(connection)
        (servers.answers(tls.alert(70)) if len(came) == 1 else second)(connection)

    assert outcome(serve(play), QUICK) == ("alert", "protocol_version")
