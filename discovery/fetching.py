"""What the portal asks CAs about the certificates of its own scans: through the guard, within bounds, no redirects.

The address is out of a stranger's certificate. It is asked where it is public, or in the networks that the portal scans;
DNS is asked once, and what it says is what is connected to. Nobody's certificate is verified: what comes is signed by
the CA, and that is verified afterwards.
"""

import logging
from asyncio import timeout
from collections import Counter
from typing import NamedTuple

import aiohttp
from django.conf import settings
from yarl import URL

from discovery.models import Question
from discovery.scanner.fetch import BAD_URL, FORBIDDEN, MALFORMED, TIMEOUT, TOO_LARGE, UNREACHABLE
from sslportal.kit import egress, http_exchange
from sslportal.kit.http_exchange import Problem

log = logging.getLogger(__name__)

AT_ONCE = 20
WHOLE_SECONDS = 10.0  # for one question, however slowly the server drips
CONNECT_SECONDS = 3.0
MOST_FAILURES = 5  # in a row, after which a host is asked no more by this worker for this slice of time
MOST_BYTES = {"ocsp": 64 * 1024, "crl": 5_000_000}
PORTS = {80, 443}  # those of the web: an address in a certificate must not make the portal call other services
_CODES = {
    "dns": UNREACHABLE,
    "no-address": UNREACHABLE,
    "refused-address": FORBIDDEN,
    "connect": UNREACHABLE,
    "protocol": MALFORMED,
}
_POST = {"Content-Type": "application/ocsp-request"}


class Fetched(NamedTuple):
    """The body of the answer, or why there is none: a code as those of the program."""

    body: bytes = b""
    problem: str = ""


class Fetcher:
    """Asks, and leaves alone for a while who does not answer: many certificates may name one host that is away."""

    def __init__(self) -> None:
        self._failures: Counter[str] = Counter()

    async def fetch(self, question: Question) -> Fetched:
        """Never raises for what comes from outside."""
        try:
            target = _target(question.url)
            if self._failures[str(target.origin())] >= MOST_FAILURES:
                return Fetched(problem=UNREACHABLE)
            async with timeout(WHOLE_SECONDS):
                body = await _ask(target, bytes(question.body), MOST_BYTES[question.kind])
        except Problem as problem:
            code = _CODES.get(problem.code, problem.code)
        except TimeoutError:
            code = TIMEOUT
        except Exception:  # a stranger's answer that nobody has thought of must not keep the others
            log.exception("Asking %s failed", question.url)
            code = MALFORMED
        else:
            del self._failures[str(target.origin())]
            return Fetched(body)
        if code in {TIMEOUT, UNREACHABLE}:
            self._failures[str(target.origin())] += 1
        return Fetched(problem=code)


def _target(text: str) -> URL:
    """The URL, with its port. Raises Problem for one that is not to be asked."""
    try:
        url = http_exchange.read_url(text).with_fragment(None)
    except ValueError as error:
        raise Problem(BAD_URL, str(error)) from error
    if (
        url.scheme not in {"http", "https"}
        or not url.raw_host
        or url.raw_user is not None
        or url.raw_password is not None
    ):
        raise Problem(BAD_URL, text)
    if url.port not in PORTS | set(settings.VALIDATION_PORTS.values()):
        raise Problem(BAD_URL, f"{text}: port {url.port} is not asked")
    return url


async def _ask(target: URL, body: bytes, largest: int) -> bytes:
    """POST the body, or GET where there is none. Raises Problem."""
    try:
        found = await egress.addresses(target.raw_host or "", settings.SCAN_NETWORKS)
    except egress.EgressRefused as refused:
        raise http_exchange.refusal(refused) from refused
    question = http_exchange.Question(
        method="POST" if body else "GET",
        target=target,
        headers=http_exchange.headers(target, "revocation check") | (_POST if body else {}),
        tls=False,
        data=body or None,
    )
    async with http_exchange.asked(question, found, connect_seconds=CONNECT_SECONDS, trying=_nobody) as response:
        if response.status != 200:
            raise Problem(f"http-{response.status}", "")
        return await _read(response, largest)


def _nobody(server: str) -> None:
    """Nobody wants to know which server is tried."""


async def _read(response: aiohttp.ClientResponse, largest: int) -> bytes:
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > largest:
            raise Problem(TOO_LARGE, "")
    return bytes(body)
