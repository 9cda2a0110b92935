"""Whatever a customer's server answers, or somebody else in its place, becomes a result within bounds."""

import ssl
import time
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sslportal.kit import outside, push
from sslportal.kit.http_exchange import Problem
from tests.accounts.webhooks.conftest import NAME
from tests.dns_server import closed_port
from tests.web_server import HOST, Page, WebServer, gzip_bomb, redirect


def send(url, body=b"{}", headers=()):
    tls = push.trusted()
    pushed = outside.run(lambda: push.push(url, body, dict(headers), tls=tls))
    assert bool(pushed.status) != bool(pushed.problem)
    assert bool(pushed.detail) == bool(pushed.problem)
    assert pushed.detail.isprintable()
    assert len(pushed.detail) <= 300
    return pushed


def test_the_body_and_the_headers_arrive(receiver, url):
    pushed = send(f"{url}?a=b%20c", b'{"a": 1}', {"X-A": "b", "Content-Type": "application/json"})

    (request,) = receiver.requests
    assert (pushed.status, pushed.is_success) == (204, True)
    assert (request.method, request.path, request.body) == ("POST", "/events?a=b%20c", b'{"a": 1}')
    assert (request.scheme, request.sni) == ("https", NAME)
    assert {name: request.headers.get(name) for name in ("host", "x-a", "content-type", "content-length")} == {
        "host": f"{NAME}:{receiver.ports['https']}",
        "x-a": "b",
        "content-type": "application/json",
        "content-length": "8",
    }
    assert {"cookie", "authorization", "referer"}.isdisjoint(request.headers)


def test_an_address_may_stand_for_the_host(receiver):
    assert send(receiver.url("/events", "https")).status == 204


@pytest.mark.parametrize(
    ("status", "is_success"), [(200, True), (202, True), (299, True), (400, False), (410, False), (500, False)]
)
def test_only_2xx_is_success(receiver, url, status, is_success):
    receiver.pages["/events"] = Page(b"said so", status=status)

    pushed = send(url)

    assert (pushed.status, pushed.is_success, pushed.body) == (status, is_success, b"said so")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(receiver, url, status):
    receiver.pages["/events"] = redirect("/other", status)
    receiver.pages["/other"] = Page()

    assert (send(url).status, len(receiver.requests)) == (status, 1)


# Who it is


def test_a_certificate_of_another_name_is_refused(receiver, url, authority, tmp_path):
    with WebServer(tmp_path, certificate=authority.certify("other.example.com")) as other:
        assert send(other.url("/", "https", NAME)).problem == "certificate"
        assert send(other.url("/", "https")).problem == "certificate"
        assert other.requests == []


def test_a_certificate_that_has_expired_is_refused(receiver, authority, tmp_path):
    with WebServer(tmp_path, certificate=authority.certify(NAME, ends=-timedelta(days=1))) as expired:
        assert send(expired.url("/", "https", NAME)).problem == "certificate"


def test_a_certificate_that_nobody_trusts_is_refused(receiver, tmp_path):
    with WebServer(tmp_path) as unknown:
        assert send(unknown.url("/", "https", NAME)).problem == "certificate"
        assert unknown.requests == []


def test_without_tls_nothing_is_sent(receiver, settings):
    url = receiver.url("/events", "http", NAME)

    assert send(url).problem == "not-https"
    settings.PUSH_SCHEMES = ("https", "http")
    assert send(url).status == 204


# Where it is


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "[::ffff:127.0.0.2]", "0", "127.1", "inside.example.com"],
)
def test_an_address_inside_is_refused(receiver, dns_server, host):
    dns_server.zone["A", "inside.example.com"] = ["127.0.0.1"]

    assert send(f"https://{host}:{receiver.ports['https']}/events").problem == "refused-address"


def test_the_address_is_the_one_that_was_judged(receiver, url, dns_server, authority, tmp_path, monkeypatch):
    """DNS says something else as soon as it was asked (DNS rebinding); nobody asks again."""
    monkeypatch.setattr("socket.getaddrinfo", None)
    judged = push.egress.addresses

    async def addresses(host):
        got = await judged(host)
        dns_server.zone["A", NAME] = ["127.0.0.1"]
        return got

    monkeypatch.setattr(push.egress, "addresses", addresses)
    with WebServer(tmp_path, host="127.0.0.1", certificate=authority.certify(NAME)) as inside:
        assert send(url).status == 204
        assert send(url).problem == "refused-address"
        assert inside.requests == []


