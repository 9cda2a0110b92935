"""Fetching a file from a web server that a stranger names: every hop judged anew, every byte and second counted."""

from asyncio import timeout
from dataclasses import dataclass, field

import aiohttp
from django.conf import settings
from yarl import URL

from sslportal.kit import egress, http_exchange, outside
from sslportal.kit.http_exchange import Problem, Question
from sslportal.kit.outside import printable

WHOLE_SECONDS = 10.0  # however slowly the server drips
CONNECT_SECONDS = 5.0
MOST_REDIRECTS = 5
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


@dataclass
class _Way:
    """How far we came."""

    largest: int
    hops: list[str] = field(default_factory=list)
    asked: str = ""  # empty while DNS is asked for the addresses of the last hop
    status: int = 0

    def trying(self, server: str) -> None:
        self.asked = server


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
    except Problem as error:
        problem, detail = error.code, printable(error.detail)
    except TimeoutError:
        problem, detail = "timeout" if way.asked else "dns", f"not finished within {WHOLE_SECONDS:g} s"
    last = way.hops[-1] if way.hops else printable(url)
    return Fetched(last, way.asked, tuple(way.hops), way.status, body, problem, detail)


def fetch_now(url: str, *, largest: int = 64 * 1024) -> Fetched:
    """The same, for callers without a loop."""
    return outside.run(lambda: fetch(url, largest=largest))


async def _follow(way: _Way, target: URL) -> bytes:
    """The body at the end of the redirects. Raises Problem."""
    for _ in range(MOST_REDIRECTS + 1):
        way.hops.append(str(target))
        way.asked, way.status = "", 0
        reply = await _get(way, target)
        if 200 <= way.status < 300:
            return reply.body
        target = _redirected(target, way.status, reply.locations)
    raise Problem("too-many-redirects", f"more than {MOST_REDIRECTS}")


def _target(text: str, code: str, base: URL | None = None) -> URL:
    """The URL, which may be relative to `base`. Raises Problem with the code for one that is not to be fetched."""
    try:
        url = http_exchange.read_url(text, base)
    except ValueError as error:
        raise Problem(code, str(error)) from error
    port = url.explicit_port
    if url.scheme not in {"http", "https"} or not url.raw_host:
        raise Problem(code, f"{text}: neither http nor https")
    if url.raw_user is not None or url.raw_password is not None:
        raise Problem(code, "the URL names a user")
    if port is not None and port not in PORTS | set(settings.VALIDATION_PORTS.values()):
        raise Problem(code, f"{text}: port {port} may not be used")
    return url.with_fragment(None)


def _redirected(target: URL, status: int, locations: list[str]) -> URL:
    """Where the answer leads. Raises Problem where that is nowhere."""
    if not 300 <= status < 400:
        raise Problem("status", f"HTTP status {status}")
    if status not in REDIRECTS:
        raise Problem("bad-redirect", f"HTTP status {status} is none of the redirects that may be followed")
    if len(locations) != 1:
        raise Problem("bad-redirect", f"HTTP status {status} with {len(locations)} Location headers")
    return _target(locations[0], "bad-redirect", target)


async def _get(way: _Way, target: URL) -> _Reply:
    """One request, to the first address that takes the connection. Raises Problem.

    Nobody's certificate is verified: whoever confirms a domain has none yet, and the rules do not ask for it
    (BR 3.2.2.4.18).
    """
    target = target.with_port(target.explicit_port or settings.VALIDATION_PORTS[target.scheme])
    try:
        found = await egress.addresses(target.raw_host or "")
    except egress.EgressRefused as refused:
        raise http_exchange.refusal(refused) from refused
    question = Question("GET", target, _headers(target), tls=False)
    async with http_exchange.asked(question, found, connect_seconds=CONNECT_SECONDS, trying=way.trying) as response:
        way.status = response.status
        is_success = 200 <= response.status < 300
        body = await _body(response, way.largest) if is_success else b""
        return _Reply(response.headers.getall("Location", []), body)


def _headers(target: URL) -> dict[str, str]:
    return http_exchange.headers(target, "domain validation")


async def _body(response: aiohttp.ClientResponse, largest: int) -> bytes:
    body = b""
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > largest:
            raise Problem("too-long", f"more than {largest} bytes")
    return body
