"""Fetching from strangers' web servers: redirects, addresses, bytes and seconds have bounds, and nothing raises."""

import asyncio
import gc
import gzip
import time
import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sslportal.kit import fetch as kit_fetch
from sslportal.kit.fetch import fetch, fetch_now
from tests.dns_server import closed_port
from tests.web_server import HOST, Page, WebServer, gzip_bomb, redirect

FILE = "/.well-known/pki-validation/file.txt"


@pytest.fixture
def site(web_server, dns_server):
    """www.example.com is on the web server."""
    dns_server.zone["A", "www.example.com"] = [HOST]
    web_server.pages[FILE] = Page(b"token\n")
    return web_server


@pytest.fixture
def hurry(monkeypatch):
    monkeypatch.setattr(kit_fetch, "WHOLE_SECONDS", 0.6)
    monkeypatch.setattr(kit_fetch, "CONNECT_SECONDS", 0.3)


def problem(url, **more):
    fetched = fetch_now(url, **more)
    assert fetched.body == b""
    assert fetched.detail.isprintable()
    assert 0 < len(fetched.detail) <= 300
    return fetched.problem


# A file


def test_a_file_is_fetched(site):
    url = f"http://www.example.com{FILE}"

    fetched = fetch_now(url)

    assert (fetched.status, fetched.body, fetched.problem, fetched.detail) == (200, b"token\n", "", "")
    assert (fetched.url, fetched.hops, fetched.asked) == (url, (url,), f"{HOST}:{site.ports['http']}")


def test_the_request_says_who_asks_for_what_and_no_more(site, settings):
    settings.PORTAL_BRAND = "Example CA"

    fetch_now(f"http://www.example.com{FILE}?a=b%20c#fragment")

    (request,) = site.requests
    assert (request.method, request.path) == ("GET", f"{FILE}?a=b%20c")
    assert request.headers == {
        "host": f"www.example.com:{site.ports['http']}",
        "user-agent": "Example CA domain validation",
        "accept": "*/*",
        "accept-encoding": "identity",
        "connection": "close",
    }


def test_the_usual_port_is_not_named(site, settings):
    """As far as that can be tested where port 80 may not be had."""
    target = kit_fetch._target("http://www.example.com/x", "bad-url").with_port(80)

    assert kit_fetch._headers(target)["Host"] == "www.example.com"


def test_https_is_fetched_whoever_signed_the_certificate(site):
    fetched = fetch_now(f"https://www.example.com{FILE}")

    assert (fetched.problem, fetched.body, fetched.asked) == ("", b"token\n", f"{HOST}:{site.ports['https']}")
    assert [(request.scheme, request.sni) for request in site.requests] == [("https", "www.example.com")]


def test_a_name_with_a_final_dot_is_the_same_host(site):
    fetched = fetch_now(f"https://www.example.com.{FILE}")

    assert (fetched.problem, site.requests[0].sni) == ("", "www.example.com")
    assert site.requests[0].headers["host"] == f"www.example.com:{site.ports['https']}"


def test_an_address_is_fetched_from(site):
    for scheme in ("http", "https"):
        assert fetch_now(f"{scheme}://{HOST}{FILE}").body == b"token\n"
    assert [request.sni for request in site.requests] == ["", ""]


def test_an_internationalized_name_is_asked_by_its_a_labels(site, dns_server):
    dns_server.zone["A", "xn--r8jz45g.example.com"] = [HOST]

    fetched = fetch_now(f"http://例え.example.com{FILE}")

    assert (fetched.problem, fetched.hops) == ("", (f"http://xn--r8jz45g.example.com{FILE}",))


@pytest.mark.parametrize(("status", "body"), [(200, b"token"), (203, b"token"), (204, b""), (206, b"token")])
def test_any_2xx_will_do(site, status, body):
    site.pages[FILE] = Page(body, status=status)

    fetched = fetch_now(f"http://www.example.com{FILE}")

    assert (fetched.problem, fetched.status, fetched.body) == ("", status, body)


