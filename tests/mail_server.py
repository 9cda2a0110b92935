"""Real mail servers for tests: one that keeps what it gets, and ones that hang, hang up or drip where a test wants it."""

import contextlib
import socket
import ssl
import subprocess
import threading
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Sink:
    """A mail server that keeps what it gets, or refuses it. A context: it runs for the length of it.

    `answer` is for every mail, `answers` for recipients and senders by their address; `password` must be given by "portal".
    """

    def __init__(self, *, tls=None, implicit_tls=None, password=None, takes_utf8=True):
        self.got, self.answer, self.answers, self.connections = [], "250 OK", {}, 0
        self.password = password
        signing_in = {"authenticator": self.authenticate, "auth_required": True} if password else {}
        self.controller = Controller(
            self,
            hostname="127.0.0.1",
            port=free_port(),
            ssl_context=implicit_tls,
            tls_context=tls,
            enable_SMTPUTF8=takes_utf8,
            **signing_in,
        )

    def authenticate(self, server, session, envelope, mechanism, given):
        return AuthResult(success=given.password == self.password.encode(), handled=False)

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        envelope.mail_from = address
        return self.answers.get(address, "250 OK")

    async def handle_RCPT(self, server, session, envelope, address, options):
        envelope.rcpt_tos.append(address)
        return self.answers.get(address, "250 OK")

    async def handle_DATA(self, server, session, envelope):
        if self.answer.startswith("250"):
            message = message_from_bytes(envelope.content, policy=policy.default)
            message.raw, message.envelope_to = envelope.original_content, envelope.rcpt_tos
            self.got.append(message)
        return self.answer

    def __enter__(self):
        self.controller.start()
        return self

    def __exit__(self, *error):
        self.controller.stop()


class Stubborn:
    """A mail server that plays its part as far as to `until`, and then does something else with the connection.

    `until` is one of "greeting", "MAIL", "RCPT", "DATA", "text", "end": what it does not answer any more. `then` is "hang",
    "close" or "drip". With `after` it does so only behind that many good mails of a connection.
    """

    def __init__(self, until, then="hang", *, after=0):
        self.until, self.then, self.after = until, then, after
        self.got, self.connections, self.bodies = [], 0, []
        self.stopped = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.threads = [threading.Thread(target=self.accept)]

    def __enter__(self):
        self.threads[0].start()
        return self

    def __exit__(self, *error):
        self.stopped.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join()
        self.listener.close()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _address = self.listener.accept()
                self.connections += 1
                self.threads.append(threading.Thread(target=self.serve, args=[connection]))
                self.threads[-1].start()

    def serve(self, connection):
        connection.settimeout(10)
        with connection, connection.makefile("rb") as lines, contextlib.suppress(OSError):
            if self.talk(connection, lines):
                return
            if self.then == "hang":
                self.stopped.wait(10)
            while self.then == "drip" and not self.stopped.wait(0.02):
                connection.sendall(b"2")

    def talk(self, connection, lines):
        """Whether the client has ended it."""
        good, data = 0, None
        if self.until == "greeting":
            return False
        connection.sendall(b"220 here\r\n")
        while line := lines.readline():
            stops = good >= self.after
            if data is None:
                word = line[:4].strip().decode().upper()
                if word == self.until and stops:
                    return False
                data = b"" if word == "DATA" else None
                connection.sendall(b"354 go on\r\n" if word == "DATA" else b"250 OK\r\n")
            elif line != b".\r\n":
                data += line
                if self.until == "text" and stops:
                    return False
            else:
                self.got.append(data)
                if self.until == "end" and stops:
                    return False
                good, data = good + 1, None
                connection.sendall(b"250 OK\r\n")
        return True


class Certificate:
    """A certificate for a name with its key, and itself the authority to trust."""

    def __init__(self, folder, name="localhost"):
        self.path, key = folder / f"{name}.pem", folder / f"{name}.key"
        kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        whose = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-keyout", key, "-out", self.path]
        subprocess.run(["openssl", "req", *kind, *whose], check=True, capture_output=True)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.path, key)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
