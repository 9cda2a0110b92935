"""Talking with the portal: JSON by POST, to a portal that proves who it is, and again where it does not answer.

The way there may lead through a proxy, which the system or the environment names (HTTPS_PROXY, NO_PROXY). Nobody but the
portal is told the secret: not the proxy, and not whoever a redirect leads to, for none is followed.
"""

from __future__ import annotations

import http.client
import json
import ssl
import threading
import time
import urllib.error
import urllib.request
from email.message import Message
from pathlib import Path
from typing import Any, Callable

from discovery.scanner.trouble import Trouble

PATIENCE = 600.0  # seconds for which a portal that is not there is waited for
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
TIMEOUT, SHORT_TIMEOUT = 60.0, 5.0  # seconds of silence: it may take a while to look at two hundred certificates
MOST_ANSWER = 4_000_000  # bytes
LONGEST_SENTENCE = 500
GO_ON = "Run the program again to go on from there."

_WITHOUT_WORDS = {
    401: "The portal does not know this file any more. Download it again.",
    403: "The portal, or something before it, refuses the program.",
    404: "The portal does not know what to do with this program. Download it again.",
    410: "This was canceled in the portal, or is over.",
}


class Refused(Trouble):
    """The portal does not want to hear more. `is_final` where it never will: canceled, over, or of another computer."""

    def __init__(self, sentence: str, *, is_final: bool = False) -> None:
        super().__init__(sentence)
        self.is_final = is_final


class Unreachable(Trouble):
    """It was waited for long enough."""


class _Passing(Exception):
    """Why it did not work this time; `pause` as long as the portal asks for."""

    def __init__(self, why: str, pause: float = 0.0) -> None:
        super().__init__(why)
        self.pause = pause