def test_problems_of_dns_are_told(receiver, dns_server):
    dns_server.fails["broken.example.com"] = "SERVFAIL"

    assert send("https://nowhere.example.com/").problem == "no-address"
    assert send("https://broken.example.com/").problem == "dns"


def test_silence_of_dns_is_told_as_such(receiver, url, dns_server, hurry):
    dns_server.fails[NAME] = "silent"

    assert send(url).problem == "dns"


def test_a_server_that_is_not_there_is_told(receiver):
    assert send(f"https://{NAME}:{closed_port()}/").problem == "connect"


# Bounds


def test_a_server_that_never_answers_is_given_up(receiver, url, hurry):
    receiver.pages["/events"] = Page(drips=5)
    begun = time.monotonic()

    assert send(url).problem == "timeout"
    assert time.monotonic() - begun < 4


def test_a_head_that_drips_is_given_up(receiver, url, hurry):
    receiver.pages["/events"] = Page(drips=0.05)
    begun = time.monotonic()

    assert send(url).problem == "timeout"
    assert time.monotonic() - begun < 4


def test_once_the_status_has_come_a_dripping_or_broken_body_changes_nothing(receiver, url, hurry):
    receiver.pages["/events"] = Page(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello")

    pushed = send(url)

    assert (pushed.is_success, pushed.body) == (True, b"hello")


@pytest.mark.parametrize("status", [200, 500])
def test_of_an_endless_answer_the_beginning_is_read(receiver, url, status):
    receiver.pages["/events"] = Page(b"x" * 1000, status=status, is_endless=True)
    begun = time.monotonic()

    pushed = send(url)

    assert (pushed.status, len(pushed.body)) == (status, push.MOST_READ)
    assert time.monotonic() - begun < 5


def test_what_is_packed_is_not_unpacked(receiver, url):
    receiver.pages["/events"] = gzip_bomb(20)

    assert send(url).body[:2] == b"\x1f\x8b"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 -1 OK\r\n\r\n",
        b"HTTP/1.1 abc\x1b[0m\x07\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    ],
)
def test_what_is_no_http_is_told(receiver, url, raw):
    receiver.pages["/events"] = Page(raw=raw)

    assert send(url).problem == "protocol"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=60),
    st.sampled_from([b"", b"HTTP/1.1 ", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"]),
)
def test_no_bytes_of_a_server_raise(receiver, url, hurry, raw, start):
    receiver.pages["/events"] = Page(raw=start + raw)

    send(url)


@settings(deadline=None)
@given(st.text(max_size=40))
def test_no_url_raises(text):
    tls = ssl.create_default_context()
    for url in (text, f"https://{text}", f"https://127.0.0.1{text}"):
        pushed = outside.run(lambda url=url: push.push(url, b"", {}, tls=tls))

        assert pushed.status == 0
        assert pushed.problem


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "not-https"),
        ("hooks.example.com/x", "not-https"),
        ("http://hooks.example.com/", "not-https"),
        ("ftp://hooks.example.com/", "not-https"),
        ("https://", "bad-url"),
        ("https:///x", "bad-url"),
        ("https://hooks.example.com:0/", "bad-url"),
        ("https://hooks.example.com:99999/", "bad-url"),
        ("https://[::1", "bad-url"),
        ("https://hooks.example.com/" + "x" * 2000, "bad-url"),
        ("https://hooks.example.com/\u202e", "bad-url"),
        ("https://user@hooks.example.com/", "names-user"),
        ("https://:secret@hooks.example.com/", "names-user"),
        ("https://hooks.example.com/#part", "fragment"),
        ("https://hooks.example.com/#", "fragment"),
    ],
)
def test_a_url_that_is_none_to_send_to_is_told(url, code):
    with pytest.raises(Problem) as problem:
        push.read_target(url)

    assert problem.value.code == code


def test_the_port_of_a_url_is_free(receiver, url):
    assert push.read_target(url).port == receiver.ports["https"]
    assert push.read_target(f"https://{HOST}/").port == 443
