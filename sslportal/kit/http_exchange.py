"""One HTTP request to a host that a stranger names, sent to the very addresses that the guard has let pass."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp.connector import Connection
from django.conf import settings
from yarl import URL

from sslportal.kit.egress import EgressRefused
from sslportal.kit.outside import Server

MOST_ADDRESSES = 4  # that are tried: more would help nobody but those who want strangers' doors tried by us
MOST_URL = 2000  # characters


class Problem(Exception):
    """What went wrong: a code of whoever asks, and technical English."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


class _NoConnection(Exception):
    """Nothing was sent yet: the next address may be tried."""


def read_url(text: str, base: URL | None = None) -> URL:
    """The URL, which may be relative to `base`; what may be asked of whom, the caller judges. Raises ValueError."""
    if len(text) > MOST_URL:
        raise ValueError(f"the URL has more than {MOST_URL} characters")
    if not text.isprintable():
        raise ValueError(f"{text}: not printable")
    try:
        url = URL(text)
        if base and not url.scheme:  # with one it is never relative (RFC 3986 5.2.2), though yarl would join it
            url = base.join(url)
        url.explicit_port, url.raw_host  # noqa: B018  # these raise too
    except ValueError as error:
        raise ValueError(f"{text}: {error}") from error
    return url


def headers(target: URL, agent: str) -> dict[str, str]:
    """What every request says: the host, by name although the URL has its address; who asks; that nothing be packed."""
    return {
        "Host": target.host_port_subcomponent or "",
        "User-Agent": f"{settings.PORTAL_BRAND} {agent}",
        "Accept-Encoding": "identity",
    }


def refusal(refused: EgressRefused) -> Problem:
    """What the guard says, as a problem: "dns", "no-address" or "refused-address"."""
    code = {"not-public": "refused-address"}.get(refused.code, refused.code)
    return Problem(code, f"{refused.host}: {refused.detail}")


@dataclass(frozen=True)
class Question:
    """What is asked: `target` names host and port; `tls` is False where nobody's certificate is verified."""

    method: str
    target: URL
    headers: dict[str, str]
    tls: ssl.SSLContext | bool
    data: bytes | None = None


@asynccontextmanager
async def asked(
    question: Question, addresses: list[str], *, connect_seconds: float, trying: Callable[[str], None]
) -> AsyncIterator[aiohttp.ClientResponse]:
    """The answer of the first of the addresses that takes the connection: its head is read, its body not yet.

    `trying` is told each server in turn, "192.0.2.1:80". Raises Problem, with "connect", "certificate" or "protocol",
    also for what goes wrong while the caller reads the body.
    """
    failures = []
    async with AsyncExitStack() as stack:
        for address in addresses[:MOST_ADDRESSES]:
            server = str(Server(address, question.target.port or 0))
            trying(server)
            try:
                response = await stack.enter_async_context(_asked(question, address, connect_seconds))
            except _NoConnection as error:
                failures.append(f"{server}: {error}")
                continue
            yield response
            return
    raise Problem("connect", "; ".join(failures))


@asynccontextmanager
async def _asked(question: Question, address: str, connect_seconds: float) -> AsyncIterator[aiohttp.ClientResponse]:
    """The answer of the server at the address. Raises Problem, and _NoConnection before anything was sent.

    The URL that is requested names the address, so that there is nothing to resolve; the host goes into the Host
    header, and with TLS into the SNI and what the server's certificate is compared with.
    """
    target = question.target
    with _told_as_problems(), _hanging_up(_Connector(ssl=question.tls, force_close=True)) as connector:
        async with (
            aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=connect_seconds),
                trust_env=False,
                auto_decompress=False,  # or a few bytes become gigabytes
            ) as session,
            session.request(
                question.method,
                target.with_host(address),
                headers=question.headers,
                data=question.data,
                server_hostname=target.raw_host,
                allow_redirects=False,
            ) as response,
        ):
            yield response


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
    except aiohttp.ClientConnectorCertificateError as error:
        raise Problem("certificate", _words(error.certificate_error)) from error
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise _NoConnection(_words(error)) from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise Problem("protocol", _words(error)) from error


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
