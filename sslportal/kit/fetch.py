"""Fetching a file from a web server that a stranger names: every hop judged anew, every byte and second counted."""

import asyncio
from asyncio import timeout
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp.connector import Connection
from django.conf import settings
from yarl import URL

from sslportal.kit import egress, outside
from sslportal.kit.outside import Server, printable

WHOLE_SECONDS = 10.0  # however slowly the server drips
CONNECT_SECONDS = 5.0
MOST_REDIRECTS = 5
MOST_ADDRESSES = 4  # that are tried: more would help nobody but those who want strangers' doors tried by us
MOST_URL = 2000  # characters
REDIRECTS = {301, 302, 307, 308}  # BR 3.2.2.4.18
PORTS = {80, 443}  # of the Authorized Ports of BR 1.6.1 those of the web


@dataclass(frozen=True)
class Fetched:
    """What came of fetching. `body` is the file where `problem` is empty, which says that a 2xx came, and else empty.

    `url` is the last one asked and `asked` its server, "192.0.2.1:80"; `hops` are all URLs in turn; `status` is 0 where
    the last server gave none. `problem` is one of "bad-url", "dns", "no-address", "refused-address", "connect",
    "timeout", "protocol", "status", "bad-redirect", "too-many-redirects", "too-long"; `detail` is technical English,
    printable, at most 300 characters.
    """

    url: str
    asked: str = ""
    hops: tuple[str, ...] = ()
    status: int = 0
    body: bytes = b""
    problem: str = ""
    detail: str = ""


class _Problem(Exception):
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


class _NoConnection(Exception):
    """Nothing was sent yet: the next address may be tried."""


@dataclass
class _Way:
    """How far we came."""

    largest: int
    hops: list[str] = field(default_factory=list)
    asked: str = ""  # empty while DNS is asked for the addresses of the last hop
    status: int = 0


@dataclass(frozen=True)
class _Reply:
    locations: list[str]
    body: bytes


async def fetch(url: str, *, largest: int = 64 * 1024) -> Fetched:
    """Fetch by the rules of BR 3.2.2.4.18, `largest` bytes at most. Never raises for what comes from outside."""
    way = _Way(largest)
    body, problem, detail = b"", "", ""
    try:
        async with timeout(WHOLE_SECONDS):
            body = await _follow(way, _target(url, "bad-url"))
    except _Problem as error:
        problem, detail = error.code, printable(error.detail)
    except TimeoutError:
        problem, detail = "timeout" if way.asked else "dns", f"not finished within {WHOLE_SECONDS:g} s"
    last = way.hops[-1] if way.hops else printable(url)
    return Fetched(last, way.asked, tuple(way.hops), way.status, body, problem, detail)


def fetch_now(url: str, *, largest: int = 64 * 1024) -> Fetched:
    """The same, for callers without a loop."""
    return outside.run(lambda: fetch(url, largest=largest))


async def _follow(way: _Way, target: URL) -> bytes:
    """The body at the end of the redirects. Raises _Problem."""
    for _ in range(MOST_REDIRECTS + 1):
        way.hops.append(str(target))
        way.asked, way.status = "", 0
        reply = await _get(way, target)
        if 200 <= way.status < 300:
            return reply.body
        target = _redirected(target, way.status, reply.locations)
    raise _Problem("too-many-redirects", f"more than {MOST_REDIRECTS}")


def _target(text: str, code: str, base: URL | None = None) -> URL:
    """The URL, which may be relative to `base`. Raises _Problem with the code for one that is not to be fetched."""
    if len(text) > MOST_URL:
        raise _Problem(code, f"the URL has more than {MOST_URL} characters")
    if not text.isprintable():
        raise _Problem(code, f"{text}: not printable")
    try:
        url = URL(text)
        if base and not url.scheme:  # with one it is never relative (RFC 3986 5.2.2), though yarl would join it
            url = base.join(url)
        port, host = url.explicit_port, url.raw_host
    except ValueError as error:
        raise _Problem(code, f"{text}: {error}") from error
    if url.scheme not in {"http", "https"} or not host:
        raise _Problem(code, f"{text}: neither http nor https")
    if url.raw_user is not None or url.raw_password is not None:
        raise _Problem(code, "the URL names a user")
    if port is not None and port not in PORTS | set(settings.VALIDATION_PORTS.values()):
        raise _Problem(code, f"{text}: port {port} may not be used")
    return url.with_fragment(None)


