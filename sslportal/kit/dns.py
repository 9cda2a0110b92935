"""The portal's one way to ask DNS: through validating resolvers, whose verdict on DNSSEC is believed and never overruled."""

import re
import time
from asyncio import timeout
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.resolver
import dns.ttl
from django.conf import settings
from dns.edns import EDECode

from sslportal.kit import dns_exchange, outside
from sslportal.kit.dns_exchange import NoAnswer, Nonsense
from sslportal.kit.outside import Server, printable

WHOLE_SECONDS = 10.0  # for one question, however many servers and aliases
ROUNDS = 2
MOST_RECORDS = 100
MOST_ALIASES = 8
VALIDATES_FOR = 600.0  # seconds for which a server's proof is remembered
FAILS_FOR = 30.0  # and its lack
MAX_NAME = 253  # octets without the root's dot, RFC 1035 2.3.4

_NAME = re.compile(r"[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*")
_ABOUT_DNSSEC = {  # RFC 8914 4, and the two of the registry that came later
    EDECode.UNSUPPORTED_DNSKEY_ALGORITHM, EDECode.UNSUPPORTED_DS_DIGEST_TYPE, EDECode.DNSSEC_INDETERMINATE,
    EDECode.DNSSEC_BOGUS, EDECode.SIGNATURE_EXPIRED, EDECode.SIGNATURE_NOT_YET_VALID, EDECode.DNSKEY_MISSING,
    EDECode.RRSIGS_MISSING, EDECode.NO_ZONE_KEY_BIT_SET, EDECode.NSEC_MISSING, EDECode.SIGNATURE_EXPIRED_BEFORE_VALID,
    EDECode.UNSUPPORTED_NSEC3_ITERATIONS_VALUE,
}  # fmt: skip


class Outcome(StrEnum):
    """What became of a question."""

    FOUND = "found"
    EMPTY = "empty"  # the name exists, without records of the kind
    NO_NAME = "no-name"
    BOGUS = "bogus"  # the resolver answers, but DNSSEC says that it must not be believed
    UNVALIDATED = "unvalidated"  # the resolver has not shown that it validates DNSSEC
    FAILED = "failed"
    SILENT = "silent"
    BAD_NAME = "bad-name"


VERDICTS = {Outcome.FOUND, Outcome.EMPTY, Outcome.NO_NAME}
_WORST = (Outcome.BOGUS, Outcome.UNVALIDATED, Outcome.FAILED, Outcome.SILENT)  # what tells people most comes first


@dataclass(frozen=True)
class Answer:
    """What DNS says. Only FOUND, EMPTY and NO_NAME say something about the name; nothing else may be read as a yes.

    `records` are those of the asked kind at the end of the chain of `aliases`; `ttl` is in seconds; `is_secure` is
    the resolver's AD bit for all of the chain (RFC 4035 3.2.3); `asked` is the resolver, "192.0.2.1:53"; `detail` is
    technical English, printable, at most 300 characters.
    """

    name: str
    kind: str
    outcome: Outcome
    asked: str = ""
    records: tuple[dns.rdata.Rdata, ...] = ()
    ttl: int = 0
    aliases: tuple[str, ...] = ()
    is_secure: bool = False
    detail: str = ""

    @property
    def question(self) -> str:
        return f"{self.kind} {self.name}"

    @property
    def is_absence(self) -> bool:
        """Whether there are no such records, for certain."""
        return self.outcome in {Outcome.EMPTY, Outcome.NO_NAME}


class _Fault(Exception):
    """Why a server gave no verdict."""

    def __init__(self, outcome: Outcome, detail: str) -> None:
        super().__init__(outcome, detail)
        self.outcome = outcome
        self.detail = detail


@dataclass(frozen=True)
class _Question:
    name: dns.name.Name
    kind: dns.rdatatype.RdataType

    def answer(self, outcome: Outcome, server: Server | None, detail: str) -> Answer:
        text = self.name.to_text(omit_final_dot=True)
        asked = str(server) if server else ""
        return Answer(text, dns.rdatatype.to_text(self.kind), outcome, asked, detail=printable(detail))


