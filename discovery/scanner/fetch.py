"""Fetching what a certificate names: an OCSP response by POST, a revocation list by GET.

The address is a stranger's choice, so that somebody could make this computer call what only it can reach. Refused are this
computer itself by any of its addresses, link-local addresses, and those at which clouds tell a machine its secrets; ports
below 1024 other than 80 and 443; and every redirect. Private networks are not refused: there an organization's own CA
answers. What remains is one request that cannot be shaped beyond its URL and the serial number in an OCSP request, and
whose answer only the portal sees.

Where the environment names a proxy it is used, and the name is the proxy's to resolve and to judge. Nobody's certificate is
verified: what comes is signed by the CA, and the portal verifies that.
"""

from __future__ import annotations

import asyncio
import base64
import http.client
import io
import ipaddress
import re
import socket
import ssl
import urllib.request
from typing import BinaryIO, Callable, NamedTuple
from urllib.parse import unquote, urlsplit

from discovery.scanner.names import Resolver, addresses
from discovery.scanner.results import Failure
from discovery.scanner.spans import unmapped
from discovery.scanner.wire import TimeIsUp, Wire

MOST_BYTES = 1_000_000  # of an answer
MOST_AROUND = 32_768  # of its head, and of what chunks have around them
SECONDS = 10.0  # in all
CONNECT_SECONDS = 3.0
MOST_ADDRESSES = 3  # of one host that are tried
LONGEST_URL = 2_000

TIMEOUT, UNREACHABLE, TOO_LARGE, MALFORMED = "timeout", "unreachable", "too-large", "malformed"
BAD_URL, FORBIDDEN = "bad-url", "forbidden-address"  # beside "http-404" and the like

_FORBIDDEN = [
    ipaddress.ip_network(text)
    for text in (
        *("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"),
        *("::/96", "fe80::/10", "fec0::/10", "ff00::/8"),
        *("2001::/32", "2002::/16"),  # Teredo and 6to4: IPv4 in disguise
        *("100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32", "fd00:ec2::254/128"),  # metadata of clouds
    )
]
_FORBIDDEN_NAMES = {
    "localhost",
    "metadata.google.internal",
    "metadata.goog",
}  # for a proxy, which asks no resolver of ours
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052
_HOST = re.compile(r"[a-z0-9_.-]{1,253}")
_LIKE_A_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # as the last label: what some systems read as an address


class Unanswered(Exception):
    """Why there is no answer: one of the codes above."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class Target(NamedTuple):
    """A URL in its parts."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def with_port(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def authority(self) -> str:
        """As it stands in a request."""
        is_usual = self.port == (443 if self.scheme == "https" else 80)
        return self.with_port.rpartition(":")[0] if is_usual else self.with_port

    @property
    def address(self) -> str:
        """If the host is one; else empty."""
        try:
            return str(ipaddress.ip_address(self.host))
        except ValueError:
            return ""


class Proxy(NamedTuple):
    """What stands between. `credentials` is a line of a head, or empty."""

    host: str
    port: int
    credentials: str = ""


def read_url(url: str) -> Target:
    """Raises Unanswered."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise Unanswered(BAD_URL) from None
    if port is None:
        port = 443 if parts.scheme == "https" else 80
    target = Target(parts.scheme, host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
    is_host = target.address or (_HOST.fullmatch(host) and not _LIKE_A_NUMBER.fullmatch(host.rpartition(".")[2]))
    is_plain = len(url) <= LONGEST_URL and re.fullmatch("[!-~]+", url) and not re.search("[@%]", parts.netloc)
    if parts.scheme not in ("http", "https") or not is_plain or not is_host:
        raise Unanswered(BAD_URL)
    if port not in (80, 443) and port < 1024:  # where servers of other kinds are
        raise Unanswered(BAD_URL)
    return target


def is_allowed(address: str) -> bool:
    """Whether it is not one of those at which nobody but this computer is to ask anything."""
    parsed = unmapped(ipaddress.ip_address(address.partition("%")[0]))
    if parsed in _NAT64:
        parsed = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
    return not any(parsed in network for network in _FORBIDDEN) and not _is_own(str(parsed))


def _is_own(address: str) -> bool:
    """Whether it is one of this computer's: then the way to it begins where it ends. Nothing is sent to find out."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as way:
            way.connect((address, 9))
            return str(way.getsockname()[0]) == address
    except OSError:  # there is no way to it
        return False