class Portal:
    """The portal at `agent`, an address that ends in a slash. `tell` gets a sentence where there is something to wait for.

    Raises Trouble for a file of authorities that cannot be read.
    """

    def __init__(
        self,
        agent: str,
        *,
        language: str = "en",
        authorities: Path | None = None,
        tell: Callable[[str], Any] = lambda _: None,
        patience: float = PATIENCE,
    ) -> None:
        self._agent = agent
        self._language = language
        self._tell = tell
        self._patience = patience
        self._is_hurried = threading.Event()
        handlers: list[urllib.request.BaseHandler] = [
            _NoRedirect(),
            urllib.request.HTTPSHandler(context=_context(authorities)),
        ]
        if agent.startswith("http:"):  # on this computer, and in clear: nothing for a proxy
            handlers.append(urllib.request.ProxyHandler({}))
        self._opener = urllib.request.build_opener(*handlers)

    def hurry(self) -> None:
        """Do not wait for it any more: what does not work at once does not work. From any thread."""
        self._is_hurried.set()

    def ask(self, what: str, secret: str, message: dict[str, Any]) -> dict[str, Any]:
        """Send the message, and return the answer; blocks. Raises Refused or Unreachable."""
        pause, until = FIRST_PAUSE, 0.0
        while True:
            try:
                answer = self._ask_once(what, secret, message)
            except _Passing as passing:
                now = time.monotonic()
                until = until or self._tell_of(passing, now)
                pause = max(pause, passing.pause)
                if self._is_hurried.is_set() or now + pause > until:
                    raise Unreachable(f"The portal cannot be reached: {passing}. {GO_ON}") from None
                self._is_hurried.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                if until:
                    self._tell("The portal can be reached again.")
                return answer

    def _tell_of(self, passing: _Passing, now: float) -> float:
        """Returns the moment until which it is waited for."""
        if not self._is_hurried.is_set():
            minutes = round(self._patience / 60)
            self._tell(f"The portal cannot be reached: {passing}. Trying again, for up to {minutes} minutes.")
        return now + self._patience

    def _ask_once(self, what: str, secret: str, message: dict[str, Any]) -> dict[str, Any]:
        headers = {
            "Authorization": f"Bearer {secret}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Language": self._language,
            "User-Agent": "sslportal-scanner",
        }
        # Settings.portal is https, or this computer
        request = urllib.request.Request(self._agent + what, json.dumps(message).encode(), headers)  # noqa: S310
        timeout = SHORT_TIMEOUT if self._is_hurried.is_set() else TIMEOUT
        try:
            with self._opener.open(request, timeout=timeout) as response:
                return _read(response.read(MOST_ANSWER + 1))
        except urllib.error.HTTPError as error:
            with error:
                raise _meaning(error) from None
        except urllib.error.URLError as error:
            raise self._why(error.reason) from None
        except (OSError, http.client.HTTPException) as error:
            raise self._why(error) from None

    def _why(self, reason: object) -> Exception:
        if isinstance(reason, ssl.SSLCertVerificationError):
            return Refused(_untrusted(self._agent, reason.verify_message))
        if isinstance(reason, TimeoutError) or str(reason) == "timed out":  # Python 3.9 has a class of its own for it
            return _Passing("it did not answer in time")
        text = reason.strerror or str(reason) if isinstance(reason, OSError) else str(reason)
        return _Passing(printable(text) or type(reason).__name__)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """So that a redirect is an error as any other."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def _context(authorities: Path | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=authorities)
    except (OSError, ValueError):  # ssl.SSLError is an OSError
        raise Trouble(
            f"{authorities} cannot be read, or holds no certificate in PEM (-----BEGIN CERTIFICATE-----)."
        ) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _read(body: bytes) -> dict[str, Any]:
    """Raises _Passing: a proxy that has something to say, as a rule."""
    try:
        data = json.loads(body) if len(body) <= MOST_ANSWER else None
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise _Passing("something else answers in its place, perhaps a proxy or a firewall")
    return data


def _meaning(error: urllib.error.HTTPError) -> Exception:
    """Refused or _Passing."""
    if error.code == 429 or error.code >= 500:
        return _Passing(f"it is busy ({error.code})", _pause(error.headers))
    if 300 <= error.code < 400:
        goal = printable(error.headers.get("Location", "")) or "nowhere"
        return Refused(
            f"The portal sends the program elsewhere ({error.code}, to {goal}), where it does not go with its secret."
            " A proxy or a firewall may be in the way."
        )
    sentence = _sentence(error) or _WITHOUT_WORDS.get(error.code, f"The portal refuses the program ({error.code}).")
    return Refused(sentence, is_final=error.code in (401, 410))


def _pause(headers: Message) -> float:
    """The seconds that the portal asks for, within reason."""
    text = headers.get("Retry-After", "")
    return min(float(text), 2 * LONGEST_PAUSE) if text.isascii() and text.isdigit() and len(text) < 9 else 0.0


def _sentence(error: urllib.error.HTTPError) -> str:
    """The portal's own, in whatever language; empty if it said none."""
    try:
        said = json.loads(error.read(MOST_ANSWER)).get("error", "")
    except (OSError, ValueError, RecursionError, AttributeError, http.client.HTTPException):
        return ""
    return printable(said) if isinstance(said, str) else ""


def printable(text: str) -> str:
    """What somebody else said, so that it cannot play tricks with the terminal."""
    return "".join(char if char.isprintable() else " " for char in text[:LONGEST_SENTENCE]).strip()


def _untrusted(agent: str, reason: str) -> str:
    portal = agent.partition("/discovery/")[0]
    return (
        f"{portal} does not prove that it is the portal: {printable(reason)}. Nothing was sent.\n"
        "If its certificate, or that of a proxy which looks into TLS, is from a CA of your organization, give that CA's"
        " certificate in PEM with --ca-file FILE. With Python from python.org on macOS, run its 'Install Certificates.command'"
        " once. Otherwise ask whoever runs the portal: somebody may be listening on the way."
    )
