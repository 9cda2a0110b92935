"""Who may issue a certificate for a name, by the CAA records in the DNS: RFC 8659, RFC 8657, BR 3.2.2.8. No models."""

import asyncio
import re
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from itertools import chain, islice
from typing import Any

from dns.rdtypes.ANY.CAA import CAA

from sslportal.kit import outside
from sslportal.kit.dns import Answer, Outcome, ask

ALLOWED, REFUSED, FAILED = "allowed", "refused", "failed"

AT_ONCE = 20  # queries that are under way at the same time
PATIENCE = 20.0  # seconds for all names together: a worker has other things to do
LEAST_LIFETIME = timedelta(hours=8)  # BR 3.2.2.8

CRITICAL = 0x80  # the only flag there is (RFC 8659 4.1)
UNDERSTOOD = frozenset({"issue", "issuewild", "iodef", "issuemail", "contactemail", "contactphone"})
TIES = frozenset({"accounturi", "validationmethods"})  # parameters of RFC 8657 that we cannot match

MAX_RECORDS = 20  # how many are kept for people to read, each and every word of them no longer than the next
MAX_TEXT = 255
MAX_ABOUT = 5

_LABEL = r"[A-Za-z0-9](?:-*[A-Za-z0-9])*"
_ISSUER = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_PARAMETER = re.compile(rf"({_LABEL})[ \t]*=[ \t]*[\x21-\x3a\x3c-\x7e]*")
_BLANK = " \t"


@dataclass(frozen=True)
class Verdict:
    """Whether a certificate with the name may be issued, and why.

    `verdict` is ALLOWED, REFUSED or FAILED, `reason` its code: "no-records", "unrestricted", "named"; "others", "nobody",
    "malformed", "tied", "critical"; for a failed lookup the outcome's. `asked` is the name whose records decide, or whose
    lookup failed; `stands_at` is where they stand, another name where `asked` is an alias. `tag` is the property that
    decides, and `about` what the reason speaks of: the others that may issue, the parameters, the unknown properties.
    `records` are in presentation form, those that decide first. `ttl` is in seconds.
    """

    name: str
    verdict: str
    reason: str
    asked: str = ""
    stands_at: str = ""
    tag: str = ""
    about: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    ttl: int = 0
    detail: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def denial(self) -> tuple[str, ...]:
        """What makes two denials the same: how a lookup fails changes from time to time, and tells nothing new."""
        return (
            (self.verdict, self.reason, self.stands_at, *self.records) if self.verdict == REFUSED else (self.verdict,)
        )

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Verdict":
        return cls(**{**data, "about": tuple(data["about"]), "records": tuple(data["records"])})


@dataclass(frozen=True)
class Property:
    """One CAA record, read. `issuer` is in lower case, "" where it lets nobody issue, None where it cannot be read."""

    record: CAA
    tag: str
    issuer: str | None
    ties: tuple[str, ...]

    @property
    def is_critical(self) -> bool:
        return bool(self.record.flags & CRITICAL)


async def check(names: Sequence[str], ours: Collection[str]) -> list[Verdict]:
    """Look up and judge the names of one certificate, A-labels that may begin with "*.", in their order. Never raises.

    `ours` are the issuer domain names that we answer to. A lookup that fails, in whatever way, is no permission: where the
    BR would let it pass, for zones without DNSSEC, we don't.
    """
    lookups = _Lookups(ours)
    return list(await asyncio.gather(*(_verdict(name, lookups) for name in names)))


def check_now(names: Sequence[str], ours: Collection[str]) -> list[Verdict]:
    """The same, for callers without a loop."""
    return outside.run(lambda: check(names, ours))


def lifetime(verdicts: Sequence[Verdict]) -> timedelta:
    """How long after the lookups a permission holds: 8 hours, or the records' TTL where all of them have a longer one."""
    shortest = min((verdict.ttl for verdict in verdicts), default=0)
    return max(LEAST_LIFETIME, timedelta(seconds=shortest))


async def _verdict(name: str, lookups: "_Lookups") -> Verdict:
    asked = ""
    try:
        async with asyncio.timeout(PATIENCE):
            for asked in climb(name):
                answer = await lookups.ask(asked)
                if answer.outcome == Outcome.FOUND:
                    return replace(lookups.judge(asked, answer, name.startswith("*.")), name=name)
                if not answer.is_absence:
                    return Verdict(name, FAILED, str(answer.outcome), asked, asked, detail=answer.detail)
    except TimeoutError:
        return Verdict(name, FAILED, str(Outcome.SILENT), asked, asked, detail=f"no answer within {PATIENCE:g} s")
    return Verdict(name, ALLOWED, "no-records")


