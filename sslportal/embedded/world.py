"""The demo's own Internet: a DNS server and a web server of this machine that say what a file says, read at every question.

Run as `python -m sslportal.embedded.world FILE` and the numbers of three inherited sockets: DNS over UDP, DNS over TCP,
HTTP. Whoever starts it holds them too, so that the ports stay its own while it is started again. Every name leads to the
web server, and has no other record than those in the file: CAA forbids nothing, and nobody else is ever asked.
"""

import socket
import socketserver
import struct
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from dns.rdtypes.ANY.TXT import TXT

from sslportal.kit import internet
from sslportal.kit.internet import FILE, Entry

DNS_ADDRESS, WEB_ADDRESS = "127.0.0.1", "127.0.0.2"
PAGE = "/.well-known/pki-validation/sslportal.txt"
TTL = 0  # what is published is found at once
NOTHING = dns.rrset.from_text(".", TTL, "IN", "SOA", ". . 1 0 0 0 0")  # not to be remembered either, RFC 2308 5
MOST_ALIASES = 8
LEAST_UDP, MOST_TCP = 512, 65535  # octets of a message, RFC 1035 2.3.4 and 4.2.2
PATIENCE = 5  # seconds for a client that says nothing
LONGEST_STRING = 255  # octets of one string of a TXT record, RFC 1035 3.3


def answer(wire: bytes, entries: list[Entry]) -> dns.message.Message | None:
    """The answer to a packet; None where it is no question."""
    try:
        query = dns.message.from_wire(wire)
        if query.flags & dns.flags.QR:
            return None
        response = dns.message.make_response(query, recursion_available=True)
    except Exception:  # whatever nonsense makes dnspython raise
        return None
    response.flags |= dns.flags.AA
    if query.opcode() != dns.opcode.QUERY:
        response.set_rcode(dns.rcode.NOTIMP)
    elif len(query.question) != 1:
        response.set_rcode(dns.rcode.FORMERR)
    elif query.question[0].rdclass != dns.rdataclass.IN:
        response.set_rcode(dns.rcode.REFUSED)
    else:
        _answer(response, entries, query.question[0].name, query.question[0].rdtype)
    return response


def _answer(
    response: dns.message.Message, entries: list[Entry], name: dns.name.Name, kind: dns.rdatatype.RdataType
) -> None:
    """Follow the aliases, whatever is asked for. Where they never end, resolvers say that they failed."""
    for _step in range(MOST_ALIASES):
        aliases = _records(entries, name, dns.rdatatype.CNAME)
        if not aliases or kind == dns.rdatatype.CNAME:
            if found := _records(entries, name, kind):
                response.answer.append(dns.rrset.from_rdata_list(name, TTL, found))
            else:
                response.authority.append(NOTHING)
            return
        response.answer.append(dns.rrset.from_rdata(name, TTL, aliases[0]))
        name = aliases[0].target
    response.answer.clear()
    response.set_rcode(dns.rcode.SERVFAIL)


def _records(entries: list[Entry], name: dns.name.Name, kind: dns.rdatatype.RdataType) -> list[Any]:
    word, plain = dns.rdatatype.to_text(kind), name.to_text(omit_final_dot=True).lower()
    values = [entry.value for entry in entries if (entry.kind, entry.name) == (word, plain)]
    if kind == dns.rdatatype.A and not values:
        values = [WEB_ADDRESS]
    return [record for value in values if (record := _record(kind, value))]


def _record(kind: dns.rdatatype.RdataType, value: str) -> dns.rdata.Rdata | None:
    """The record that the value means; None where somebody wrote nonsense into the file."""
    try:
        if kind == dns.rdatatype.TXT:
            text = value.encode()
            strings = [text[start : start + LONGEST_STRING] for start in range(0, len(text), LONGEST_STRING)]
            return TXT(dns.rdataclass.IN, kind, strings or [b""])
        return dns.rdata.from_text(dns.rdataclass.IN, kind, value, origin=dns.name.root, relativize=False)
    except (dns.exception.DNSException, ValueError):
        return None


def page(host: str, entries: list[Entry]) -> bytes | None:
    """The text of the file that confirms a domain, on the web server of this name; None where it has none."""
    name = host.partition(":")[0].removesuffix(".").lower()
    return next((entry.value.encode() for entry in entries if (entry.kind, entry.name) == (FILE, name)), None)


class _Server(socketserver.TCPServer):
    """A server at a socket that is bound already; it reads `file` at every question."""

    def __init__(
        self, bound: socket.socket, handler: Callable[..., socketserver.BaseRequestHandler], file: Path
    ) -> None:
        super().__init__(bound.getsockname(), handler, bind_and_activate=False)
        self.socket.close()
        self.socket = bound
        self.file = file

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients may go away at any time."""
        sys.stderr.write(f"A question was not answered: {sys.exception()!r}\n")


class Datagrams(_Server, socketserver.UDPServer):
    """A message is a packet."""


class Streams(_Server, socketserver.ThreadingTCPServer):
    """Each client has a connection and a thread."""

    daemon_threads = True


class _OneQuestion(socketserver.BaseRequestHandler):
    """DNS over UDP: what is too long is cut, and the client told to ask by TCP."""

    server: _Server

    def handle(self) -> None:
        wire, server = self.request
        if response := answer(wire, internet.read(self.server.file)):
            size = max(response.request_payload, LEAST_UDP)
            server.sendto(response.to_wire(max_size=size, prefer_truncation=True), self.client_address)


class _Questions(socketserver.StreamRequestHandler):
    """DNS over TCP: each message after its length, until the client goes or says what is no question."""

    server: _Server
    timeout = PATIENCE

    def handle(self) -> None:
        while len(length := self.rfile.read(2)) == 2:
            wire = self.rfile.read(struct.unpack("!H", length)[0])
            response = answer(wire, internet.read(self.server.file))
            if response is None:
                return
            said = response.to_wire(max_size=MOST_TCP, prefer_truncation=True)
            self.wfile.write(struct.pack("!H", len(said)) + said)


class _Visit(BaseHTTPRequestHandler):
    """HTTP: one file, at each host's name its own."""

    server: _Server  # none of the library's HTTPServer, which asks for this machine's name
    timeout = PATIENCE
    server_version, sys_version = "demo", ""

    def do_GET(self) -> None:
        if text := self._send_head():
            self.wfile.write(text)

    def do_HEAD(self) -> None:
        self._send_head()

    def _send_head(self) -> bytes | None:
        entries = internet.read(self.server.file)
        text = page(self.headers.get("Host", ""), entries) if self.path.partition("?")[0] == PAGE else None
        if text is None:
            self.send_error(404)
            return None
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        return text

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: visits are not worth a line."""


def main(file: str, *numbers: str) -> None:
    udp, tcp, web = (socket.socket(fileno=int(number)) for number in numbers)
    for server in (Streams(tcp, _Questions, Path(file)), Streams(web, _Visit, Path(file))):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    Datagrams(udp, _OneQuestion, Path(file)).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
