"""A DNS server on loopback, in threads of the test: it answers as a recursive resolver does, and misbehaves on request.

    dns_server.zone["TXT", "_x.example.com"] = ["token"]        also A, AAAA, CAA, CNAME, MX and NS
    dns_server.zone["CAA", "example.com"] = ['0 issue "ca.example.net"']
    dns_server.fails["example.com"] = "SERVFAIL"                one of FAILURES; for one kind: fails["CAA", "example.com"]
    dns_server.extended["example.com"] = (6, "text")            an Extended DNS Error (RFC 8914) in its answers
    dns_server.questions                                        what was asked, in turn

A name is there when it, or a name below it, has a record: then other kinds are NODATA, else the answer is NXDOMAIN.
Aliases are followed within the zone. The fixture `dns_server` points the settings here.
"""

import ipaddress
import socket
import socketserver
import struct
import threading
import time
from typing import NamedTuple

from dnslib import AAAA, CAA, CNAME, EDNS0, MX, NS, QTYPE, RCODE, RR, SOA, TXT, A, DNSHeader, DNSRecord, EDNSOption

FAILURES = (
    *("SERVFAIL", "REFUSED", "FORMERR", "NOTIMP"),
    "bogus",  # SERVFAIL, and an answer for those who set CD
    "silent",
    "nonsense",  # bytes that are no message
    "wrong-id",
    "wrong-question",
    "not-recursive",  # a referral: no answer, no RA
    "other-records",  # an answer with records of another name
    "unreadable",  # a record that breaks off in its middle
)


class Question(NamedTuple):
    kind: str
    name: str
    by: str  # "udp" or "tcp"
    wants_dnssec: bool
    is_unchecked: bool


class DNSServer:
    """Answers from `zone` over UDP and TCP on one port of 127.0.0.1. Use it as a context manager."""

    def __init__(self) -> None:
        self.zone: dict[tuple[str, str], list] = {("SOA", ""): [""]}
        self.fails: dict[str | tuple[str, str], str] = {}
        self.extended: dict[str, tuple[int, str]] = {}
        self.questions: list[Question] = []
        self.ttl = 60
        self.udp_size = 1232  # or what the asker takes, if that is less
        self.is_secure = False  # AD in its answers: it validates
        self.unsigned: set[str] = set()  # names without AD all the same
        self.follows_aliases = True
        self.is_forged = False  # over UDP other packets come before the answer
        self.delay = 0.0
        self._servers = _bind(self)

    @property
    def address(self) -> str:
        host, port = self._servers[0].server_address
        return f"{host}:{port}"

    def asked(self, kind: str, name: str) -> int:
        """How often."""
        return sum((question.kind, question.name) == (kind, name) for question in self.questions)

    def __enter__(self) -> "DNSServer":
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def answer(self, wire: bytes, by: str) -> bytes:
        """The bytes to send back; none for silence."""
        query = DNSRecord.parse(wire)
        name, kind = str(query.q.qname).rstrip(".").lower(), QTYPE[query.q.qtype]
        edns = next((record for record in query.ar if record.rtype == QTYPE.OPT), None)
        wants_dnssec = bool(edns and edns.edns_do)
        self.questions.append(Question(kind, name, by, wants_dnssec, bool(query.header.cd)))
        time.sleep(self.delay)
        reply = self._reply(query, kind, name)
        failure = self.fails.get((kind, name)) or self.fails.get(name, "")
        wire = _spoilt(reply, failure, query)
        size = min(self.udp_size, edns.rclass if edns else 512)
        return _cut(query) if by == "udp" and len(wire) > size else wire

    def _reply(self, query: DNSRecord, kind: str, name: str) -> DNSRecord:
        header = DNSHeader(id=query.header.id, qr=1, ra=1, rd=query.header.rd, cd=query.header.cd)
        header.ad = int(self.is_secure and name not in self.unsigned)
        reply = DNSRecord(header, q=query.q)
        self._fill(reply, kind, name)
        options = [_extended(*self.extended[name])] if name in self.extended else []
        reply.add_ar(EDNS0(udp_len=1232, flags="do", opts=options))
        return reply

    def _fill(self, reply: DNSRecord, kind: str, name: str) -> None:
        seen = set()
        while name not in seen:
            seen.add(name)
            own = self.zone.get((kind, name), [])
            alias = [] if own else self.zone.get(("CNAME", name), [])
            for value in own:
                reply.add_answer(RR(name, getattr(QTYPE, kind), ttl=self.ttl, rdata=_data(kind, value)))
            for value in alias:
                reply.add_answer(RR(name, QTYPE.CNAME, ttl=self.ttl, rdata=_data("CNAME", value)))
            if own or (alias and not self.follows_aliases):
                return
            if not alias:
                break
            name = alias[0].rstrip(".").lower()
        else:
            return
        if not self._is_there(name):
            reply.header.rcode = RCODE.NXDOMAIN
        reply.add_auth(RR("", QTYPE.SOA, ttl=self.ttl, rdata=_data("SOA", "")))

    def _is_there(self, name: str) -> bool:
        return any(owner == name or owner.endswith("." + name) for _, owner in self.zone)