async def ask(name: str, kind: str) -> Answer:
    """Ask for the records of a kind ("TXT", "CAA", …) at a name (ASCII; a final dot may stand).

    Never raises for what comes from outside, takes ten seconds at most. Each server is asked in turn, twice, until one
    gives a verdict. Raises dns.exception.DNSException for a kind that does not exist.
    """
    rdtype = dns.rdatatype.from_text(kind)
    plain = name.removesuffix(".")
    if len(plain) > MAX_NAME or not _NAME.fullmatch(plain):
        return Answer(printable(name), kind, Outcome.BAD_NAME, detail="not a name of DNS")
    return await _ask_all(_Question(dns.name.from_text(plain.lower()), rdtype))


def ask_now(name: str, kind: str) -> Answer:
    """The same, for callers without a loop."""
    return outside.run(lambda: ask(name, kind))


def texts(answer: Answer) -> list[str]:
    r"""Each TXT record as one string, its pieces joined (RFC 7208 3.3); what is no UTF-8 becomes \xff."""
    return [b"".join(getattr(record, "strings", ())).decode("utf-8", "backslashreplace") for record in answer.records]


def servers() -> list[Server]:
    """The resolvers that are asked: those of the settings, else the system's."""
    if settings.DNS_SERVERS:
        return [outside.server(text) for text in settings.DNS_SERVERS]
    try:
        return [outside.server(str(host)) for host in dns.resolver.Resolver().nameservers]
    except (dns.exception.DNSException, OSError, ValueError):
        return []


async def probe(server: Server) -> Answer:
    """Ask the server for the root's SOA. The root is signed, so that `is_secure` tells whether the server validates."""
    return await _ask_one(server, _Question(dns.name.root, dns.rdatatype.SOA))


_proofs: dict[Server, tuple[float, str]] = {}  # until when it is remembered (monotonic), and what the server lacks


def forget_proofs() -> None:
    """Forget which servers validate."""
    _proofs.clear()


async def _ask_all(question: _Question) -> Answer:
    asked = servers()
    if not asked:
        return question.answer(Outcome.FAILED, None, "no DNS server is known")
    got: list[Answer] = []
    try:
        async with timeout(WHOLE_SECONDS):
            for server in asked * ROUNDS:
                if len(got) == len(asked) and _is_settled(got):
                    break
                got.append(await _ask_validating(server, question))
                if got[-1].outcome in VERDICTS:
                    return got[-1]
    except TimeoutError:
        server = asked[len(got) % len(asked)]
        got.append(question.answer(Outcome.SILENT, server, f"no answer within {WHOLE_SECONDS:g} s"))
    return min(reversed(got), key=lambda answer: _WORST.index(answer.outcome))


def _is_settled(got: list[Answer]) -> bool:
    """Whether asking again would change nothing for now."""
    outcomes = {answer.outcome for answer in got}
    return Outcome.BOGUS in outcomes or outcomes == {Outcome.UNVALIDATED}


async def _ask_validating(server: Server, question: _Question) -> Answer:
    if settings.DNS_VALIDATION == "required":
        try:
            await _require_proof(server)
        except _Fault as fault:
            return question.answer(fault.outcome, server, fault.detail)
    return await _ask_one(server, question)


async def _require_proof(server: Server) -> None:
    """Raises _Fault where the server has not shown that it validates (BR 3.2.2.4, 3.2.2.8.1)."""
    until, lacks = _proofs.get(server, (0.0, ""))
    if time.monotonic() >= until:
        shown = await probe(server)
        if shown.outcome is Outcome.SILENT:
            raise _Fault(Outcome.SILENT, shown.detail)
        is_proof = shown.outcome is Outcome.FOUND and shown.is_secure
        lacks = "" if is_proof else f"the answer to “SOA .” is not marked as authentic: {shown.detail}"
        _proofs[server] = time.monotonic() + (VALIDATES_FOR if is_proof else FAILS_FOR), lacks
    if lacks:
        raise _Fault(Outcome.UNVALIDATED, lacks)


async def _ask_one(server: Server, question: _Question) -> Answer:
    try:
        return await _follow(server, question)
    except _Fault as fault:
        return question.answer(fault.outcome, server, fault.detail)