class Fetcher:
    """Fetches within limits. `may_call` judges each address. `close` it at the end."""

    def __init__(self, may_call: Callable[[str], bool] = is_allowed) -> None:
        self._may_call = may_call
        self._resolver = Resolver()
        self._proxies = urllib.request.getproxies()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._context.check_hostname = False
        self._context.verify_mode = ssl.CERT_NONE

    def close(self) -> None:
        self._resolver.close()

    async def fetch(self, url: str, body: bytes = b"") -> bytes:
        """The answer to a POST of the body, or to a GET where there is none. Raises Unanswered."""
        try:
            return await asyncio.wait_for(self._fetch(read_url(url), body), SECONDS)
        except (asyncio.TimeoutError, TimeIsUp):
            raise Unanswered(TIMEOUT) from None
        except (Failure, OSError):
            raise Unanswered(UNREACHABLE) from None
        except ValueError:  # a name that is none, to whoever resolves it or speaks TLS with it
            raise Unanswered(BAD_URL) from None

    async def _fetch(self, target: Target, body: bytes) -> bytes:
        proxy = await asyncio.get_running_loop().run_in_executor(None, self._proxy_for, target)
        wire = await self._connect(target, proxy)
        is_tls = target.scheme == "https"
        try:
            if proxy and is_tls:
                await _tunnel(wire, target, proxy)
            reader, writer = await asyncio.open_connection(
                sock=wire.socket,
                ssl=self._context if is_tls else None,
                server_hostname=(target.host if is_tls else None),
            )
        except BaseException:
            wire.close()
            raise
        try:
            writer.write(_request(target, body, None if is_tls else proxy))
            return body_of(await _all(reader))
        finally:
            writer.transport.abort()

    def _proxy_for(self, target: Target) -> Proxy | None:
        """Blocks: Windows may look into DNS for it."""
        url = self._proxies.get(target.scheme)
        if not url or urllib.request.proxy_bypass(target.with_port):
            return None
        parts = urlsplit(url if "://" in url else f"http://{url}")
        credentials = ""
        if parts.username:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            credentials = f"Proxy-Authorization: Basic {base64.b64encode(pair.encode()).decode()}\r\n"
        return Proxy(parts.hostname or "", parts.port or 80, credentials)

    async def _connect(self, target: Target, proxy: Proxy | None) -> Wire:
        """To one of the addresses that may be called, or to the proxy. Raises Unanswered, Failure, TimeIsUp, OSError."""
        if proxy:
            if not _may_be_named(target):
                raise Unanswered(FORBIDDEN)
            return await _first(await self._addresses(proxy.host), proxy.port)
        found = [target.address] if target.address else await self._addresses(target.host)
        allowed = [address for address in found if self._may_call(address)]
        if not allowed:
            raise Unanswered(FORBIDDEN)
        return await _first(allowed, target.port)

    async def _addresses(self, host: str) -> list[str]:
        return await addresses(self._resolver, host, SECONDS)


def _may_be_named(target: Target) -> bool:
    """To a proxy."""
    if target.address:
        return is_allowed(target.address)
    return target.host not in _FORBIDDEN_NAMES and not target.host.endswith(".localhost")


async def _first(listed: list[str], port: int) -> Wire:
    """The first that can be connected to."""
    for address in listed[:MOST_ADDRESSES]:
        wire = Wire(asyncio.get_running_loop(), address)
        wire.within(CONNECT_SECONDS)
        try:
            await wire.connect(port)
            return wire
        except Failure:
            wire.close()
        except BaseException:
            wire.close()
            raise
    raise Unanswered(UNREACHABLE)


async def _tunnel(wire: Wire, target: Target, proxy: Proxy) -> None:
    """Through the proxy to the target itself (RFC 9110, 9.3.6)."""
    wire.within(SECONDS)
    goal = target.with_port
    await wire.send(f"CONNECT {goal} HTTP/1.1\r\nHost: {goal}\r\n{proxy.credentials}\r\n".encode())
    heard = b""
    while b"\r\n\r\n" not in heard:
        more = await wire.receive()
        heard += more
        if not more or len(heard) > MOST_AROUND:
            raise Unanswered(MALFORMED)
    if not re.match(rb"HTTP/1\.[01] 2", heard):
        raise Unanswered(UNREACHABLE)


def _request(target: Target, body: bytes, proxy: Proxy | None) -> bytes:
    goal = f"{target.scheme}://{target.authority}{target.path}" if proxy else target.path
    lines = [f"{'POST' if body else 'GET'} {goal} HTTP/1.1", f"Host: {target.authority}"]
    lines += ["Connection: close", "Accept-Encoding: identity", "User-Agent: sslportal-scanner"]
    if body:
        lines += ["Content-Type: application/ocsp-request", f"Content-Length: {len(body)}"]
    credentials = proxy.credentials if proxy else ""
    return ("\r\n".join(lines) + f"\r\n{credentials}\r\n").encode("ascii") + body


async def _all(reader: asyncio.StreamReader) -> bytes:
    """Until the other side hangs up. Raises Unanswered."""
    data = bytearray()
    while piece := await reader.read(65_536):
        data += piece
        if len(data) > MOST_BYTES + MOST_AROUND:
            raise Unanswered(TOO_LARGE)
    return bytes(data)


class _Heard:
    """What came, in the form in which http.client wants it."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, mode: str) -> BinaryIO:
        return io.BytesIO(self._data)


def body_of(data: bytes) -> bytes:
    """The body of a response over HTTP, which is complete. Raises Unanswered."""
    response = http.client.HTTPResponse(_Heard(data))  # type: ignore[arg-type]
    try:
        response.begin()
        body = response.read()
    except Exception:  # of what is hostile it promises nothing: an enormous chunk is an OverflowError
        raise Unanswered(MALFORMED) from None
    if response.status != 200:
        raise Unanswered(f"http-{response.status}")
    if len(body) > MOST_BYTES:
        raise Unanswered(TOO_LARGE)
    return body