def climb(name: str) -> list[str]:
    """The names whose records may decide, in order: the name without "*.", and each parent but the root (RFC 8659 3)."""
    labels = name.removeprefix("*.").split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]


def judge(records: Sequence[CAA], ours: Collection[str], *, is_wildcard: bool) -> Verdict:
    """What the record set that decides says of any name that it decides for. `ours` in lower case.

    Sources: RFC 8659 4.1 (critical), 4.2 and 4.3 (issue, issuewild, which alone counts for a wildcard where it is there),
    RFC 8657 3 and 4. Parameters other than RFC 8657's mean what the issuer says they mean; we say nothing of any.
    """
    properties = [_read(record) for record in records]
    verdict, reason, deciding, about = _decide(properties, ours, is_wildcard)
    first = {id(one) for one in deciding}
    shown = islice(chain(deciding, (one for one in properties if id(one) not in first)), MAX_RECORDS)
    words = list(dict.fromkeys(about))[:MAX_ABOUT]
    return Verdict(
        "",
        verdict,
        reason,
        tag=deciding[0].tag if deciding else "",
        about=tuple(word[:MAX_TEXT] for word in words),
        records=tuple(_shown(one.record) for one in shown),
    )


def _decide(
    properties: list[Property], ours: Collection[str], is_wildcard: bool
) -> tuple[str, str, list[Property], list[str]]:
    """The verdict, its reason, the properties that decide, and what they speak of."""
    if unknown := [one for one in properties if one.is_critical and one.tag not in UNDERSTOOD]:
        return REFUSED, "critical", unknown, [one.tag for one in unknown]
    relevant = [one for one in properties if one.tag == "issuewild"] if is_wildcard else []
    relevant = relevant or [one for one in properties if one.tag == "issue"]
    if not relevant:
        return ALLOWED, "unrestricted", [], []
    named = [one for one in relevant if one.issuer in ours]
    if free := [one for one in named if not one.ties]:
        return ALLOWED, "named", free, []
    if named:
        return REFUSED, "tied", named, [tie for one in named for tie in one.ties]
    if others := {one.issuer: one for one in relevant if one.issuer}:
        return REFUSED, "others", list(others.values()), list(others)
    if unreadable := [one for one in relevant if one.issuer is None]:
        return REFUSED, "malformed", unreadable, []
    return REFUSED, "nobody", relevant, []


def _read(record: CAA) -> Property:
    tag = record.tag.decode("ascii", "replace").lower()
    issuer, ties = _issuer(record.value.decode("latin-1")) if tag in {"issue", "issuewild"} else (None, ())
    return Property(record, tag, issuer, ties)


def _issuer(value: str) -> tuple[str | None, tuple[str, ...]]:
    """The issuer of an issue or issuewild property, and the parameters that tie it. (None, ()) for what is no issue-value.

    Source: RFC 8659 4.2, which lets nobody issue by a value that does not follow the grammar.
    """
    issuer, *rest = (part.strip(_BLANK) for part in value.split(";"))
    parameters = [_PARAMETER.fullmatch(part) for part in rest] if rest != [""] else []
    if (issuer and not _ISSUER.fullmatch(issuer)) or None in parameters:
        return None, ()
    tags = [match[1].lower() for match in parameters if match]
    return issuer.lower(), tuple(tag for tag in tags if tag in TIES)


def _shown(record: CAA) -> str:
    """The record as in a zone file, such as 0 issue "ca.example". A long one is cut before it is made printable."""
    text = CAA(record.rdclass, record.rdtype, record.flags, record.tag, record.value[:MAX_TEXT]).to_text()
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


class _Lookups:
    """CAA lookups for one certificate: each name is asked for once, so many at a time, and each answer read once."""

    def __init__(self, ours: Collection[str]) -> None:
        self._ours = frozenset(name.lower() for name in ours)
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._asked: dict[str, asyncio.Task[Answer]] = {}
        self._judged: dict[tuple[str, bool], Verdict] = {}

    async def ask(self, name: str) -> Answer:
        if name not in self._asked:
            self._asked[name] = asyncio.create_task(self._ask(name))
        return await asyncio.shield(self._asked[name])  # whoever loses patience leaves it to the others

    async def _ask(self, name: str) -> Answer:
        async with self._slots:
            return await ask(name, "CAA")

    def judge(self, asked: str, answer: Answer, is_wildcard: bool) -> Verdict:
        if (asked, is_wildcard) not in self._judged:
            records = [record for record in answer.records if isinstance(record, CAA)]
            judged = judge(records, self._ours, is_wildcard=is_wildcard)
            stands_at = answer.aliases[-1] if answer.aliases else asked
            self._judged[asked, is_wildcard] = replace(judged, asked=asked, stands_at=stands_at, ttl=answer.ttl)
        return self._judged[asked, is_wildcard]
