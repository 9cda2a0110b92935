"""One TCP connection with a deadline: a socket that never blocks, without asyncio's streams, which cost more than a probe.

It needs an event loop with add_reader and add_writer, which on Windows is the SelectorEventLoop.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from typing import Any, Callable

from discovery.scanner.results import LOCAL, REFUSED, RESET, SILENT, UNREACHABLE, Failure

CHUNK = 16_384
_UNDER_WAY = {errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY}
_UNCLEAR = {errno.EINVAL, getattr(errno, "WSAEINVAL", errno.EINVAL)}  # BSD: it has failed; Windows: it is under way
_RESETS = {errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED, errno.ESHUTDOWN, errno.ENOTCONN}
_NO_WAY = {
    *(errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN),
    *(errno.EAFNOSUPPORT, errno.ENOPROTOOPT, errno.EPROTO),
}


class TimeIsUp(Exception):
    """The deadline passed while waiting."""


class Wire:
    """`deadline` is a moment of the loop's clock: set it before each step. Close the wire whatever happened."""

    def __init__(self, loop: asyncio.AbstractEventLoop, address: str) -> None:
        self.deadline = 0.0
        self.loop = loop
        self.address = address
        try:
            self.socket = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        except OSError as error:  # as a rule there is no file left
            raise _not_connected(error.errno or 0) from None
        self.socket.setblocking(False)

    def within(self, seconds: float) -> None:
        """The next step may last so long."""
        self.deadline = self.loop.time() + seconds

    async def connect(self, port: int) -> None:
        """Raises Failure: nobody is there, or nobody answers."""
        target = (self.address, port)
        error = self.socket.connect_ex(target)
        if error in _UNDER_WAY:
            error = self.socket.connect_ex(target)  # a neighbour has answered by now, which saves a turn of the loop
            if error in _UNDER_WAY or error in _UNCLEAR:
                error = await self._attempted()
        if error not in (0, errno.EISCONN):
            raise _not_connected(error)

    async def _attempted(self) -> int:
        """Wait until the attempt has come to its end; returns its error."""
        try:
            await self.writable()
        except TimeIsUp:
            raise Failure(SILENT) from None
        return self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)

    async def send(self, data: bytes) -> None:
        """All of it. Raises Failure or TimeIsUp."""
        while data:
            try:
                data = data[self.socket.send(data) :]
            except BlockingIOError:
                await self.writable()
            except OSError as error:
                raise _cut(error) from None

    async def receive(self, most: int = CHUNK) -> bytes:
        """What came; nothing if the other side hung up. Raises Failure or TimeIsUp."""
        while True:
            await self.readable()
            try:
                return self.socket.recv(most)
            except BlockingIOError:  # woken for nothing
                continue
            except OSError as error:
                raise _cut(error) from None

    async def readable(self) -> None:
        await self._wait(self.loop.add_reader, self.loop.remove_reader)

    async def writable(self) -> None:
        await self._wait(self.loop.add_writer, self.loop.remove_writer)

    async def _wait(self, add: Callable[..., Any], remove: Callable[..., Any]) -> None:
        waiter = self.loop.create_future()
        descriptor = self.socket.fileno()
        timer = self.loop.call_at(self.deadline, _give_up, waiter)
        add(descriptor, _wake, waiter)
        try:
            await waiter
        finally:
            timer.cancel()
            remove(descriptor)

    def close(self) -> None:
        self.socket.close()


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


def _give_up(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_exception(TimeIsUp())


def _not_connected(error: int) -> Failure:
    if error == errno.ECONNREFUSED:
        return Failure(REFUSED)
    if error == errno.ETIMEDOUT:
        return Failure(SILENT)
    if error in _RESETS:
        return Failure(RESET)
    return Failure(UNREACHABLE if error in _NO_WAY else LOCAL, _name_of(error))


def _cut(error: OSError) -> Failure:
    """The connection ended in its middle."""
    number = error.errno or 0
    if number in _RESETS or number == errno.ETIMEDOUT:
        return Failure(RESET)
    return _not_connected(number)


def _name_of(number: int) -> str:
    """How the system calls an error: ENETUNREACH."""
    return errno.errorcode.get(number, str(number))
