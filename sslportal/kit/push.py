"""Sending to a web server that a customer names: one POST to what the guard lets pass, over TLS that is verified."""

import ssl
from asyncio import timeout
from dataclasses import dataclass

import aiohttp
from django.conf import settings
from yarl import URL

from sslportal.kit import egress, http_exchange, outside
from sslportal.kit.http_exchange import Problem, Question
from sslportal.kit.outside import printable

WHOLE_SECONDS = 10.0  # for one POST, however slowly the server drips
CONNECT_SECONDS = 5.0
CHECK_SECONDS = 5.0  # for which somebody waits who enters a URL
MOST_READ = 64 * 1024  # bytes of the answer


@dataclass(frozen=True)
class Pushed:
    """What came of sending. `status` is that of the answer, or 0 where there was none that could be read.

    Then `problem` says why: one of `read_target`, or "dns", "no-address", "refused-address", "connect", "certificate",
    "timeout", "protocol"; `detail` is technical English, printable, at most 300 characters. `body` is what came of the answer's
    body in its time, MOST_READ bytes at most.
    """

    status: int = 0
    body: bytes = b""
    problem: str = ""
    detail: str = ""

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


@dataclass
class _Way:
    """How far we came."""

    server: str = ""  # empty while DNS is asked
    status: int = 0
    body: bytes = b""

    def trying(self, server: str) -> None:
        self.server = server


def trusted() -> ssl.SSLContext:
    """Whom to believe: the system's authorities, or those that the environment's SSL_CERT_FILE names."""
    return ssl.create_default_context()


def read_target(text: str) -> URL:
    """The URL, if it is one to send to. Raises Problem: "bad-url", "not-https", "names-user", "fragment"."""
    try:
        url = http_exchange.read_url(text)
    except ValueError as error:
        raise Problem("bad-url", str(error)) from error
    if url.scheme not in settings.PUSH_SCHEMES:
        raise Problem("not-https", f"{text}: {url.scheme or 'no scheme'}")
    if not url.raw_host or url.explicit_port == 0:
        raise Problem("bad-url", f"{text}: no host, or no port that there is")
    if url.raw_user is not None or url.raw_password is not None:
        raise Problem("names-user", "the URL names a user")
    if "#" in text:
        raise Problem("fragment", f"{text}: what follows # is never sent")
    return url


def check_now(url: str) -> None:
    """Whether it is a URL to send to, at an address that may be connected to now. Raises Problem."""
    outside.run(lambda: _check(url))


async def _check(url: str) -> None:
    target = read_target(url)
    try:
        async with timeout(CHECK_SECONDS):
            await _addresses(target)
    except TimeoutError:
        raise Problem("dns", f"not finished within {CHECK_SECONDS:g} s") from None


async def _addresses(target: URL) -> list[str]:
    try:
        return await egress.addresses(target.raw_host or "")
    except egress.EgressRefused as refused:
        raise http_exchange.refusal(refused) from refused


async def push(url: str, body: bytes, headers: dict[str, str], *, tls: ssl.SSLContext) -> Pushed:
    """POST the body, with the headers beside the usual ones. Never raises for what comes from outside.

    Once a status has come, that is the answer, whatever becomes of its body.
    """
    way = _Way()
    problem, detail = "", ""
    try:
        async with timeout(WHOLE_SECONDS):
            await _post(way, read_target(url), body, headers, tls)
    except Problem as error:
        problem, detail = error.code, printable(error.detail)
    except TimeoutError:
        problem, detail = "timeout" if way.server else "dns", f"not finished within {WHOLE_SECONDS:g} s"
    if way.status:
        problem, detail = "", ""
    return Pushed(way.status, way.body, problem, detail)


async def _post(way: _Way, target: URL, body: bytes, headers: dict[str, str], tls: ssl.SSLContext) -> None:
    """Send and read as far as it goes. Raises Problem."""
    found = await _addresses(target)
    usual = http_exchange.headers(target, "webhook")
    question = Question("POST", target, {**usual, **headers}, tls=tls, data=body)
    async with http_exchange.asked(question, found, connect_seconds=CONNECT_SECONDS, trying=way.trying) as response:
        way.status = response.status
        await _read(way, response)


async def _read(way: _Way, response: aiohttp.ClientResponse) -> None:
    async for piece in response.content.iter_any():
        way.body = (way.body + piece)[:MOST_READ]
        if len(way.body) == MOST_READ:
            return
