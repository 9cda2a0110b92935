"""A web server on loopback, in threads of the test, over http and https: it answers by path, and misbehaves on request.

    web_server.pages["/file.txt"] = Page(b"token")              status 200
    web_server.pages["/gone"] = Page(status=404)
    web_server.pages["/old"] = redirect("http://www.example.com/new", status=302)
    web_server.pages["/slow"] = Page(b"token", drips=0.5)       half a second before each byte, the first of the head included
    web_server.pages["/endless"] = Page(b"x" * 1024, is_endless=True)
    web_server.pages["/raw"] = Page(raw=b"not HTTP at all")     just these bytes
    web_server.requests                                         what was asked, in turn

It listens on 127.0.0.2, which the fixture `web_server` lets through the guard (EGRESS_NETWORKS), so that 127.0.0.1 and
all other addresses that are not public stay refused. What it does not know is 404.
"""

import contextlib
import gzip
import ipaddress
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.2"
LONGEST = 15.0  # seconds for which a page is sent


@dataclass(frozen=True)
class Page:
    """What is sent for a path."""

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    drips: float = 0.0  # seconds before each byte
    is_endless: bool = False  # the body again and again
    has_length: bool = True
    raw: bytes | None = None

    def pieces(self) -> Iterator[bytes]:
        """The bytes that are sent, in pieces."""
        whole = self._head() + self.body if self.raw is None else self.raw
        if self.drips:
            yield from (bytes([byte]) for byte in whole)
        else:
            yield whole
        while self.is_endless:
            yield self.body

    def _head(self) -> bytes:
        length = [("Content-Length", str(len(self.body)))] if self.has_length and not self.is_endless else []
        headers = "".join(f"{name}: {value}\r\n" for name, value in (*self.headers, *length))
        return f"HTTP/1.1 {self.status} Some reason\r\n{headers}\r\n".encode()


def redirect(to: str, status: int = 302) -> Page:
    """A redirect to the URL."""
    return Page(status=status, headers=(("Location", to),))


def gzip_bomb(megabytes: int = 50) -> Page:
    """A small body that would become large."""
    return Page(gzip.compress(bytes(megabytes * 2**20)), headers=(("Content-Encoding", "gzip"),))


class Request(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    scheme: str
    sni: str  # empty without
    body: bytes


@dataclass
class WebServer:
    """Use it as a context manager. `ports` are those of http and https."""

    folder: Path  # for its key and certificate
    pages: dict[str, Page] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    host: str = HOST
    certificate: Path | None = None  # a file with its key and chain; none: one that nobody trusts

    def __post_init__(self) -> None:
        self._is_over = threading.Event()
        self._servers = {scheme: _Server((self.host, 0), _Handler) for scheme in ("http", "https")}
        for scheme, server in self._servers.items():
            server.scheme, server.web = scheme, self
        self._servers["https"].tls = self._tls()

    @property
    def ports(self) -> dict[str, int]:
        return {scheme: server.server_address[1] for scheme, server in self._servers.items()}

    def url(self, path: str, scheme: str = "http", host: str = HOST) -> str:
        """The URL with its port."""
        return f"{scheme}://{host}:{self.ports[scheme]}{path}"

    def __enter__(self) -> "WebServer":
        for server in self._servers.values():
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._is_over.set()
        for server in self._servers.values():
            server.shutdown()
            server.server_close()

    def serve(self, sock, scheme: str, sni: str) -> None:
        """Read one request and send its page."""
        request = _read(sock, scheme, sni)
        if request is None:
            return
        self.requests.append(request)
        page = self.pages.get(request.path.partition("?")[0], Page(status=404))
        until = time.monotonic() + LONGEST
        for piece in page.pieces():
            if self._is_over.wait(page.drips) or time.monotonic() > until:
                return
            sock.sendall(piece)

    def _tls(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate or _self_signed(self.folder))
        context.sni_callback = _note_sni
        return context


def _note_sni(sock: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
    sock.asked_name = name or ""


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 50


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        sock, sni = self.request, ""
        sock.settimeout(LONGEST)
        with contextlib.suppress(OSError):  # the client has gone
            if self.server.scheme == "https":
                sock = self.server.tls.wrap_socket(sock, server_side=True)
                sni = getattr(sock, "asked_name", "")
            self.server.web.serve(sock, self.server.scheme, sni)
            sock.unwrap() if isinstance(sock, ssl.SSLSocket) else None
        sock.close()


def _read(sock, scheme: str, sni: str) -> Request | None:
    head = b""
    while b"\r\n\r\n" not in head:
        piece = sock.recv(4096)
        if not piece:
            return None
        head += piece
    head, _, body = head.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Request(method, path, headers, scheme, sni, _rest(sock, body, int(headers.get("content-length", 0))))


def _rest(sock, body: bytes, length: int) -> bytes:
    while len(body) < length and (piece := sock.recv(4096)):
        body += piece
    return body


def _self_signed(folder: Path) -> Path:
    """A file with a key and a certificate that nobody trusts and that has expired."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nobody.example.net")])
    end = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - timedelta(days=1))
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "web.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file