def _data(kind: str, value):
    """The data of one record: TXT as a string, bytes or a list of strings; CAA and MX as in a zone file."""
    if kind == "TXT":
        pieces = value if isinstance(value, list | tuple) else [value]
        raw = [piece.encode() if isinstance(piece, str) else piece for piece in pieces]
        return TXT([part for piece in raw for part in _parts(piece)])
    if kind == "CAA":
        flags, tag, text = value.split(" ", 2)
        return CAA(int(flags), tag, text.strip('"'))
    if kind == "MX":
        preference, host = value.split(" ")
        return MX(host, int(preference))
    if kind == "SOA":
        return SOA("ns.example.com", "hostmaster.example.com", (1, 3600, 600, 86400, 60))
    if kind in {"A", "AAAA"}:
        return {"A": A, "AAAA": AAAA}[kind](tuple(ipaddress.ip_address(value).packed))
    return {"CNAME": CNAME, "NS": NS}[kind](value)


def _parts(raw: bytes) -> list[bytes]:
    return [raw[start : start + 255] for start in range(0, len(raw), 255)] or [b""]


def _extended(code: int, text: str) -> EDNSOption:
    return EDNSOption(15, struct.pack("!H", code) + text.encode())


def _spoilt(reply: DNSRecord, failure: str, query: DNSRecord) -> bytes:
    """The reply as bytes, with the failure put into it."""
    if failure == "silent":
        return b""
    if failure == "nonsense":
        return b"HTTP/1.1 400 Bad Request\r\n\r\n"
    if failure == "unreadable":
        reply.add_answer(RR(query.q.qname, QTYPE.TXT, rdata=TXT("cut")))
        return reply.pack().replace(b"\x00\x04\x03cut", b"\x00\x04\xffcut")
    _spoil(reply, failure, query)
    return reply.pack()


def _spoil(reply: DNSRecord, failure: str, query: DNSRecord) -> None:
    if failure == "wrong-id":
        reply.header.id ^= 1
    elif failure == "wrong-question":
        reply.questions = [DNSRecord.question("other.example.net", QTYPE[query.q.qtype]).q]
    elif failure == "other-records":
        reply.rr = [RR("other.example.net", QTYPE.CAA, rdata=_data("CAA", '0 issue "ca.example.net"'))]
    elif failure == "not-recursive":
        reply.rr, reply.header.ra = [], 0
    elif failure and not (failure == "bogus" and query.header.cd):
        reply.rr, reply.header.rcode = [], getattr(RCODE, "SERVFAIL" if failure == "bogus" else failure)


def _cut(query: DNSRecord) -> bytes:
    """The answer to somebody who takes no more over UDP: come by TCP (RFC 7766 5)."""
    return DNSRecord(DNSHeader(id=query.header.id, qr=1, ra=1, rd=1, tc=1), q=query.q).pack()


class _UDP(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        wire, sock = self.request
        reply = self.server.dns.answer(wire, "udp")
        if reply and self.server.dns.is_forged:
            for forged in (b"\x00", bytes([reply[0] ^ 1]) + reply[1:]):
                sock.sendto(forged, self.client_address)
        if reply:
            sock.sendto(reply, self.client_address)


class _TCP(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.settimeout(5)
        wire = self.request.makefile("rb")
        with wire:
            while len(length := wire.read(2)) == 2:
                reply = self.server.dns.answer(wire.read(int.from_bytes(length, "big")), "tcp")
                if not reply:
                    return
                self.request.sendall(len(reply).to_bytes(2, "big") + reply)


class _TCPServer(socketserver.ThreadingTCPServer):
    daemon_threads = True


class _UDPServer(socketserver.ThreadingUDPServer):
    daemon_threads = True
    max_packet_size = 65535


def _bind(dns: DNSServer) -> tuple[_UDPServer, _TCPServer]:
    """Both servers on one port, which is free for both."""
    for _ in range(20):
        udp = _UDPServer(("127.0.0.1", 0), _UDP)
        try:
            tcp = _TCPServer(udp.server_address, _TCP)
        except OSError:
            udp.server_close()
            continue
        udp.dns = tcp.dns = dns
        return udp, tcp
    raise RuntimeError("no port is free for UDP and TCP")


def closed_port() -> int:
    """A port of 127.0.0.1 on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
