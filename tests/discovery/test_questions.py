"""CAs are asked within limits: of size, of time, of where a stranger's certificate may lead this computer."""

import asyncio
import contextlib
import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.scanner import fetch as fetching
from discovery.scanner import questions as asking
from discovery.scanner.fetch import Fetcher, Unanswered, body_of, is_allowed, read_url
from discovery.scanner.questions import Inquiry
from discovery.scanner.trouble import Trouble
from discovery.scanner.upload import Answers
from sslportal.kit import outside
from tests.discovery import authority, servers
from tests.discovery.proxy import Proxy

GOOD = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 8\r\n\r\nresponse"


def fetch(url, body=b"", may_call=lambda address: True):
    async def play():
        fetcher = Fetcher(may_call)
        try:
            return await fetcher.fetch(url, body)
        except Unanswered as unanswered:
            return unanswered.problem
        finally:
            fetcher.close()

    return outside.run(play)


def answering(answer, heard=None):
    """A server that waits for the end of the head, and then says this."""

    def play(connection):
        head = connection.recv(10_000)
        if heard is not None:
            heard.append(head)
        connection.sendall(answer)

    return play


def test_a_list_is_fetched_by_get(serve):
    heard = []
    server = serve(answering(GOOD, heard))

    assert fetch(f"http://localhost:{server.port}/ca.crl?cmd=crl#x") == b"response"
    assert heard[0].decode().splitlines() == [
        "GET /ca.crl?cmd=crl HTTP/1.1",
        f"Host: localhost:{server.port}",
        "Connection: close",
        "Accept-Encoding: identity",
        "User-Agent: sslportal-scanner",
        "",
    ]


def test_a_responder_is_asked_by_post(serve):
    heard = []
    server = serve(answering(GOOD, heard))

    assert fetch(f"http://127.0.0.1:{server.port}", b"question") == b"response"
    head, body = heard[0].split(b"\r\n\r\n")
    assert head.startswith(b"POST / HTTP/1.1\r\n")
    assert b"\r\nContent-Type: application/ocsp-request\r\nContent-Length: 8" in head
    assert body == b"question"


def test_over_tls_whoever_answers_is_heard(serve):
    context = servers.ssl.SSLContext(servers.ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issued("elsewhere.test"))

    def play(connection):
        with context.wrap_socket(connection, server_side=True) as tls:
            answering(GOOD)(tls)

    assert fetch(f"https://localhost:{serve(play).port}/") == b"response"


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nresp\r\n4\r\nonse\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    "answer", [CHUNKED, b"HTTP/1.0 200 OK\r\n\r\nresponse", b"HTTP/1.1 100 Continue\r\n\r\n" + GOOD]
)
def test_a_body_is_read_in_each_of_its_forms(serve, answer):
    assert fetch(f"http://127.0.0.1:{serve(answering(answer)).port}/") == b"response"


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (b"", "malformed"),
        (b"SSH-2.0-server\r\n", "malformed"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nresponse", "malformed"),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "http-404"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n", "http-302"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000_001, "too-large"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 9_000_000, "too-large"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200_000, "too-large"),
    ],
)
def test_what_is_no_good_answer_has_a_name(serve, answer, problem):
    assert fetch(f"http://127.0.0.1:{serve(answering(answer)).port}/") == problem


def test_the_largest_answer_is_read(serve):
    answer = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000_000

    assert len(fetch(f"http://127.0.0.1:{serve(answering(answer)).port}/")) == 1_000_000


def test_who_drips_is_not_waited_for(serve, monkeypatch):
    monkeypatch.setattr(fetching, "SECONDS", 0.2)

    assert fetch(f"http://127.0.0.1:{serve(servers.drips(b'HTTP/1.1 200 OK' + b'x' * 9000)).port}/") == "timeout"


def test_nobody_there_is_unreachable():
    assert fetch(f"http://127.0.0.1:{servers.closed_port()}/") == "unreachable"


def test_a_name_without_an_address_is_unreachable():
    assert fetch("http://ca.invalid/") == "unreachable"


@pytest.mark.parametrize(
    "url",
    [
        "", "ca.test", "//ca.test/", "ftp://ca.test/", "ldap://ca.test/", "file:///etc/passwd", "http://", "http:///x",
        "http://user@ca.test/", "http://user:pass@ca.test/", "http://ca.test:25/", "http://ca.test:0/",
        "http://ca.test:99999/", "http://ca.test:x/", "http://ca.test/a b", "http://ca.test/\r\nX: y", "http://ca.test\n/",
        "http://cä.test/", "http://[::1/", "http://[fe80::1%25eth0]/", "http://2130706433/", "http://0x7f.1/",
        "http://127.1/", "http://0177.0.0.1/", "http://ca.test/" + "x" * 2000, "http://a..%2f/", "http://" + "a" * 64 + "%/",
    ],
)  # fmt: skip
def test_what_is_no_address_for_us_is_not_called(url):
    assert fetch(url) == "bad-url"


