"""The reader of what servers answer: right flights are understood however they come in pieces, and nothing else harms it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.scanner.flight import ALERTS, Flight
from discovery.scanner.hello import CERTIFICATE, Offer
from discovery.scanner.results import MOST_BYTES, MOST_CERTIFICATES, OUTCOMES, Failure, Shown
from tests.discovery import tls
from tests.discovery.tls import ECDHE_RSA, TLS12, TLS13, alert, certificate, extension, message, record, server_hello

DERS = (b"leaf", b"issuer")
WITH_STAPLE = CERTIFICATE._replace(asks_staple=True)
ANONYMOUS = Offer((tls.ANONYMOUS,))


def read(data, offer=CERTIFICATE):
    flight = Flight(offer)
    flight.feed(data)
    return flight


def why(data, offer=CERTIFICATE):
    """The outcome and the detail, by which the reader refuses."""
    with pytest.raises(Failure) as caught:
        assert read(data, offer).shown is None
    return caught.value.outcome, caught.value.detail


def test_a_flight_in_one_record_is_understood():
    flight = read(tls.flight(ders=DERS))

    assert flight.is_complete
    assert flight.shown == Shown(TLS12, ECDHE_RSA, chain=DERS)


def test_a_flight_in_a_record_for_each_message_is_understood():
    flight = read(record(server_hello()) + record(certificate(*DERS)))

    assert flight.shown.chain == DERS


@given(st.integers(1, 60), st.integers(1, 60))
def test_records_and_pieces_may_end_anywhere(record_size, piece_size):
    said = server_hello() + certificate(*DERS)
    data = b"".join(record(said[at : at + record_size]) for at in range(0, len(said), record_size))
    flight = Flight(CERTIFICATE)

    for at in range(0, len(data), piece_size):
        assert not flight.is_complete
        flight.feed(data[at : at + piece_size])

    assert flight.shown.chain == DERS


@pytest.mark.parametrize("version", [tls.SSL3, tls.TLS10, tls.TLS11, tls.TLS12])
def test_older_versions_are_understood(version):
    assert read(tls.flight(version=version, ders=DERS)).shown.version == version


def test_compression_is_seen():
    assert read(tls.flight(compression=1, ders=DERS)).shown.deflate


def test_a_warning_before_the_hello_is_passed_over():
    assert read(alert(112, level=1) + tls.flight(ders=DERS)).shown.chain == DERS


def test_a_hello_request_is_passed_over():
    assert read(record(message(0, b"")) + tls.flight(ders=DERS)).shown.chain == DERS


@pytest.mark.parametrize("number", ALERTS)
def test_an_alert_is_called_by_its_name(number):
    assert why(alert(number)) == ("alert", ALERTS[number])


def test_an_alert_without_a_name_is_called_by_its_number():
    assert why(alert(200)) == ("alert", "200")


def test_a_farewell_is_an_end_even_as_a_warning():
    assert why(alert(0, level=1)) == ("alert", "close_notify")


def test_an_alert_in_the_middle_is_an_end():
    assert why(record(server_hello()) + alert(80)) == ("alert", "internal_error")


def test_an_anonymous_server_shows_no_certificate():
    data = record(server_hello(tls.ANONYMOUS) + tls.KEY_EXCHANGE)

    assert read(data, ANONYMOUS).chosen == Shown(TLS12, tls.ANONYMOUS)
    assert why(data, ANONYMOUS) == ("no-certificate", "")


def test_a_chain_without_certificates_is_none():
    assert why(record(server_hello() + certificate())) == ("no-certificate", "")


def test_tls_1_3_is_told_by_the_extension_and_shows_no_more():
    hello = server_hello(0x1301, extensions=extension(43, b"\x03\x04") + extension(51, b"\0" * 36))

    flight = read(record(hello), Offer((0x1301,), TLS13))

    assert flight.is_complete
    assert flight.chosen == Shown(TLS13, 0x1301)


def test_a_staple_is_waited_for_if_the_server_announces_it():
    hello = record(server_hello(extensions=extension(5)) + certificate(*DERS))
    flight = read(hello, WITH_STAPLE)

    assert not flight.is_complete
    flight.feed(record(tls.status(b"response")))

    assert flight.shown.staple == b"response"


@pytest.mark.parametrize("extensions", [extension(5), extension(0)])
def test_no_staple_is_none_whether_announced_or_not(extensions):
    flight = read(record(server_hello(extensions=extensions) + certificate(*DERS) + tls.DONE), WITH_STAPLE)

    assert flight.is_complete
    assert flight.shown.staple == b""


@pytest.mark.parametrize(
    ("greeting", "detail"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH-2.0-OpenSSH_9.2.."),
        (b"HTTP/1.1 400 Bad Request\r\n", "HTTP/1.1 400 Bad Request.."),
        (b"\x16\x02\x00\x00\x10", "....."),
        (b"\x16\x03\x03\x00\x00", "....."),
        (b"\x16\x03\x03\xff\xff", "....."),
        (b"\x80\x2e\x01", "..."),
        (b"\0", "."),
    ],
)
def test_another_protocol_is_told_by_its_first_bytes(greeting, detail):
    assert why(greeting) == ("not-tls", detail)


def test_what_another_protocol_said_is_cut_short():
    outcome, detail = why(b"X" * 5000)

    assert (outcome, len(detail)) == ("not-tls", 80)


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (record(certificate(*DERS)), "no ServerHello"),
        (record(server_hello()) + b"HTTP/", "record header"),
        (record(b"\2", kind=21), "alert"),
        (record(message(2, b"\3\3")), "a length beyond the message"),
        (record(message(2, server_hello()[4:] + b"\0\x09zz")), "a length beyond the message"),
        (record(message(2, server_hello()[4:] + b"\0\2zzz")), "more than its length"),
        (record(server_hello(version=0x0305)), "version 0305"),
        (record(server_hello(version=0x0002)), "version 0002"),
        (record(server_hello(version=TLS13)), "version 0304"),
        (record(server_hello(0x1301)), "suite 1301 was not offered"),
        (record(server_hello(compression=2)), "compression 2 was not offered"),
        (record(server_hello() + message(11, b"\0\0\5\0\0\x09xx")), "a length beyond the message"),
        (record(server_hello() + message(11, b"\0\0\3\0\0\0")), "an empty certificate"),
        (record(server_hello() + message(11, b"\0\0\5\0\0\1xx")), "a length beyond the message"),
        (record(server_hello() + message(11, b"\0\0\4\0\0\1xx")), "more than its length"),
    ],
)
def test_a_broken_rule_is_said(data, detail):
    assert why(data) == ("malformed", detail)


def test_a_suite_that_was_not_offered_is_no_choice():
    assert why(tls.flight(tls.RC4), Offer((tls.EXPORT,))) == ("malformed", "suite 0005 was not offered")


def test_deflate_where_it_was_not_offered_is_no_choice():
    assert why(tls.flight(compression=1), Offer((ECDHE_RSA,))) == ("malformed", "compression 1 was not offered")


def test_a_megabyte_of_certificates_is_refused_when_it_is_announced():
    announced = record(server_hello() + message(11, b"")[:1] + (1_000_000).to_bytes(3, "big"))

    assert why(announced) == ("too-large", "")


def test_no_more_is_read_than_the_limit():
    flight = read(record(server_hello()))
    warning = alert(112, level=1)

    with pytest.raises(Failure) as caught:
        for _ in range(MOST_BYTES // len(warning) + 1):
            flight.feed(warning)

    assert caught.value.outcome == "too-large"


def test_a_chain_of_very_many_is_refused():
    assert read(record(server_hello() + certificate(*[b"x"] * MOST_CERTIFICATES))).is_complete
    assert why(record(server_hello() + certificate(*[b"x"] * (MOST_CERTIFICATES + 1)))) == ("too-large", "")


def test_an_end_is_called_by_how_far_it_came():
    nothing, half = Flight(CERTIFICATE), read(tls.flight()[:50])

    assert nothing.ended(in_time=True).outcome == "closed"
    assert nothing.ended(in_time=False).outcome == "mute"
    assert half.ended(in_time=True).outcome == "unfinished"


def survives(data, offer, piece_size=1000):
    """It is understood, or not yet, or refused by a known reason, and nothing else."""
    flight, failure = Flight(offer), None
    try:
        for at in range(0, len(data), piece_size):
            flight.feed(data[at : at + piece_size])
        failure = None if flight.is_complete and flight.shown.chain else flight.ended(in_time=True)
    except Failure as caught:
        failure = caught

    assert failure is None or (failure.outcome in OUTCOMES and len(failure.detail) <= 80)


@given(st.binary(max_size=200), st.sampled_from([CERTIFICATE, WITH_STAPLE]))
def test_any_bytes_are_survived(data, offer):
    survives(data, offer)


@given(st.binary(max_size=200), st.integers(1, 255), st.sampled_from([CERTIFICATE, WITH_STAPLE]))
def test_any_message_is_survived(content, kind, offer):
    survives(record(message(kind, content)), offer)
    survives(record(server_hello(extensions=extension(5)) + message(kind, content)), offer)


@given(st.data())
def test_a_flight_with_changed_bytes_is_survived(data):
    good = record(server_hello(extensions=extension(5)) + certificate(*DERS) + tls.status(b"response")) + alert(40)
    changed = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))

    survives(bytes(changed)[: data.draw(st.integers(0, len(good)))], WITH_STAPLE, data.draw(st.integers(1, 50)))
