"""Servers on loopback as odd as one likes: each connection is played in a thread, byte for byte or by Python's ssl."""

import contextlib
import socket
import ssl
import threading

LONG = 5.0  # seconds after which a test would rather fail than hang


class Server:
    """Listens on `address` and a free port, and plays its part with everybody who comes. Use it as a context manager."""

    def __init__(self, play, address="127.0.0.1", port=0):
        self.play = play
        self.connections = 0
        self.listener = socket.create_server(
            (address, port), family=socket.AF_INET6 if ":" in address else socket.AF_INET
        )
        self.address, self.port = self.listener.getsockname()[:2]
        self.threads = []
        self.is_over = threading.Event()

    def __enter__(self):
        self._begin(self._accept)
        return self

    def __exit__(self, *exc):
        self.is_over.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join(LONG)
        self.listener.close()

    def _begin(self, act, *args):
        thread = threading.Thread(target=act, args=args, daemon=True)
        self.threads.append(thread)
        thread.start()

    def _accept(self):
        while not self.is_over.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            self._begin(self._serve, connection)

    def _serve(self, connection):
        connection.settimeout(LONG)
        with connection, contextlib.suppress(OSError):
            self.play(connection)


def hear(connection):
    """One record of TLS, which is how long a hello is; what there is of it if the other side hangs up."""
    header = _exactly(connection, 5)
    return header + _exactly(connection, int.from_bytes(header[3:5], "big"))


def _exactly(connection, count):
    data = b""
    while len(data) < count and (more := connection.recv(count - len(data))):
        data += more
    return data


def wait_for_the_end(connection):
    """Until the other side hangs up."""
    with contextlib.suppress(OSError):
        while connection.recv(4096):
            pass


def answers(*parts):
    """To the hello it answers with these bytes, one after the other."""

    def play(connection):
        hear(connection)
        for part in parts:
            connection.sendall(part)
        wait_for_the_end(connection)

    return play


def chooses(choose):
    """It answers with what `choose(hello)` gives."""

    def play(connection):
        connection.sendall(choose(hear(connection)))
        wait_for_the_end(connection)

    return play


def says(greeting):
    """It speaks first, and is no TLS."""

    def play(connection):
        connection.sendall(greeting)
        wait_for_the_end(connection)

    return play


def mute(connection):
    """It says nothing."""
    wait_for_the_end(connection)


def hangs_up(connection):
    """It hears the hello, and goes."""
    hear(connection)


def resets(connection):
    """It cuts the connection off."""
    hear(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def drips(content):
    """One byte at a time; it goes on for as long as the other side is there."""

    def play(connection):
        hear(connection)
        for byte in content:
            connection.sendall(bytes([byte]))
            threading.Event().wait(0.001)
        wait_for_the_end(connection)

    return play


def speaks_tls(context):
    """A real server, by Python's ssl."""

    def play(connection):
        with context.wrap_socket(connection, server_side=True) as tls:
            wait_for_the_end(tls)

    return play


def context(*chains, newest=None, oldest=None):
    """For a real server that shows these chains, each for its kind of key."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.set_ciphers("ALL:@SECLEVEL=0")
    if newest:
        made.maximum_version = newest
    if oldest:
        made.minimum_version = oldest
    for chain in chains:
        made.load_cert_chain(*chain.files)
    return made


@contextlib.contextmanager
def silent(address="127.0.0.1"):
    """A port whose queue is full: an attempt to connect gets no answer, as from an address where nobody is."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server((address, 0), backlog=0))
        for _ in range(3):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def closed_port():
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