@pytest.mark.parametrize("status", [400, 401, 404, 410, 500, 503, 999])
def test_any_other_status_is_a_problem(site, status):
    site.pages[FILE] = Page(b"token", status=status)

    assert problem(f"http://www.example.com{FILE}") == "status"
    assert fetch_now(f"http://www.example.com{FILE}").status == status


def test_a_file_without_a_length_ends_with_the_connection(site):
    site.pages[FILE] = Page(b"token", has_length=False)

    assert fetch_now(f"http://www.example.com{FILE}").body == b"token"


def test_a_file_in_chunks_is_joined(site):
    site.pages[FILE] = Page(
        b"2\r\nto\r\n3\r\nken\r\n0\r\n\r\n", headers=(("Transfer-Encoding", "chunked"),), has_length=False
    )

    assert fetch_now(f"http://www.example.com{FILE}").body == b"token"


def test_no_cookie_is_kept(site):
    site.pages["/a"] = Page(status=302, headers=(("Location", FILE), ("Set-Cookie", "a=b")))

    assert fetch_now("http://www.example.com/a").problem == ""
    assert "cookie" not in site.requests[1].headers


def test_proxies_of_the_environment_are_not_used(site, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")

    assert fetch_now(f"http://www.example.com{FILE}").problem == ""


# Redirects


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_followed(site, status):
    site.pages["/old"] = redirect(f"https://www.example.com{FILE}", status)

    fetched = fetch_now("http://www.example.com/old")

    assert (fetched.problem, fetched.body, fetched.status) == ("", b"token\n", 200)
    assert fetched.hops == ("http://www.example.com/old", f"https://www.example.com{FILE}")
    assert (fetched.url, fetched.asked) == (fetched.hops[1], f"{HOST}:{site.ports['https']}")


@pytest.mark.parametrize(
    ("to", "end"),
    [
        (FILE, f"http://www.example.com{FILE}"),
        ("file.txt", f"http://www.example.com{FILE}"),
        (f"//www.example.com{FILE}", f"http://www.example.com{FILE}"),
        (f"HTTP://WWW.example.com{FILE}#x", f"http://www.example.com{FILE}"),
    ],
)
def test_a_redirect_may_be_relative(site, to, end):
    site.pages["/.well-known/pki-validation/old"] = redirect(to)

    fetched = fetch_now("http://www.example.com/.well-known/pki-validation/old")

    assert (fetched.problem, fetched.url) == ("", end)


@pytest.mark.parametrize("status", [300, 303, 304, 305, 306, 309])
def test_no_other_redirect_is_followed(site, status):
    site.pages["/old"] = redirect(FILE, status)

    assert problem("http://www.example.com/old") == "bad-redirect"
    assert len(site.requests) == 1


@pytest.mark.parametrize(
    "to",
    [
        *(
            "file:///etc/passwd",
            "ftp://www.example.com/x",
            "gopher://www.example.com/",
            "javascript:alert(1)",
            "data:,token",
        ),
        *(
            "http://www.example.com:8080/",
            "http://www.example.com:22/",
            "https://www.example.com:0/",
            "http://h:99999/",
        ),
        *("http://user@www.example.com/", "http://user:secret@www.example.com/", "http://:x@www.example.com/"),
        *(
            "http:///x",
            "http://",
            "http:",
            "https://[::1",
            "http://www.example.com\\@127.0.0.1/",
            "http://x/" + "y" * 2000,
        ),
        *("unix:///run/redis.sock", "http://exa\u2028mple.com/", "\u202ehttp://x/"),
    ],
)
def test_where_a_redirect_may_not_lead(site, to):
    site.pages["/old"] = redirect(to)

    fetched = fetch_now("http://www.example.com/old")

    assert (fetched.problem, fetched.hops) == ("bad-redirect", ("http://www.example.com/old",))
    assert (fetched.body, fetched.detail.isprintable(), len(site.requests)) == (b"", True, 1)


@pytest.mark.parametrize(
    "to",
    [
        *(
            "http://127.0.0.1/",
            "http://169.254.169.254/latest/meta-data/",
            "http://[::1]/",
            "http://10.0.0.1/",
            "http://0/",
        ),
        *("http://2130706433/", "http://0x7f000001/", "http://127.1/", "http://0177.0.0.1/", "http://１２７.0.0.1/"),
        *("http://[::ffff:127.0.0.1]/", "http://[::ffff:127.0.0.2]/", "http://[64:ff9b::7f00:1]/", "http://127.0.0.3/"),
        *("http://inside.example.com/", "http://[fe80::1%25lo]/"),
    ],
)
def test_a_redirect_inside_is_refused(site, dns_server, to):
    dns_server.zone["A", "inside.example.com"] = ["127.0.0.1"]
    dns_server.zone["AAAA", "inside.example.com"] = ["::1"]
    site.pages["/old"] = redirect(to)

    fetched = fetch_now("http://www.example.com/old")

    assert (fetched.problem, len(fetched.hops), fetched.asked, fetched.status) == ("refused-address", 2, "", 0)


def test_every_hop_is_resolved_anew(site, dns_server):
    site.pages["/old"] = redirect(FILE)

    fetch_now("http://www.example.com/old")

    assert dns_server.asked("A", "www.example.com") == 2


def test_five_redirects_are_followed_and_no_more(site):
    for number in range(6):
        site.pages[f"/{number}"] = redirect(f"/{number + 1}")
    site.pages["/6"] = Page(b"token")

    assert (fetch_now("http://www.example.com/1").body, len(site.requests)) == (b"token", 6)
    site.requests.clear()
    assert (problem("http://www.example.com/0"), len(site.requests)) == ("too-many-redirects", 6)


def test_a_loop_of_redirects_ends(site):
    site.pages["/a"], site.pages["/b"] = redirect("/b"), redirect("/a")

    assert (problem("http://www.example.com/a"), len(site.requests)) == ("too-many-redirects", 6)


@pytest.mark.parametrize("headers", [(), (("Location", FILE), ("Location", "/other"))])
def test_a_redirect_without_one_location_leads_nowhere(site, headers):
    site.pages["/old"] = Page(status=302, headers=headers)

    assert problem("http://www.example.com/old") == "bad-redirect"


def test_ports_that_the_rules_name_may_be_named(site):
    assert fetch_now(f"http://{HOST}:80/").asked == f"{HOST}:80"  # whoever answers there
    assert fetch_now(site.url(FILE)).body == b"token\n"


# What is not asked at all


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "x",
            "www.example.com",
            "//www.example.com/",
            "file:///etc/passwd",
            "http://www.example.com:8080/",
            "http://",
        ),
        *(
            "http://a@www.example.com/",
            "http://www.example.com/\n",
            "http://www.example.com\x00/",
            "http://[::1",
            "\udc80",
        ),
    ],
)
def test_a_bad_url_is_not_asked(site, url):
    fetched = fetch_now(url)

    assert (fetched.problem, fetched.hops, fetched.url.isprintable()) == ("bad-url", (), True)
    assert site.requests == []


