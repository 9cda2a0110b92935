"""What is to be said of a URL, by what its server showed and accepts and by what the portal's own records say. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from discovery.analysis import chains, facts
from discovery.analysis.chains import ChainVerdict, Roots
from discovery.analysis.facts import Facts
from discovery.health import entries
from discovery.health.findings import Aspect, Finding, found
from discovery.health.states import Verdict
from discovery.scanner import results, suites
from discovery.scanner.health import Health
from discovery.scanner.results import FOUND, SSL3, TLS10, TLS11, TLS12, TLS13, Result, Shown

SOON = timedelta(days=30)  # before its end a certificate is warned of
MOST_NAMES = 5  # in a sentence


class Relation(StrEnum):
    """What a certificate that this portal issued is to the order that is checked."""

    THIS = "this"
    OLDER = "older"
    NEWER = "newer"
    OTHER = "other"


@dataclass(frozen=True)
class Known:
    """What the portal's records say of a certificate that it issued.

    `above` are the CAs from its issuer up to the root, in DER; `order` is empty for an order of another account.
    """

    relation: Relation
    above: tuple[bytes, ...]
    order: int | None = None
    revoked_at: datetime | None = None
    is_unused: bool = False


@dataclass(frozen=True)
class Judgement:
    """The verdict, everything that was found, and which aspects are in order. Aspects in neither could not be seen."""

    verdict: Verdict
    findings: list[Finding]
    fine: list[Aspect]


def judge(health: Health, known: Mapping[str, Known], roots: Roots, now: datetime) -> Judgement:
    """What is to be said. `known` are certificates by the SHA-256 of theirs in hex; never raises, whatever was shown."""
    if health.found.outcome != FOUND:
        return not_found(health.found.outcome, health.found.host, health.found.port, health.found.detail)
    seen = _see(health, known, roots, now)
    told = {aspect: tell(seen) for aspect, tell in _ASPECTS.items()}
    findings = [finding for some in told.values() for finding in some or ()]
    level = max((finding.level for finding in findings), default=None)
    fine = [aspect for aspect, some in told.items() if some == []]
    return Judgement(level.verdict if level else Verdict.GOOD, findings, fine)


def not_found(code: str, host: str, port: int, detail: str = "") -> Judgement:
    """No certificate, because of an outcome of the scanner or a reason of the portal's own."""
    finding = found(code, host=host, port=port, detail=detail)
    return Judgement(finding.level.verdict, [finding], [])


def fingerprints(result: Result) -> list[str]:
    """The certificates that the server shows as its own, as `known` has them."""
    return [_fingerprint(shown) for shown in result.shown]


def _fingerprint(shown: Shown) -> str:
    return sha256(shown.chain[0]).hexdigest()


@dataclass(frozen=True)
class _Seen:
    """What there is to judge by: of two certificates, the order's own, else the one that most clients get."""

    health: Health
    shown: Shown
    beside: list[Facts]
    leaf: Facts
    chain: ChainVerdict
    known: Known | None
    now: datetime

    @property
    def is_readable(self) -> bool:
        return "certificate" not in self.leaf.unread

    def name_of(self, position: int) -> str:
        """What a certificate of the chain is called."""
        return _name(facts.read(self.shown.chain[position]))

    def names_of(self, positions: tuple[int, ...]) -> list[str]:
        return [self.name_of(position) for position in positions[:MOST_NAMES]] + _rest(len(positions))


def _see(health: Health, known: Mapping[str, Known], roots: Roots, now: datetime) -> _Seen:
    """Look at the certificate."""

    def is_this(shown: Shown) -> bool:
        record = known.get(_fingerprint(shown))
        return record is not None and record.relation == Relation.THIS

    shown, *beside = sorted(health.found.shown, key=is_this, reverse=True)
    return _Seen(
        health=health,
        shown=shown,
        beside=[facts.read(other.chain[0]) for other in beside],
        leaf=facts.read(shown.chain[0]),
        chain=chains.judge(shown.chain, roots),
        known=known.get(_fingerprint(shown)),
        now=now,
    )


def _certificate(seen: _Seen) -> list[Finding]:
    beside = [
        found("beside", name=_name(other), issuer=other.issuer_name, not_after=other.not_after)
        for other in seen.beside
        if other.not_after
    ]
    return [*_main_certificate(seen), *beside]


def _main_certificate(seen: _Seen) -> list[Finding]:
    leaf, known = seen.leaf, seen.known
    if not seen.is_readable or not leaf.not_after:
        return [found("unreadable")]
    if known and known.relation == Relation.THIS:
        return []
    if known:
        return [found(known.relation, name=_name(leaf), not_after=leaf.not_after, order=known.order)]
    if leaf.is_self_signed:
        return [found("self-signed", name=_name(leaf))]
    return [found("foreign", name=_name(leaf), issuer=leaf.issuer_name, not_after=leaf.not_after)]


