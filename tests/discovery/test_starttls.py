"""Servers that begin in clear are asked to go over to TLS as each protocol has it, and may misbehave as they like."""

import ssl

import pytest
from aiosmtpd.controller import Controller
from hypothesis import given
from hypothesis import strategies as st

from discovery.scanner import starttls
from discovery.scanner.probe import Endpoint, Timeouts, find
from discovery.scanner.results import OUTCOMES, Failure
from sslportal.kit import outside
from tests.discovery import chains, servers

QUICK = Timeouts(connect=0.5, starttls=0.5, answer=0.5)
PATIENT = Timeouts(*[servers.LONG] * 4)

SMTP = "S: 220 mail.example.com\nC: EHLO [127.0.0.1]\n"
OFFER = "S: 250-mail.example.com\nS: 250-SIZE 1000\nS: 250-starttls\nS: 250 HELP\n"
CONVERSATIONS = {
    "smtp": SMTP + OFFER + "C: STARTTLS\nS: 220 go ahead",
    "ftp": "S: 220-Welcome\nS: 220-to files\nS: 220 Ready\nC: AUTH TLS\nS: 234 Proceed",
    "imap": "S: * OK IMAP4rev1 ready\nC: a STARTTLS\nS: * NOTICE first\nS: a OK begin",
    "pop3": "S: +OK ready\nC: STLS\nS: +OK begin",
}
LDAP_REQUEST = ("C", bytes.fromhex("301d02010177188016") + b"1.3.6.1.4.1.1466.20037")
POSTGRES_REQUEST = ("C", bytes.fromhex("0000000804d2162f"))


def lines(text):
    """The turns of a conversation that is written in lines."""
    return [(line[0], line[3:].encode() + b"\r\n") for line in text.splitlines()]


def ldap(answer):
    return [LDAP_REQUEST, ("S", bytes.fromhex(answer))]


TURNS = {protocol: lines(text) for protocol, text in CONVERSATIONS.items()} | {
    "ldap": ldap("300c02010178070a010004000400"),
    "postgres": [POSTGRES_REQUEST, ("S", b"S")],
}


@pytest.fixture
def speak(monkeypatch, serve):
    """A server on a free port, which is a port of this protocol while the test lasts. After its turns it speaks TLS."""

    def speak(protocol, turns, context=None):
        server = serve(conversation(turns, servers.speaks_tls(context) if context else servers.wait_for_the_end))
        monkeypatch.setitem(starttls.CONVERSATIONS, server.port, getattr(starttls, protocol))
        return server

    return speak


def conversation(turns, then):
    """What S says is sent, what C says must come, or the server hangs up."""

    def play(connection):
        for who, said in turns:
            if who == "S":
                connection.sendall(said)
            elif hear(connection, len(said)) != said:
                return
        then(connection)

    return play


def hear(connection, count):
    data = b""
    while len(data) < count and (more := connection.recv(count - len(data))):
        data += more
    return data


def probe(server, timeouts=PATIENT):
    return outside.run(lambda: find(Endpoint(server.address, server.port), timeouts))


def outcome(server, timeouts=PATIENT):
    result = probe(server, timeouts)
    return result.outcome, result.detail


@pytest.mark.parametrize("protocol", TURNS)
def test_each_protocol_goes_over_to_tls(speak, protocol):
    server = speak(protocol, TURNS[protocol], servers.context(chains.rsa()))

    assert [shown.chain for shown in probe(server).shown] == [chains.rsa().ders]


def test_the_second_probe_and_the_whole_handshake_talk_first_too(speak):
    context = servers.context(chains.ecdsa(), chains.rsa(), oldest=ssl.TLSVersion.TLSv1_3)
    server = speak("imap", TURNS["imap"], context)

    assert [shown.chain for shown in probe(server).shown] == [chains.ecdsa().ders]
    assert server.connections == 2


def test_a_real_mail_server_goes_over_to_tls(monkeypatch):
    controller = Controller(
        object(), hostname="127.0.0.1", port=servers.closed_port(), tls_context=servers.context(chains.rsa())
    )
    controller.start()
    try:
        port = controller.port
        monkeypatch.setitem(starttls.CONVERSATIONS, port, starttls.smtp)
        result = outside.run(lambda: find(Endpoint("127.0.0.1", port), PATIENT))
    finally:
        controller.stop()

    assert [shown.chain for shown in result.shown] == [chains.rsa().ders]


def test_what_follows_the_answer_of_ldap_in_its_message_is_passed_over(speak):
    turns = ldap("301002010178070a010004000400a00230 00".replace(" ", ""))

    assert probe(speak("ldap", turns, servers.context(chains.rsa()))).outcome == "found"


def test_lengths_as_active_directory_writes_them_are_read(speak):
    turns = ldap("3084000000100201017884000000070a010004000400")

    assert probe(speak("ldap", turns, servers.context(chains.rsa()))).outcome == "found"