def test_problems_of_dns_are_told(site, dns_server):
    dns_server.fails["broken.example.com"] = "SERVFAIL"
    dns_server.zone["A", "inside.example.com"] = ["127.0.0.1"]

    assert problem("http://nowhere.example.com/") == "no-address"
    assert problem("http://broken.example.com/") == "dns"
    assert problem("http://a..b/") == "dns"
    assert problem("http://inside.example.com/") == "refused-address"


def test_silence_of_dns_is_told_as_such(site, dns_server, hurry):
    dns_server.fails["www.example.com"] = "silent"

    assert problem("http://www.example.com/") == "dns"


# Connecting


def test_a_server_that_is_not_there_is_told(site, settings):
    settings.VALIDATION_PORTS = {"http": closed_port(), "https": closed_port()}

    for scheme in ("http", "https"):
        assert problem(f"{scheme}://www.example.com/") == "connect"


def test_the_next_address_is_tried(site, dns_server, settings):
    settings.EGRESS_NETWORKS = ["127.0.0.2/32", "127.0.0.5/32", "::1/128"]
    dns_server.zone["A", "www.example.com"] = ["127.0.0.5"]  # nobody
    dns_server.zone["A", "other.example.com"] = [HOST, "127.0.0.5"]

    only = fetch_now(f"http://www.example.com{FILE}")
    both = [fetch_now(f"http://other.example.com{FILE}") for _ in range(4)]  # in whatever order DNS tells them

    assert (only.problem, only.asked) == ("connect", f"127.0.0.5:{site.ports['http']}")
    assert [fetched.body for fetched in both] == [b"token\n"] * 4