async def _follow(server: Server, question: _Question) -> Answer:
    """The answer at the end of the chain of aliases; a chain that the server leaves open is asked on. Raises _Fault."""
    aliases: list[dns.name.Name] = []
    ttl, is_secure, name = dns.ttl.MAX_TTL, True, question.name
    while True:
        message = await _ask(server, name, question.kind)
        chain = _chain(message)
        aliases += [alias[0].target for alias in chain.cnames]
        ttl, is_secure = min(ttl, chain.minimum_ttl), is_secure and bool(message.flags & dns.flags.AD)
        if len(aliases) > MOST_ALIASES or len({question.name, *aliases}) <= len(aliases):
            raise _Fault(Outcome.FAILED, f"the chain of CNAMEs is a loop or longer than {MOST_ALIASES}")
        if not _is_open(message, chain):
            break
        name = chain.canonical_name
    records = tuple(chain.answer or ())
    if len(records) > MOST_RECORDS:
        raise _Fault(Outcome.FAILED, f"{len(records)} records, more than {MOST_RECORDS}")
    nothing = Outcome.NO_NAME if message.rcode() == dns.rcode.NXDOMAIN else Outcome.EMPTY
    answer = question.answer(Outcome.FOUND if records else nothing, server, _told(message))
    followed = tuple(alias.to_text(omit_final_dot=True) for alias in aliases)
    return replace(answer, records=records, ttl=ttl, aliases=followed, is_secure=is_secure)


def _chain(message: dns.message.QueryMessage) -> dns.message.ChainingResult:
    try:
        chain = message.resolve_chaining()
    except dns.exception.DNSException as error:
        raise _Fault(Outcome.FAILED, f"{_told(message)}, {type(error).__name__}: {error}") from error
    if message.answer and not chain.answer and not chain.cnames:  # which must not pass for "there are no records"
        raise _Fault(Outcome.FAILED, f"{_told(message)}, with other records than those asked for")
    return chain


def _is_open(message: dns.message.QueryMessage, chain: dns.message.ChainingResult) -> bool:
    """Whether the answer ends at an alias and does not say that there is nothing behind it."""
    says_nothing = any(rrset.rdtype == dns.rdatatype.SOA for rrset in message.authority)  # RFC 2308 2.2
    return bool(chain.cnames) and not chain.answer and message.rcode() == dns.rcode.NOERROR and not says_nothing


async def _ask(server: Server, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> dns.message.QueryMessage:
    """The server's answer, which says what is there or that nothing is. Raises _Fault for any other."""
    message = await _exchange(server, name, kind)
    if message.rcode() not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
        is_bogus = message.rcode() == dns.rcode.SERVFAIL and (
            any(error.code in _ABOUT_DNSSEC for error in _errors(message))
            or await _is_answered_unchecked(server, name, kind)
        )
        raise _Fault(Outcome.BOGUS if is_bogus else Outcome.FAILED, _told(message))
    if not message.flags & dns.flags.RA:  # else a referral would pass for "there are no records"
        raise _Fault(Outcome.FAILED, f"{_told(message)}, but the server does not ask others for us (no RA)")
    return message


async def _is_answered_unchecked(server: Server, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> bool:
    """Whether only validation is in the way. Serves to tell people the right thing; the data is not looked at."""
    try:
        message = await _exchange(server, name, kind, unchecked=True)
    except _Fault:
        return False
    return message.rcode() in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}


async def _exchange(
    server: Server, name: dns.name.Name, kind: dns.rdatatype.RdataType, *, unchecked: bool = False
) -> dns.message.QueryMessage:
    try:
        return await dns_exchange.exchange(server, name, kind, unchecked=unchecked)
    except Nonsense as error:
        raise _Fault(Outcome.FAILED, str(error)) from error
    except NoAnswer as error:
        raise _Fault(Outcome.SILENT, str(error)) from error


def _errors(message: dns.message.Message) -> Iterator[dns.edns.EDEOption]:
    return (option for option in message.options if isinstance(option, dns.edns.EDEOption))


def _told(message: dns.message.Message) -> str:
    """What the server says of its answer, such as "SERVFAIL, EDE 9 (DNSKEY Missing)"."""
    return ", ".join([dns.rcode.to_text(message.rcode()), *(error.to_text() for error in _errors(message))])
