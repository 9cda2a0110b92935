"""The way to the mail server: SMTP in single steps, so that what must be committed can be, before the last of them."""

import io
import re
import smtplib
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage

from sslportal.kit.outside import printable

FINAL = 6  # times EMAIL_TIMEOUT, for the reply to the whole mail: the server may want to look through it (RFC 5321 4.5.3.2.6)
SERVICE_ENDS = 421  # a reply that is possible at every step, RFC 5321 3.8
_DOT = re.compile(rb"^\.", re.MULTILINE)


class Trouble(Exception):
    """A step that went wrong: which one, and what there is to say about it, in technical English."""

    def __init__(self, step: str, detail: str) -> None:
        super().__init__(step, detail)
        self.step, self.detail = step, printable(detail)

    def __str__(self) -> str:
        return f"{self.step}: {self.detail}"


class NoServer(Trouble):
    """The server is not there, hung up, or takes too long (`hangs`). Nothing is known about a mail that was not finished."""

    def __init__(self, step: str, detail: str, *, hangs: bool = False) -> None:
        super().__init__(step, detail)
        self.hangs = hangs


class Refused(Trouble):
    """The server answered no. `is_final` where asking once more would change nothing."""

    def __init__(self, step: str, code: int, detail: str, *, is_final: bool = False) -> None:
        super().__init__(step, f"{code} {detail}" if code else detail)
        self.code, self.is_final = code, is_final


class Session:
    """A connection to the mail server of the settings, for one mail after the other.

    As a context it is connected, secured and signed in. Then, for each mail, `offer` and `finish`: before `finish` the server
    has everything but the end and must not deliver; after it the mail is the server's. Each step raises NoServer or Refused.
    """

    def __init__(self) -> None:
        own_name = urlsplit(settings.PORTAL_URL).hostname or "localhost"
        self._smtp = _InTime(local_hostname=own_name, timeout=settings.EMAIL_TIMEOUT)
        self._is_broken = self._is_in_mail = False

    def __enter__(self) -> "Session":
        try:
            self.connect()
            self.secure()
            self.sign_in()
        except Trouble:
            self.close()
            raise
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()

    def close(self) -> None:
        """Part politely between two mails; in the middle of one just hang up, so that nothing of it is delivered."""
        if self._smtp.sock and not (self._is_broken or self._is_in_mail):
            with suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
        self._smtp.close()

    def connect(self) -> None:
        with self._step("connect"):
            sock = socket.create_connection((settings.EMAIL_HOST, settings.EMAIL_PORT), settings.EMAIL_TIMEOUT)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # or the end of a mail waits 40 ms for company
            self._smtp.sock = sock
            if not settings.EMAIL_USE_SSL:
                self._greet()

    def secure(self) -> None:
        """TLS, as far as the settings want it. The server's certificate must be good and for its name."""
        with self._step("tls"):
            if settings.EMAIL_USE_SSL:
                self._wrap()
                self._greet()
            elif settings.EMAIL_USE_TLS:
                if not self._smtp.has_extn("starttls"):
                    raise smtplib.SMTPNotSupportedError("the server offers no STARTTLS")
                _expect(self._smtp.docmd("STARTTLS"))
                self._wrap()
                _expect(self._smtp.ehlo())  # what it said in the clear may have been somebody else's words

    def sign_in(self) -> None:
        if settings.EMAIL_HOST_USER and settings.EMAIL_HOST_PASSWORD:
            with self._step("sign-in"):
                self._smtp.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)

    def offer(self, message: EmailMessage) -> None:
        """Say everything but the end. After Refused the next mail can be offered."""
        data = as_bytes(message)
        try:
            self.name_sender(message, len(data))
            self.name_recipient(message)
            self.say(data)
        except Refused:
            self._reset()
            raise

    def name_sender(self, message: EmailMessage, size: int) -> None:
        options = ["BODY=8BITMIME"] if self._smtp.has_extn("8bitmime") else []
        if self._smtp.has_extn("size"):
            options.append(f"SIZE={size}")
        if not message.to[0].isascii():
            if not self._smtp.has_extn("smtputf8"):
                why = "the mail server takes no address with letters beyond ASCII before the @ (it offers no SMTPUTF8)"
                raise Refused("recipient", 0, why, is_final=True)
            options.append("SMTPUTF8")
        self._is_in_mail = True
        with self._step("sender"):
            _expect(self._smtp.mail(parseaddr(message.from_email)[1], options))

    def name_recipient(self, message: EmailMessage) -> None:
        with self._step("recipient"):
            _expect(self._smtp.rcpt(message.to[0]))

    def say(self, data: bytes) -> None:
        with self._step("text"):
            _expect(self._smtp.docmd("DATA"), 3)
            self._smtp.send(_DOT.sub(b"..", data))

    def finish(self) -> None:
        """Say the end, and wait until the server has taken the mail over."""
        self._smtp.timeout = FINAL * settings.EMAIL_TIMEOUT
        try:
            with self._step("hand over"):
                self._smtp.send(b".\r\n")
                reply = self._smtp.getreply()
                self._is_in_mail = False
                _expect(reply)
        finally:
            self._smtp.timeout = settings.EMAIL_TIMEOUT

    def _reset(self) -> None:
        """Be ready for the next mail. Where the server ends the connection instead, the next mail finds none."""
        try:
            with self._step("reset"):
                _expect(self._smtp.rset())
            self._is_in_mail = False
        except Trouble:
            self._smtp.close()

    def _greet(self) -> None:
        _expect(self._smtp.getreply())
        self._smtp.ehlo_or_helo_if_needed()

    def _wrap(self) -> None:
        """What came before in the clear and was not read yet is forgotten with the file."""
        if self._smtp.sock:
            self._smtp.sock = tls_context().wrap_socket(self._smtp.sock, server_hostname=settings.EMAIL_HOST)
        self._smtp.file = None

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        try:
            yield
        except smtplib.SMTPResponseException as error:
            said = error.smtp_error
            words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
            if error.smtp_code not in (SERVICE_ENDS, -1):
                raise Refused(name, error.smtp_code, words) from error
            self._is_broken = True
            raise NoServer(name, f"{error.smtp_code} {words}") from error
        except (OSError, ValueError, smtplib.SMTPException) as error:
            self._is_broken = True
            hangs = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
            words = f"no answer within {self._smtp.timeout:g} s" if hangs else str(error)
            raise NoServer(name, words or type(error).__name__, hangs=hangs) from error


