"""Asking WHOIS (RFC 3912) who may be written to about a domain: IANA's server, the registry's, perhaps the registrar's."""

import asyncio
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from domains import whois_answers
from sslportal.kit import egress, names, outside
from sslportal.kit.egress import EgressRefused

CONNECT_TIMEOUT = 5.0  # seconds for one address
WHOLE_TIMEOUT = 10.0  # seconds for one server, the look-up of its name included
LARGEST = 64 * 1024  # bytes of an answer

_LDH = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")


@dataclass(frozen=True)
class Contacts:
    """What WHOIS brought: `addresses` in lower case, at most ten, and the servers that were `asked`, in turn.

    Without addresses `problem` says why: "timeout", "connect" (also where DNS does not know the server), "too-long",
    "refused-address" (a referral to a host that may not be connected to), "no-server" (IANA names none for the top-level
    domain), "no-contact"; `detail` is technical English, printable, at most 300 characters.
    """

    addresses: tuple[str, ...]
    asked: tuple[str, ...]
    problem: str = ""
    detail: str = ""


def contacts(domain: str) -> Contacts:
    """The mail addresses of the contacts of the domain's registrable domain. Raises NameRefused for what is no domain.

    IANA's server names the registry's, which is asked for the domain; where it shows no address, the registrar's is
    asked that it names (BR 3.2.2.4.12: query IANA's WHOIS server and follow referrals). Nothing is remembered. What
    others do wrong becomes `problem`. Takes at most half a minute.
    """
    search = _Search(names.parse(domain).registrable)
    return outside.run(search.result)


class _Stopped(Exception):
    """The search ends here: a problem of Contacts, and its detail."""

    def __init__(self, problem: str, detail: str) -> None:
        super().__init__(problem, detail)
        self.problem = problem
        self.detail = outside.printable(detail)


class _Search:
    """One walk along the referrals, with three questions at most."""

    def __init__(self, domain: str) -> None:
        self.domain = domain
        self.asked: list[str] = []

    async def result(self) -> Contacts:
        try:
            addresses = await self._walk()
        except _Stopped as end:
            return Contacts((), tuple(self.asked), end.problem, end.detail)
        return Contacts(addresses, tuple(self.asked))

    async def _walk(self) -> tuple[str, ...]:
        registry = await self._registry()
        answers = [await self._ask(registry, self.domain)]
        registrar = whois_answers.referral(answers[0], "registrar whois server", "whois server")
        if registrar not in ("", registry) and not whois_answers.addresses(answers, self.domain):
            answers.append(await self._ask(registrar, self.domain))
        found = whois_answers.addresses(answers, self.domain)
        if not found:
            raise _Stopped("no-contact", f"{self.asked[-1]} shows no address of a contact that may be written to")
        return found

    async def _registry(self) -> str:
        """The server of the top-level domain's registry."""
        root = urlsplit(f"//{settings.WHOIS_SERVER}")
        top = self.domain.rpartition(".")[2]
        answer = await self._ask(root.hostname or "", top, root.port)
        registry = whois_answers.referral(answer, "refer", "whois")
        if not registry:
            raise _Stopped("no-server", f"{root.hostname} names no WHOIS server for .{top}")
        return registry

    async def _ask(self, host: str, query: str, port: int | None = None) -> str:
        """What the server answers. Raises _Stopped."""
        try:
            async with asyncio.timeout(WHOLE_TIMEOUT):
                reader, writer = await _connect(host, port or settings.WHOIS_PORT)
                self.asked.append(host)
                try:
                    answer = await _exchange(reader, writer, query)
                finally:
                    writer.close()
        except EgressRefused as error:
            problem = "refused-address" if error.code == "not-public" else "connect"
            raise _Stopped(problem, f"{host}: {error.detail}") from None
        except TimeoutError:
            raise _Stopped("timeout", f"{host} did not answer in time") from None
        except OSError as error:
            raise _Stopped("connect", f"{host}: {error.strerror or type(error).__name__}") from None
        if len(answer) > LARGEST:
            raise _Stopped("too-long", f"{host} answers with more than {LARGEST} bytes")
        return _decoded(answer)


async def _connect(host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the first of the host's addresses that takes one. Raises EgressRefused, TimeoutError, OSError."""
    problem: OSError = ConnectionError("no address")
    for address in await egress.addresses(host):
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                return await asyncio.open_connection(address, port)
        except OSError as error:
            problem = error
    raise problem


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, query: str) -> bytes:
    """Send one line and read what comes: all of it, or LARGEST + 1 bytes. Raises OSError, ValueError for no LDH name."""
    if not _LDH.fullmatch(query):
        raise ValueError("Only an LDH name may be sent to a WHOIS server.")
    writer.write(query.encode("ascii") + b"\r\n")
    try:
        return await reader.readexactly(LARGEST + 1)
    except asyncio.IncompleteReadError as end:
        return end.partial


def _decoded(answer: bytes) -> str:
    """The text. JPRS writes in ISO-2022-JP; what cannot be read is replaced, since addresses are ASCII anyway."""
    return answer.decode("iso2022_jp" if b"\x1b$" in answer else "utf-8", "replace")