def _redirected(target: URL, status: int, locations: list[str]) -> URL:
    """Where the answer leads. Raises _Problem where that is nowhere."""
    if not 300 <= status < 400:
        raise _Problem("status", f"HTTP status {status}")
    if status not in REDIRECTS:
        raise _Problem("bad-redirect", f"HTTP status {status} is none of the redirects that may be followed")
    if len(locations) != 1:
        raise _Problem("bad-redirect", f"HTTP status {status} with {len(locations)} Location headers")
    return _target(locations[0], "bad-redirect", target)


async def _get(way: _Way, target: URL) -> _Reply:
    """One request, to the first address that takes the connection. Raises _Problem."""
    host, port = target.raw_host or "", target.explicit_port or settings.VALIDATION_PORTS[target.scheme]
    try:
        found = await egress.addresses(host)
    except egress.EgressRefused as refused:
        code = {"not-public": "refused-address"}.get(refused.code, refused.code)
        raise _Problem(code, f"{host}: {refused.detail}") from refused
    failures = []
    for address in found[:MOST_ADDRESSES]:
        way.asked = str(Server(address, port))
        try:
            return await _get_from(address, way, target.with_port(port))
        except _NoConnection as error:
            failures.append(f"{way.asked}: {error}")
    raise _Problem("connect", "; ".join(failures))


async def _get_from(address: str, way: _Way, target: URL) -> _Reply:
    """The reply of the server at the address. Raises _Problem, and _NoConnection before anything was sent.

    The URL that is requested names the address, so that there is nothing to resolve; the host goes into the Host
    header and the SNI. Nobody's certificate is verified: whoever confirms a domain has none yet, and the rules do not
    ask for it (BR 3.2.2.4.18).
    """
    with _told_as_problems(), _hanging_up(_Connector(ssl=False, force_close=True)) as connector:
        async with (
            aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
                trust_env=False,
                auto_decompress=False,  # or a few bytes become gigabytes
            ) as session,
            session.get(
                target.with_host(address),
                headers=_headers(target),
                server_hostname=target.raw_host,
                allow_redirects=False,
            ) as response,
        ):
            way.status = response.status
            is_success = 200 <= response.status < 300
            body = await _body(response, way.largest) if is_success else b""
            return _Reply(response.headers.getall("Location", []), body)


def _headers(target: URL) -> dict[str, str]:
    return {
        "Host": target.host_port_subcomponent or "",
        "User-Agent": f"{settings.PORTAL_BRAND} domain validation",
        "Accept-Encoding": "identity",
    }


async def _body(response: aiohttp.ClientResponse, largest: int) -> bytes:
    body = b""
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > largest:
            raise _Problem("too-long", f"more than {largest} bytes")
    return body


class _Connector(aiohttp.TCPConnector):
    """Keeps hold of the one connection that it makes."""

    transport: asyncio.Transport | None = None

    async def connect(self, *args: Any, **options: Any) -> Connection:
        connection = await super().connect(*args, **options)
        self.transport = connection.transport
        return connection


@contextmanager
def _hanging_up(connector: _Connector) -> Iterator[_Connector]:
    """Hang up in the end. Closing alone waits half a minute for a TLS server's goodbye, which may never come."""
    try:
        yield connector
    finally:
        if connector.transport:
            connector.transport.abort()


@contextmanager
def _told_as_problems() -> Iterator[None]:
    """What aiohttp raises, in our words. It also lets some ValueErrors of its parsers through."""
    try:
        yield
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise _NoConnection(_words(error)) from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise _Problem("protocol", _words(error)) from error


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