class _InTime(smtplib.SMTP):
    """As the library's, but a reply must be there in time as a whole, however slowly it drips in."""

    timeout: float
    until = 0.0

    def getreply(self) -> tuple[int, bytes]:
        self.until = time.monotonic() + self.timeout
        if self.sock and not self.file:
            self.file = io.BufferedReader(_Reader(self))
        try:
            return super().getreply()
        finally:
            if self.sock:
                self.sock.settimeout(self.timeout)


class _Reader(io.RawIOBase):
    """Reads from the connection for as long as there is time."""

    def __init__(self, smtp: _InTime) -> None:
        self.smtp = smtp

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self.smtp.until - time.monotonic()
        if left <= 0 or not self.smtp.sock:
            raise TimeoutError
        self.smtp.sock.settimeout(left)
        return self.smtp.sock.recv_into(buffer)


def tls_context() -> ssl.SSLContext:
    """Trusts the certificate authorities of the system, and the one of the settings."""
    context = ssl.create_default_context()
    if settings.EMAIL_SSL_CA:
        context.load_verify_locations(settings.EMAIL_SSL_CA)
    return context


def _expect(reply: tuple[int, bytes], kind: int = 2) -> None:
    """Raise SMTPResponseException for a reply of another kind, which is its first digit."""
    if reply[0] // 100 != kind:
        raise smtplib.SMTPResponseException(*reply)


def as_bytes(message: EmailMessage) -> bytes:
    """The message as it goes over the line. Django cannot write `To` beyond ASCII; the address was checked when posted."""
    whole = message.message()
    del whole["To"]
    data = f"To: {message.to[0]}\r\n".encode() + whole.as_bytes(linesep="\r\n")  # type: ignore[call-arg]  # Django's own
    return data if data.endswith(b"\r\n") else data + b"\r\n"
