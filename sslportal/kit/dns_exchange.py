"""One question of DNS to one server and its answer: over UDP, and over TCP where the answer does not fit."""

import asyncio
from asyncio import timeout

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rdatatype

from sslportal.kit.outside import Server

SECONDS = 3.0  # for each of the two ways
UDP_SIZE = 1232  # octets that pass without fragments
_HEADER = 12
_MOST_WAITING = 100


class NoAnswer(Exception):
    """Nothing came in time, or the server cannot be reached."""


class Nonsense(Exception):
    """What came is no answer to the question, or cannot be read."""


async def exchange(
    server: Server, name: dns.name.Name, kind: dns.rdatatype.RdataType, *, unchecked: bool = False
) -> dns.message.QueryMessage:
    """Ask, wanting DNSSEC (DO and AD, RFC 6840 5.7); `unchecked` sets CD. Raises NoAnswer or Nonsense."""
    query = dns.message.make_query(name, kind, want_dnssec=True, payload=UDP_SIZE)
    query.flags |= dns.flags.AD | (dns.flags.CD if unchecked else 0)
    try:
        return await _by_udp(query, server) or await _by_tcp(query, server)
    except TimeoutError:
        raise NoAnswer(f"no answer within {SECONDS:g} s") from None
    except (OSError, EOFError) as error:
        raise NoAnswer(f"{type(error).__name__}: {error}") from error


class _Mailbox(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.came: asyncio.Queue[bytes | Exception] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._keep(data)

    def error_received(self, exc: Exception) -> None:
        self._keep(exc)

    def _keep(self, what: bytes | Exception) -> None:
        if self.came.qsize() < _MOST_WAITING:
            self.came.put_nowait(what)


async def _by_udp(query: dns.message.Message, server: Server) -> dns.message.QueryMessage | None:
    """The answer, or None where it was cut short. What others may have forged is passed over (RFC 5452 9.1)."""
    loop = asyncio.get_running_loop()
    # A connected socket takes packets of the server only, and the system chooses its port at random
    transport, mailbox = await loop.create_datagram_endpoint(_Mailbox, remote_addr=server)
    strange = 0
    try:
        async with timeout(SECONDS):
            transport.sendto(query.to_wire())
            while True:
                came = await mailbox.came.get()
                if isinstance(came, Exception):
                    raise came
                answer = _read(query, came)
                if answer:
                    return None if answer.flags & dns.flags.TC else answer
                strange += 1
    except TimeoutError:
        if strange:
            raise Nonsense(f"only what does not fit the question came within {SECONDS:g} s") from None
        raise
    finally:
        transport.close()


async def _by_tcp(query: dns.message.Message, server: Server) -> dns.message.QueryMessage:
    async with timeout(SECONDS):
        reader, writer = await asyncio.open_connection(*server)
        try:
            writer.write(query.to_wire(prepend_length=True))
            length = int.from_bytes(await reader.readexactly(2), "big")
            answer = _read(query, await reader.readexactly(length))
        finally:
            writer.close()
    if answer is None or answer.flags & dns.flags.TC:
        raise Nonsense("what came over TCP does not fit the question, or is cut short")
    return answer


def _read(query: dns.message.Message, wire: bytes) -> dns.message.QueryMessage | None:
    """The answer, or None where it is to something else. Raises Nonsense where it is to this and cannot be read."""
    if len(wire) < _HEADER or int.from_bytes(wire[:2], "big") != query.id:
        return None
    try:
        message = dns.message.from_wire(wire, raise_on_truncation=True)
    except dns.message.Truncated as cut:
        message = cut.message()
    except Exception as error:  # whatever a stranger's record does to its parser
        raise Nonsense(f"the answer cannot be read, {type(error).__name__}: {error}") from error
    return message if isinstance(message, dns.message.QueryMessage) and query.is_response(message) else None
