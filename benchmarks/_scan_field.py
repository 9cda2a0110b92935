"""A field of TLS servers on loopback, in a process of its own: `_scan_field.py <folder> <kind> <first> <step> <count> <port>`.

    replay    one recorded flight for everybody, which is the cheapest server that there can be
    tls       whole handshakes, for those who do no less
    tls13     the same, by servers that speak TLS 1.3 alone
    silent    the queue is full and nobody accepts: attempts to connect stay without an answer

The folder holds chain.pem, key.pem and flight. It says "ready" when all addresses listen.
"""

import contextlib
import ipaddress
import resource
import selectors
import socket
import ssl
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path


class Field:
    """Everything in one loop: each socket that is readable is handed to its handler."""

    def __init__(self, serve: Callable[["Field", socket.socket], None]) -> None:
        self.selector = selectors.DefaultSelector()
        self.serve = serve

    def listen(self, address: str, port: int) -> None:
        listener = socket.create_server((address, port), backlog=512)
        listener.setblocking(False)
        self.hear(listener, self.accept)

    def hear(self, sock: socket.socket, handler: Callable[[socket.socket], None]) -> None:
        self.selector.register(sock, selectors.EVENT_READ, handler)

    def accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            connection.setblocking(False)
            self.serve(self, connection)

    def hang_up(self, connection: socket.socket) -> None:
        self.selector.unregister(connection)
        connection.close()

    def run(self) -> None:
        while True:
            for key, _ in self.selector.select():
                key.data(key.fileobj)


def replay(flight: bytes, field: Field, connection: socket.socket) -> None:
    """Whatever is said, this is the answer."""

    def answer(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if connection.recv(4096):
                connection.send(flight)
                return
        field.hang_up(connection)

    field.hear(connection, answer)


def shake_hands(context: ssl.SSLContext, field: Field, connection: socket.socket) -> None:
    """A server that means it."""
    is_done = False

    def go_on(tls: ssl.SSLSocket) -> None:
        nonlocal is_done
        try:
            if not is_done:
                tls.do_handshake()
                is_done = True
            elif not tls.recv(4096):
                field.hang_up(tls)
        except ssl.SSLWantReadError:
            return
        except OSError:
            field.hang_up(tls)

    field.hear(context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), go_on)


def context(folder: Path, minimum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(folder / "chain.pem", folder / "key.pem")
    made.minimum_version = minimum
    made.num_tickets = 0  # nobody comes again
    return made


def record(folder: Path, hello: bytes) -> bytes:
    """What a real server answers to this hello."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = context(folder).wrap_bio(incoming, outgoing, server_side=True)
    incoming.write(hello)
    with contextlib.suppress(ssl.SSLWantReadError):
        server.do_handshake()
    return outgoing.read()


def fill_up(address: str, port: int) -> list[socket.socket]:
    """Listen with a queue that is full: the system drops every further attempt."""
    sockets = [socket.create_server((address, port), backlog=0)]
    for _ in range(3):
        sockets.append(socket.socket())
        sockets[-1].setblocking(False)
        sockets[-1].connect_ex((address, port))
    return sockets


def main(folder: Path, kind: str, addresses: list[str], port: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    serve = {
        "replay": partial(replay, (folder / "flight").read_bytes()),
        "tls": partial(shake_hands, context(folder)),
        "tls13": partial(shake_hands, context(folder, ssl.TLSVersion.TLSv1_3)),
    }
    field = Field(serve.get(kind, serve["replay"]))
    kept = [fill_up(address, port) for address in addresses] if kind == "silent" else []
    for address in [] if kept else addresses:
        field.listen(address, port)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    field.run()


if __name__ == "__main__":
    place, what, begin, step, many, number = sys.argv[1:]
    start = ipaddress.ip_address(begin)
    main(Path(place), what, [str(start + at) for at in range(0, int(many), int(step))], int(number))