def test_a_server_without_tls_is_told(site, settings, hurry):
    settings.VALIDATION_PORTS = {"http": site.ports["https"], "https": site.ports["http"]}

    assert problem(f"https://www.example.com{FILE}") in {"connect", "protocol"}
    assert problem(f"http://www.example.com{FILE}") in {"connect", "protocol"}


def test_a_server_that_never_answers_is_given_up(site, hurry):
    site.pages["/slow"] = Page(b"token", drips=5)
    begun = time.monotonic()

    assert problem("http://www.example.com/slow") == "timeout"
    assert time.monotonic() - begun < 2


# Bounds


@pytest.mark.parametrize(
    "dripping", [Page(b"token" * 100, drips=0.05), Page(raw=b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 100, drips=0.05)]
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_that_drips_is_given_up(site, hurry, dripping, scheme):
    site.pages["/drip"] = dripping
    begun = time.monotonic()

    assert problem(f"{scheme}://www.example.com/drip") == "timeout"
    assert time.monotonic() - begun < 2


def test_a_chain_of_slow_redirects_is_given_up(site, hurry):
    site.pages["/a"] = Page(status=302, headers=(("Location", "/a"),), drips=0.004)
    begun = time.monotonic()

    assert problem("http://www.example.com/a") == "timeout"
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_endless_file_is_cut_off(site, scheme):
    site.pages["/endless"] = Page(b"x" * 4096, is_endless=True)
    begun = time.monotonic()

    assert problem(f"{scheme}://www.example.com/endless") == "too-long"
    assert time.monotonic() - begun < 2


def test_the_largest_file_is_taken_and_not_a_byte_more(site):
    site.pages["/file"] = Page(b"x" * 1000)

    assert len(fetch_now("http://www.example.com/file", largest=1000).body) == 1000
    assert problem("http://www.example.com/file", largest=999) == "too-long"


def test_what_is_packed_is_not_unpacked(site):
    site.pages["/bomb"], site.pages["/small"] = (
        gzip_bomb(20),
        Page(gzip.compress(b"x"), headers=(("Content-Encoding", "gzip"),)),
    )

    fetched = fetch_now("http://www.example.com/bomb")

    assert (fetched.problem, len(fetched.body) < 65536, fetched.body[:2]) == ("", True, b"\x1f\x8b")
    assert gzip.decompress(fetch_now("http://www.example.com/small").body) == b"x"


def test_a_body_of_a_failure_is_not_read(site):
    site.pages["/error"] = Page(b"x" * 4096, status=500, is_endless=True)

    assert problem("http://www.example.com/error") == "status"


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % number for number in range(5000)) + b"\r\ntoken",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\ntoken",
        b"HTTP/1.1 200 " + b"y" * 100_000 + b"\r\n\r\ntoken",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\ntoken",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\ntoken",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\ntoken",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\ntoken",
        b"HTTP/1.1 200 OK\r\nA\x00B: c\r\n\r\ntoken",
        b"HTTP/1.1 2000 OK\r\n\r\ntoken",
        b"HTTP/1.1 -1 OK\r\n\r\ntoken",
        b"\r\n\r\n",
        b"",
        b"token",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x16\x03\x01\x00\x05hello",
    ],
)
def test_what_is_no_http_is_told(site, raw):
    site.pages["/raw"] = Page(raw=raw)

    assert problem("http://www.example.com/raw") == "protocol"