@pytest.mark.parametrize("url", ["http://a..b/", f"http://{'a' * 64}.test/"])
def test_a_name_that_cannot_be_one_is_not_called(url):
    assert fetch(url) in {"bad-url", "unreachable"}


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3",  # noqa: S104
         "169.254.169.254", "169.254.1.1", "224.0.0.1", "240.0.0.1",
        "255.255.255.255", "100.100.100.200", "168.63.129.16", "::", "::1", "::7f00:1", "::ffff:127.0.0.1",
        "::ffff:169.254.169.254", "64:ff9b::7f00:1", "fe80::1", "fe80::1%eth0", "ff02::1", "fd00:ec2::254",
        "2002:7f00:1::", "2001::1",
    ],
)  # fmt: skip
def test_this_computer_its_link_and_the_secrets_of_clouds_are_not_called(address):
    assert not is_allowed(address)


@pytest.mark.parametrize(
    "address",
    [
        "192.0.2.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "fd00::1",
        "2606:4700::1",
        "::ffff:10.0.0.1",
        "64:ff9b::c000:201",
    ],
)
def test_private_networks_and_the_internet_may_be_called(address):
    assert is_allowed(address)


def test_this_computer_is_not_called_by_its_address_in_the_network_either():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way_out:
        try:
            way_out.connect(("192.0.2.1", 9))  # nothing is sent
        except OSError:
            pytest.skip("this computer is in no network")
        own = way_out.getsockname()[0]

    assert not is_allowed(own)
    assert not is_allowed(f"::ffff:{own}")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_a_forbidden_address_is_not_touched_by_any_name(serve, host):
    server = serve(answering(GOOD))

    assert fetch(f"http://{host}:{server.port}/", may_call=is_allowed) == "forbidden-address"
    assert server.connections == 0


def test_a_proxy_is_used_with_its_password_and_judges_names(serve, monkeypatch):
    heard = []
    server = serve(answering(GOOD, heard))
    with Proxy({"ca.test:80": ("127.0.0.1", server.port)}, credentials="Basic cGF1bDpwOnM=") as proxy:
        monkeypatch.setenv("http_proxy", f"http://paul:p%3As@127.0.0.1:{proxy.port}")
        monkeypatch.setenv("no_proxy", "inside.invalid")

        assert fetch("http://ca.test/ca.crl", may_call=is_allowed) == b"response"
        assert fetch("http://other.test/", may_call=is_allowed) == "http-502"
        assert fetch("http://inside.invalid/", may_call=is_allowed) == "unreachable"
        for host in ("localhost", "app.localhost", "127.0.0.1", "169.254.169.254", "metadata.google.internal"):
            assert fetch(f"http://{host}/", may_call=is_allowed) == "forbidden-address"

    assert [head.splitlines()[0] for head in proxy.heads] == [
        "GET http://ca.test/ca.crl HTTP/1.1",
        "GET http://other.test/ HTTP/1.1",
    ]
    assert heard[0].startswith(b"GET /ca.crl HTTP/1.1\r\nHost: ca.test\r\n")


def test_tls_goes_through_a_proxy(serve, monkeypatch):
    context = servers.ssl.SSLContext(servers.ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issued("ca.test"))

    def play(connection):
        with context.wrap_socket(connection, server_side=True) as tls:
            answering(GOOD)(tls)

    server = serve(play)
    with Proxy({"ca.test:443": ("127.0.0.1", server.port)}) as proxy:
        monkeypatch.setenv("https_proxy", f"127.0.0.1:{proxy.port}")

        assert fetch("https://ca.test/", may_call=is_allowed) == b"response"
        assert fetch("https://other.test/", may_call=is_allowed) == "unreachable"

    assert proxy.heads[0] == "CONNECT ca.test:443 HTTP/1.1\r\nHost: ca.test:443\r\n\r\n"


@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda rest: b"HTTP/1.1 200 OK\r\n" + rest))
def test_whatever_comes_is_a_body_or_a_problem(data):
    with contextlib.suppress(Unanswered):
        assert isinstance(body_of(data), bytes)


@pytest.mark.parametrize("size", [b"-5", b"ffffffffffffffff", b"0x4", b"", b"zz", b"4;x=y"])
def test_chunks_of_any_size_come_to_an_end(size):
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + size + b"\r\nresp\r\n"

    with pytest.raises(Unanswered, match="malformed"):
        body_of(data)


