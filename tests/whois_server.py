"""WHOIS servers on loopback: IANA's, a registry's and a registrar's, which answer in the usual formats or misbehave.

    whois.answers[REGISTRY, "example.com"] = "Registrant Email: ..."     the server's address and the line that it gets
    whois.answers[REGISTRY, "example.com"] = silence                     also hang_up, drip, endless
    whois.heard                                                          what was asked, in turn: (address, bytes)

All listen on one port, `whois.port`. Who asks for anything else is told that there is no match.
"""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable

IANA, REGISTRY, REGISTRAR = "127.0.0.2", "127.0.0.3", "127.0.0.4"

Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


class WhoisServer:
    """The three servers, in a thread of the test. Use it as a context manager."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], str | bytes | Behaviour] = {}
        self.heard: list[tuple[str, bytes]] = []
        self._sockets = _bound()
        self.port = self._sockets[0].getsockname()[1]

    def __enter__(self) -> "WhoisServer":
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True)
        self._thread.start()
        ready.wait()
        return self

    def __exit__(self, *exc: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        servers = [await asyncio.start_server(self._talk, sock=sock) for sock in self._sockets]
        ready.set()
        await self._end.wait()
        for server in servers:
            server.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked = await reader.readline()
            host = writer.get_extra_info("sockname")[0]
            self.heard.append((host, asked))
            await self._answer(writer, self.answers.get((host, asked.decode().strip()), "No match\r\n"))
        except (ConnectionError, asyncio.CancelledError):
            pass  # who asked has gone, or the test is over
        finally:
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter, answer: str | bytes | Behaviour) -> None:
        if callable(answer):
            await answer(writer)
        else:
            writer.write(answer if isinstance(answer, bytes) else answer.encode())
            await writer.drain()


async def silence(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """End with a reset, as a server that is overloaded does."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


async def drip(writer: asyncio.StreamWriter) -> None:
    """A byte now and then, so that there is always something to wait for."""
    while True:
        writer.write(b"%")
        await writer.drain()
        await asyncio.sleep(0.02)


async def endless(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"Registrant Email: one.more@example.net\r\n" * 100)
        await writer.drain()


def _bound() -> list[socket.socket]:
    """A socket for each address, all with the same port."""
    for _ in range(20):
        sockets = [socket.socket() for _ in range(3)]
        try:
            sockets[0].bind((IANA, 0))
            port = sockets[0].getsockname()[1]
            for sock, host in zip(sockets[1:], (REGISTRY, REGISTRAR), strict=True):
                sock.bind((host, port))
        except OSError:
            for sock in sockets:
                sock.close()
            continue
        return sockets
    raise RuntimeError("no port is free at all three addresses")