def test_an_endless_head_is_cut_off(site):
    site.pages["/head"] = Page(b"X: y\r\n" * 100, raw=b"HTTP/1.1 200 OK\r\n", is_endless=True)
    begun = time.monotonic()

    assert problem("http://www.example.com/head") == "protocol"
    assert time.monotonic() - begun < 2


def test_endless_answers_before_the_answer_are_given_up(site, hurry):
    site.pages["/continue"] = Page(b"HTTP/1.1 100 Continue\r\n\r\n", raw=b"", is_endless=True)

    assert problem("http://www.example.com/continue") in {"timeout", "protocol"}


def test_words_of_the_server_are_made_printable(site):
    site.pages["/a"] = redirect("ftp://x/\x1b[31m\u202e" + "y" * 500)
    site.pages["/b"] = Page(raw=b"HTTP/1.1 abc\x1b[0m\x07\r\n\r\n")

    assert problem("http://www.example.com/a") in {"bad-redirect", "protocol"}
    assert problem("http://www.example.com/b") == "protocol"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=60),
    st.sampled_from([b"", b"HTTP/1.1 ", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 302 OK\r\nLocation: "]),
)
def test_no_bytes_of_a_server_raise(site, raw, start):
    site.pages["/raw"] = Page(raw=start + raw)

    fetched = fetch_now("http://www.example.com/raw")

    assert fetched.detail.isprintable()
    assert all(hop.isprintable() for hop in fetched.hops)


@given(st.text(max_size=40))
def test_no_url_raises(text):
    for url in (text, f"http://{text}", f"http://127.0.0.1{text}"):
        fetched = fetch_now(url)

        assert fetched.problem in {"bad-url", "dns", "no-address", "refused-address"}
        assert fetched.detail.isprintable()


# Around


def test_a_caller_inside_a_loop_may_fetch_too(site):
    async def inside():
        return fetch_now(f"http://www.example.com{FILE}"), await fetch(f"http://www.example.com{FILE}")

    assert [fetched.body for fetched in asyncio.run(inside())] == [b"token\n"] * 2


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_socket_stays_open(site, scheme, hurry):
    site.pages["/endless"], site.pages["/slow"] = Page(b"x" * 4096, is_endless=True), Page(drips=5)

    async def give_up():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(fetch(f"{scheme}://www.example.com/slow"), 0.2)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fetch_now(f"{scheme}://www.example.com/endless")
        fetch_now(f"{scheme}://www.example.com/slow")
        asyncio.run(give_up())
        gc.collect()


def test_the_address_is_the_one_that_was_judged(site, dns_server, tmp_path, monkeypatch):
    """DNS says something else as soon as it was asked (DNS rebinding); nobody asks again."""
    monkeypatch.setattr("socket.getaddrinfo", None)
    with WebServer(tmp_path, host="127.0.0.1") as inside:
        inside.pages[FILE] = Page(b"secret")
        judged = kit_fetch.egress.addresses

        async def addresses(host):
            got = await judged(host)
            dns_server.zone["A", "www.example.com"] = ["127.0.0.1"]
            return got

        monkeypatch.setattr(kit_fetch.egress, "addresses", addresses)

        assert fetch_now(f"http://www.example.com{FILE}").body == b"token\n"
        assert fetch_now(f"http://www.example.com{FILE}").problem == "refused-address"
        assert inside.requests == []