@given(st.text(max_size=60) | st.text("abc:/.[]@%0189-", max_size=40).map(lambda rest: f"http://{rest}"))
def test_any_url_is_read_or_refused(url):
    with contextlib.suppress(Unanswered):
        assert read_url(url).host


def inquire(listed, then=lambda inquiry: None, may_call=lambda address: True):
    """Ask these; returns what goes up."""

    async def play():
        answers, fetcher = Answers(), Fetcher(may_call)
        inquiry = Inquiry(fetcher, answers)
        inquiry.hear({"questions": listed})
        await asyncio.sleep(0.05)
        then(inquiry)
        await asyncio.wait_for(inquiry.finish(), servers.LONG)
        fetcher.close()
        assert inquiry.left == 0
        return [answer for _what, message in iter(answers.next, None) for answer in message["answers"]]

    return outside.run(play)


def test_questions_are_asked_a_few_at_once(serve):
    """The server answers nobody before so many have come, and then waits for one too many."""
    state = threading.Condition()
    waiting, most = [], []

    def play(connection):
        connection.recv(10_000)
        with state:
            waiting.append(connection)
            most.append(len(waiting))
            if len(waiting) == asking.AT_ONCE:
                state.wait(0.1)
                waiting.clear()
                state.notify_all()
            state.wait_for(lambda: connection not in waiting, servers.LONG)
        connection.sendall(GOOD)

    url = f"http://127.0.0.1:{serve(play).port}/"

    answers = inquire([{"id": number, "url": url} for number in range(1, 3 * asking.AT_ONCE + 1)])

    assert sorted(answer["id"] for answer in answers) == list(range(1, 3 * asking.AT_ONCE + 1))
    assert max(most) == asking.AT_ONCE


def test_a_question_that_comes_twice_is_asked_once(serve):
    goes_on = threading.Event()
    heard = []

    def play(connection):
        heard.append(connection.recv(10_000))
        goes_on.wait(servers.LONG)
        connection.sendall(GOOD)

    again = [{"id": 1, "url": f"http://127.0.0.1:{serve(play).port}/", "body": "cQ=="}]

    def then(inquiry):
        inquiry.hear({"questions": again})
        goes_on.set()

    answers = inquire(again, then)

    assert answers == [{"id": 1, "body": "cmVzcG9uc2U="}]
    assert len(heard) == 1


def test_who_cannot_be_reached_is_not_asked_for_ever(serve, monkeypatch):
    monkeypatch.setattr(fetching, "SECONDS", 0.2)
    server = serve(servers.mute)
    url = f"http://127.0.0.1:{server.port}/"

    answers = inquire([{"id": number, "url": url} for number in range(1, 101)])

    assert server.connections <= asking.MOST_FAILURES + asking.AT_ONCE
    assert {answer["problem"] for answer in answers} == {"timeout", "unreachable"}
    assert len(answers) == 100


def test_a_url_that_cannot_work_does_not_make_its_host_be_given_up(serve):
    """Whoever shows a certificate chooses the URLs in it: TLS where none is spoken."""
    server = serve(answering(GOOD))
    bad = [{"id": number, "url": f"https://127.0.0.1:{server.port}/"} for number in range(1, 10)]
    good = [{"id": number, "url": f"http://127.0.0.1:{server.port}/"} for number in range(11, 20)]

    answers = inquire([*bad, *good])

    assert sum("body" in answer for answer in answers) == len(good)


def test_a_fault_of_ours_costs_one_question_and_not_the_run():
    listed = [{"id": number, "url": "http://192.0.2.1/"} for number in range(1, 10)]

    answers = inquire(listed, may_call=lambda address: 1 / 0)

    assert [answer["problem"] for answer in answers] == ["local"] * 9


def test_a_canceled_inquiry_asks_nobody_any_more(serve):
    server = serve(servers.mute)
    url = f"http://127.0.0.1:{server.port}/"

    def then(inquiry):
        inquiry.cancel()
        inquiry.hear({"questions": [{"id": 99, "url": url}]})

    answers = inquire([{"id": number, "url": url} for number in range(1, 41)], then)

    assert answers == []
    assert server.connections <= asking.AT_ONCE


@pytest.mark.parametrize(
    "listed", [5, [5], [{}], [{"id": 1}], [{"id": "x", "url": "u"}], [{"id": 1, "url": "u", "body": "?"}]]
)
def test_what_cannot_be_understood_ends_the_program(listed):
    async def play():
        Inquiry(Fetcher(), Answers()).hear({"questions": listed})

    with pytest.raises(Trouble, match="does not understand"):
        outside.run(play)