@pytest.mark.parametrize(
    ("protocol", "turns", "expected"),
    [
        ("smtp", lines("S: 554 no service"), ("not-tls", "554 no service")),
        ("smtp", lines(SMTP + "S: 502 what?"), ("starttls", "502 what?")),
        ("smtp", lines(SMTP + "S: 250-hi\nS: 250 XSTARTTLS"), ("starttls", "not offered")),
        ("smtp", lines(SMTP + OFFER + "C: STARTTLS\nS: 454 not now"), ("starttls", "454 not now")),
        ("ftp", lines("S: 421 busy"), ("not-tls", "421 busy")),
        ("ftp", lines("S: 220 hi\nC: AUTH TLS\nS: 534 no"), ("starttls", "534 no")),
        ("imap", lines("S: * BYE"), ("not-tls", "* BYE")),
        ("imap", lines("S: * OK hi\nC: a STARTTLS\nS: a BAD no"), ("starttls", "a BAD no")),
        ("pop3", lines("S: -ERR locked"), ("not-tls", "-ERR locked")),
        ("pop3", lines("S: +OK hi\nC: STLS\nS: -ERR no"), ("starttls", "-ERR no")),
        ("ldap", ldap("300c02010178070a010204000400"), ("starttls", "resultCode 2")),
        ("ldap", ldap("48545450"), ("not-tls", "HT")),
        ("ldap", ldap("3080"), ("malformed", "LDAP length")),
        ("ldap", ldap("308500000000010201"), ("malformed", "LDAP length")),
        ("ldap", ldap("3005020101780a"), ("malformed", "LDAP length")),
        ("ldap", ldap("3001020101"), ("not-tls", ".")),
        ("ldap", ldap("3084ffffffff"), ("too-large", "")),
        ("ldap", ldap("30080201017803020100"), ("not-tls", "...")),
        ("postgres", [POSTGRES_REQUEST, ("S", b"N")], ("starttls", "N")),
        ("postgres", [POSTGRES_REQUEST, ("S", b"E")], ("starttls", "E")),
        ("postgres", [POSTGRES_REQUEST, ("S", b"H")], ("not-tls", "H")),
        ("smtp", [("S", b"SSH-2.0-OpenSSH_9.2\r\n")], ("not-tls", "SSH-2.0-OpenSSH_9.2")),
    ],
)
def test_a_server_that_stays_in_clear_is_told(speak, protocol, turns, expected):
    assert outcome(speak(protocol, turns)) == expected


@pytest.mark.parametrize("protocol", CONVERSATIONS)
def test_what_was_put_in_before_tls_is_refused(speak, protocol):
    turns = [*TURNS[protocol][:-1], ("S", TURNS[protocol][-1][1] + b"250 injected\r\n")]

    assert outcome(speak(protocol, turns)) == ("malformed", "more was said before TLS began")


@pytest.mark.parametrize("protocol", TURNS)
def test_a_server_that_says_nothing_is_mute(speak, protocol):
    assert outcome(speak(protocol, []), QUICK) == ("mute", "")


@pytest.mark.parametrize("protocol", CONVERSATIONS)
def test_a_line_without_an_end_is_too_large(speak, protocol):
    assert outcome(speak(protocol, [("S", b"2" * 100_000)])) == ("too-large", "")


@pytest.mark.parametrize("line", [b"220-more\r\n", b"* more\r\n"])
@pytest.mark.parametrize("protocol", ["smtp", "ftp", "imap"])
def test_lines_without_an_end_are_too_large_or_refused(speak, protocol, line):
    greeting = [("S", b"* OK hi\r\n")] if protocol == "imap" else []

    assert outcome(speak(protocol, [*greeting, ("S", line * 10_000)]))[0] in {"too-large", "not-tls", "starttls"}


@pytest.mark.parametrize("protocol", TURNS)
def test_a_server_that_hangs_up_in_the_middle_is_a_result(monkeypatch, serve, protocol):
    server = serve(conversation(TURNS[protocol][:1], lambda connection: None))
    monkeypatch.setitem(starttls.CONVERSATIONS, server.port, getattr(starttls, protocol))

    assert outcome(server)[0] in {"closed", "reset"}


def test_half_a_line_and_then_the_end_is_another_protocol(monkeypatch, serve):
    server = serve(conversation([("S", b"220 hal")], lambda connection: None))
    monkeypatch.setitem(starttls.CONVERSATIONS, server.port, starttls.smtp)

    assert outcome(server) == ("not-tls", "220 hal")


def test_the_usual_ports_have_their_protocols():
    assert {port: protocol.__name__ for port, protocol in starttls.CONVERSATIONS.items()} == {
        21: "ftp", 25: "smtp", 110: "pop3", 143: "imap", 389: "ldap", 587: "smtp", 5432: "postgres",
    }  # fmt: skip


class Said:
    """What a server says, whatever it is asked, in place of a connection."""

    def __init__(self, data, piece_size):
        self.pieces = [data[at : at + piece_size] for at in range(0, len(data), piece_size)]
        self.socket = self

    def getsockname(self):
        return ("127.0.0.1", 5)

    async def send(self, data):
        pass

    async def receive(self):
        return self.pieces.pop(0) if self.pieces else b""


BEGINNINGS = st.sampled_from(
    [b"", b"220 a\r\n", b"220-a\r\n220 b\r\n250 STARTTLS\r\n", b"* OK\r\n* x\r\n", b"+OK\r\n", b"0\x0c\2\1\1x\7", b"S"]
)


@given(st.sampled_from(sorted(TURNS)), BEGINNINGS, st.binary(max_size=100), st.integers(1, 30))
def test_any_bytes_are_survived(protocol, beginning, data, piece_size):
    failure = None
    try:
        converse(protocol, starttls.Talk(Said(beginning + data, piece_size)))
    except Failure as caught:
        failure = caught

    assert failure is None or (failure.outcome in OUTCOMES and len(failure.detail) <= 80)


def converse(protocol, talk):
    """To its end, without a loop: what is said is there already."""
    with pytest.raises(StopIteration):
        getattr(starttls, protocol)(talk).send(None)
    talk.end()