def _chain(seen: _Seen) -> list[Finding] | None:
    if not seen.is_readable or (seen.leaf.is_self_signed and not seen.known):
        return None
    if seen.shown.leaf_only:
        return [found("chain-unseen")]
    verdict, told = seen.chain, []
    if not verdict.is_complete:
        told.append(found("incomplete", missing=_missing(seen)))
    elif not verdict.is_ordered:
        told.append(found("out-of-order"))
    if any(_is_root(seen, position) for position in range(1, len(seen.shown.chain)) if position not in verdict.strays):
        told.append(found("root-sent"))
    if verdict.strays:
        told.append(found("strays", names=seen.names_of(verdict.strays)))
    return told


def _missing(seen: _Seen) -> list[str]:
    """The names of the CAs that the server should send: by our own records, else the one that comes next."""
    above = seen.known.above[:-1] if seen.known else ()
    lacking = [_name(facts.read(der)) for der in above if der not in seen.shown.chain]
    last = seen.chain.order[-1] if seen.chain.order else 0
    return lacking or [facts.read(seen.shown.chain[last]).issuer_name]


def _is_root(seen: _Seen, position: int) -> bool:
    return facts.read(seen.shown.chain[position]).is_self_signed


def _covered(seen: _Seen) -> list[Finding] | None:
    host, names = seen.health.found.host, seen.leaf.names
    if not seen.is_readable:
        return None
    if chains.covers(names, host):
        return []
    if entries.address(host):
        return [found("by-address")]
    return [found("not-covered", host=host, names=[*names[:MOST_NAMES], *_rest(len(names))] or ["—"])]


def _validity(seen: _Seen) -> list[Finding] | None:
    begins, ends = seen.leaf.not_before, seen.leaf.not_after
    if not begins or not ends:
        return None
    if ends < seen.now:
        return [found("expired", not_after=ends)]
    if begins > seen.now:
        return [found("not-yet", not_before=begins)]
    return [found("expiring", not_after=ends)] if ends - seen.now <= SOON else []


def _revocation(seen: _Seen) -> list[Finding] | None:
    """By our own records: others' CAs are not asked."""
    if not seen.known:
        return None
    if seen.known.is_unused:
        return [found("unused")]
    return [found("revoked", at=seen.known.revoked_at)] if seen.known.revoked_at else []


def _signature(seen: _Seen) -> list[Finding] | None:
    if not seen.is_readable:
        return None
    return [found("sha-1", names=seen.names_of(seen.chain.sha1_at))] if seen.chain.sha1_at else []


def _versions(seen: _Seen) -> list[Finding]:
    accepted = set(seen.health.versions)
    told = [found(code) for version, code in _OLD.items() if version in accepted]
    is_known = {version: results.VERSIONS[version] not in seen.health.unseen for version in (TLS12, TLS13)}
    if not accepted & {TLS12, TLS13}:
        told += [found("no-modern")] if all(is_known.values()) else []
    elif TLS13 not in accepted and is_known[TLS13]:
        told.append(found("no-tls13"))
    elif TLS12 not in accepted and is_known[TLS12]:
        told.append(found("no-tls12"))
    if seen.health.unseen:
        told.append(found("unseen", what=[_WORDS.get(one, one) for one in seen.health.unseen]))
    return told


_OLD = {SSL3: "ssl3", TLS10: "tls10", TLS11: "tls11"}
_WORDS = {"anonymous": "anonymous", "null": "NULL", "export": "EXPORT", "rc4": "RC4", "3des": "3DES", "des": "DES"}


def _suites(seen: _Seen) -> list[Finding] | None:
    """Weak ones. Which of them could not be seen is told with the versions."""
    told = [found(f"weak-{group}", suite=suites.NAMES.get(suite, hex(suite))) for group, suite in seen.health.weak]
    return None if not told and set(seen.health.unseen) & set(suites.WEAK) else told


def _compression(seen: _Seen) -> list[Finding]:
    return [found("crime")] if seen.health.deflate else []


def _stapling(seen: _Seen) -> list[Finding] | None:
    """Only where the certificate names somebody who could be asked."""
    if seen.health.staples is None or not seen.leaf.ocsp_urls:
        return None
    return [] if seen.health.staples else [found("no-staple")]


_ASPECTS: dict[Aspect, Callable[[_Seen], list[Finding] | None]] = {
    Aspect.CERTIFICATE: _certificate,
    Aspect.CHAIN: _chain,
    Aspect.NAME: _covered,
    Aspect.VALIDITY: _validity,
    Aspect.REVOCATION: _revocation,
    Aspect.SIGNATURE: _signature,
    Aspect.VERSIONS: _versions,
    Aspect.SUITES: _suites,
    Aspect.COMPRESSION: _compression,
    Aspect.STAPLING: _stapling,
}


def _name(certificate: Facts) -> str:
    return certificate.common_name or certificate.subject or certificate.sha256[:16]


def _rest(count: int) -> list[str]:
    """A mark that there are more than a sentence holds."""
    return ["…"] if count > MOST_NAMES else []
