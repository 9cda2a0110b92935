"""How servers of mail, FTP, LDAP and PostgreSQL are asked to go over to TLS, on the ports where they begin in clear.

Each conversation ends where the ClientHello may be sent, or by Failure: with STARTTLS where the server does not go over,
NOT_TLS where it is another kind of server. What it said is bounded, and nothing is ever sent but what stands here.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable
from typing import Callable

from discovery.scanner.results import CLOSED, MALFORMED, NOT_TLS, STARTTLS, TOO_LARGE, Failure, readable
from discovery.scanner.wire import Wire

MOST_SAID = 8_192  # bytes in one conversation
LDAP_REQUEST = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x16" + b"1.3.6.1.4.1.1466.20037"  # RFC 4511, 4.14.1
LDAP_MESSAGE, LDAP_EXTENDED_RESPONSE, INTEGER, ENUMERATED = 0x30, 0x78, 0x02, 0x0A
POSTGRES_REQUEST = b"\0\0\0\x08\x04\xd2\x16\x2f"  # SSLRequest, "Message Formats" in the manual of PostgreSQL


class Talk:
    """The conversation so far: reads by lines or by bytes, never more than MOST_SAID."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self._data = bytearray()
        self._heard = 0

    async def say(self, text: str) -> None:
        await self.wire.send(text.encode("ascii") + b"\r\n")

    async def line(self) -> bytes:
        """The next line, without its end."""
        searched = 0
        while (end := self._data.find(b"\n", searched)) < 0:
            searched = len(self._data)
            await self._more()
        line = bytes(self._data[:end]).rstrip(b"\r")
        del self._data[: end + 1]
        return line

    async def take(self, count: int) -> bytes:
        """So many bytes."""
        while len(self._data) < count:
            await self._more()
        taken = bytes(self._data[:count])
        del self._data[:count]
        return taken

    async def _more(self) -> None:
        data = await self.wire.receive()
        self._heard += len(data)
        if not data:
            raise Failure(NOT_TLS, readable(self._data)) if self._data else Failure(CLOSED)
        if self._heard > MOST_SAID:
            raise Failure(TOO_LARGE)
        self._data += data

    def end(self) -> None:
        """Nothing may have been said ahead: somebody on the way could have put it there (CVE-2011-0411)."""
        if self._data:
            raise Failure(MALFORMED, "more was said before TLS began")


async def smtp(talk: Talk) -> None:
    """RFC 3207. We name ourselves by our end of the connection (RFC 5321, 4.1.3)."""
    await _reply(talk, b"220", NOT_TLS)
    address = ipaddress.ip_address(talk.wire.socket.getsockname()[0].partition("%")[0])
    await talk.say(f"EHLO [{'IPv6:' if address.version == 6 else ''}{address}]")
    lines = await _reply(talk, b"250")
    if b"STARTTLS" not in (line[4:].strip().upper() for line in lines):
        raise Failure(STARTTLS, "not offered")
    await talk.say("STARTTLS")
    await _reply(talk, b"220")


async def ftp(talk: Talk) -> None:
    """RFC 4217."""
    await _reply(talk, b"220", NOT_TLS)
    await talk.say("AUTH TLS")
    await _reply(talk, b"234")


async def _reply(talk: Talk, wanted: bytes, otherwise: str = STARTTLS) -> list[bytes]:
    """The lines of one reply, the last of which has no hyphen after its code (RFC 5321, 4.2.1; RFC 959, 4.2)."""
    lines = [await talk.line()]
    code = lines[0][:3]
    if not code.isdigit():
        raise Failure(otherwise, readable(lines[0]))
    is_open = lines[0][3:4] == b"-"
    while is_open:
        lines.append(await talk.line())
        is_open = not (lines[-1][:3] == code and lines[-1][3:4] != b"-")
    if code != wanted:
        raise Failure(otherwise, readable(lines[-1]))
    return lines


async def imap(talk: Talk) -> None:
    """RFC 9051, 6.2.1."""
    await _starts(talk, b"* OK", NOT_TLS)
    await talk.say("a STARTTLS")
    line = await talk.line()
    while line.startswith(b"* "):
        line = await talk.line()
    if line[:4].upper() != b"A OK":
        raise Failure(STARTTLS, readable(line))


async def pop3(talk: Talk) -> None:
    """RFC 2595, 4."""
    await _starts(talk, b"+OK", NOT_TLS)
    await talk.say("STLS")
    await _starts(talk, b"+OK", STARTTLS)


async def _starts(talk: Talk, wanted: bytes, otherwise: str) -> None:
    line = await talk.line()
    if not line.upper().startswith(wanted):
        raise Failure(otherwise, readable(line))


async def ldap(talk: Talk) -> None:
    """RFC 4511, 4.14."""
    await talk.wire.send(LDAP_REQUEST)
    head = await talk.take(2)
    if head[0] == LDAP_MESSAGE and head[1] & 0x80:
        head += await talk.take(head[1] & 0x7F)
    message = head + await talk.take(_size(head, LDAP_MESSAGE)[1])
    inside = _element(message, LDAP_MESSAGE)[0]
    _number, rest = _element(inside, INTEGER)
    response, _controls = _element(rest, LDAP_EXTENDED_RESPONSE)
    code, _explanation = _element(response, ENUMERATED)
    if code != b"\0":
        raise Failure(STARTTLS, f"resultCode {int.from_bytes(code[:4], 'big')}")


def _element(data: bytes, tag: int) -> tuple[bytes, bytes]:
    """The content of the first element in BER, and what follows it. Another tag means another kind of server."""
    start, length = _size(data, tag)
    if len(data) < start + length:
        raise Failure(MALFORMED, "LDAP length")
    return data[start : start + length], data[start + length :]


def _size(data: bytes, tag: int) -> tuple[int, int]:
    """The length of an element's header and of its content. Active Directory writes lengths longer than need be."""
    if len(data) < 2 or data[0] != tag:
        raise Failure(NOT_TLS, readable(data))
    if data[1] < 0x80:
        return 2, data[1]
    digits = data[1] & 0x7F
    if not 1 <= digits <= 4 or len(data) < 2 + digits:
        raise Failure(MALFORMED, "LDAP length")
    length = int.from_bytes(data[2 : 2 + digits], "big")
    if length > MOST_SAID:
        raise Failure(TOO_LARGE)
    return 2 + digits, length


async def postgres(talk: Talk) -> None:
    await talk.wire.send(POSTGRES_REQUEST)
    answer = await talk.take(1)
    if answer != b"S":
        raise Failure(STARTTLS if answer in (b"N", b"E") else NOT_TLS, readable(answer))


CONVERSATIONS: dict[int, Callable[[Talk], Awaitable[None]]] = {
    21: ftp,
    25: smtp,
    110: pop3,
    143: imap,
    389: ldap,
    587: smtp,
    5432: postgres,
}


async def start_tls(wire: Wire, port: int) -> None:
    """Go over to TLS, where that is what one does on this port. Raises Failure, or TimeIsUp."""
    conversation = CONVERSATIONS.get(port)
    if conversation is None:
        return
    talk = Talk(wire)
    await conversation(talk)
    talk.end()
