"""Taking in what a scan has found so far, in chunks that may come twice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise

from django.db import transaction

from accounts.models import Account
from certificates.models import Certificate
from discovery.actions import asking
from discovery.actions.room import require_room
from discovery.actions.scans import heard_of, over, start
from discovery.analysis import chains, facts
from discovery.models import Finding, FoundCertificate, Miss, Scan
from discovery.roots import roots
from discovery.scanner import targets
from discovery.scanner.results import FOUND, Result, Shown
from discovery.states import OPEN, Warned
from sslportal.kit import clock
from sslportal.kit.moves import Refused, lock


class NotAsked(ValueError):
    """A result is about an address and port that the scan is not to touch."""


@dataclass(frozen=True)
class Judged:
    """A chain as a server showed it, and what its certificates say of one another."""

    chain: tuple[bytes, ...]
    verdict: chains.ChainVerdict


@transaction.atomic
def take(scan: Scan, position: int, results: Sequence[Result]) -> Scan:
    """Write down what was found; all before `position` is done. The same again changes nothing.

    Raises Refused where the scan is over, NotAsked for a result that the scan could not have, NoRoom where the account
    has too much already.
    """
    account = lock(scan.account)  # its scans one after the other: they write the same certificates
    scan = lock(scan)
    if scan.status not in OPEN:
        raise Refused(over(scan))
    start(scan)
    results = list({(result.host, result.port): result for result in results}.values())
    _require_asked(scan, results)
    _forget(scan, results)
    shown = [(result, one) for result in results for one in result.shown if one.chain]
    trusted = roots()
    judged = {one.chain: Judged(one.chain, chains.judge(one.chain, trusted)) for _result, one in shown}
    found = _found(account, judged.values())
    Finding.objects.bulk_create(
        [_finding(scan, result, one, judged[one.chain], found) for result, one in shown], ignore_conflicts=True
    )
    Miss.objects.bulk_create(
        Miss(scan=scan, host=result.host, port=result.port, outcome=result.outcome, detail=result.detail)
        for result in results
        if result.outcome != FOUND
    )
    if position > scan.position:
        scan.position = min(position, scan.total)
        scan.save(update_fields=["position"])
    asking.ask(scan, {found[sha256(one.chain[0]).hexdigest()] for _result, one in shown})
    heard_of(scan)
    return scan


def _require_asked(scan: Scan, results: Iterable[Result]) -> None:
    wanted = _targets(scan.include, scan.exclude, scan.ports)
    for result in results:
        if not wanted.has(result.host, result.port):
            raise NotAsked(f"{result.host}:{result.port}")


@lru_cache(maxsize=8)
def _targets(include: str, exclude: str, ports: str) -> targets.Targets:
    return targets.parse(include, exclude, ports)


def _forget(scan: Scan, results: Sequence[Result]) -> None:
    """What this scan has said before of the same addresses and ports."""
    pairs = {(result.host, result.port) for result in results}
    hosts = {host for host, _port in pairs}
    for rows in (scan.findings.filter(host__in=hosts), scan.misses.filter(host__in=hosts)):
        again = [pk for pk, host, port in rows.values_list("pk", "host", "port") if (host, port) in pairs]
        if again:
            rows.filter(pk__in=again).delete()


def _found(account: Account, judged: Iterable[Judged]) -> dict[str, FoundCertificate]:
    """The certificates of the chains as rows of the account, by fingerprint, each with that which issued it."""
    ders: dict[str, bytes] = {}
    issuers: dict[str, str] = {}
    for one in judged:
        members = {der: sha256(der).hexdigest() for der in (*one.chain, one.verdict.issuer) if der}
        ders.update((fingerprint, der) for der, fingerprint in members.items())
        way = [members[one.chain[at]] for at in one.verdict.order]
        issuers.update(pairwise(way))
        if one.verdict.issuer:
            issuers[way[0]] = members[one.verdict.issuer]
    rows = _rows(account, ders)
    missing = [_row(account, facts.read(der)) for fingerprint, der in ders.items() if fingerprint not in rows]
    if missing:
        issued = {ours.sha256: ours for ours in Certificate.objects.filter(sha256__in=[row.sha256 for row in missing])}
        for row in missing:
            row.der, row.issued = ders[row.sha256], issued.get(row.sha256)
        require_room(account, missing)
        issuing = set(issuers.values())
        _create([row for row in missing if row.sha256 in issuing], rows)
        leaves = [row for row in missing if row.sha256 not in issuing]
        for row in leaves:
            row.issuer_certificate = rows.get(issuers.get(row.sha256, ""))
        _create(leaves, rows)
    _note_issuers(rows, issuers)
    return rows


def _create(missing: list[FoundCertificate], rows: dict[str, FoundCertificate]) -> None:
    """Add them to the rows. The account is locked, so that nobody else adds the same."""
    FoundCertificate.objects.bulk_create(missing)
    rows.update((row.sha256, row) for row in missing)


def _rows(account: Account, fingerprints: Iterable[str]) -> dict[str, FoundCertificate]:
    rows = account.found_certificates.filter(sha256__in=list(fingerprints)).select_related("issuer_certificate")
    return {row.sha256: row for row in rows}


def _note_issuers(rows: dict[str, FoundCertificate], issuers: dict[str, str]) -> None:
    changed = []
    for fingerprint, issuer in issuers.items():
        row = rows[fingerprint]
        is_loop = fingerprint == issuer or rows[issuer].issuer_certificate_id == row.pk  # CAs that certify each other
        if row.issuer_certificate_id is None and not is_loop:
            row.issuer_certificate = rows[issuer]
            changed.append(row)
    FoundCertificate.objects.bulk_update(changed, ["issuer_certificate"])


def _row(account: Account, read: facts.Facts) -> FoundCertificate:
    return FoundCertificate(
        account=account,
        sha256=read.sha256,
        common_name=read.common_name,
        organization=read.organization,
        names=list(read.names),
        subject=read.subject,
        issuer=read.issuer,
        issuer_name=read.issuer_name,
        serial=read.serial,
        not_before=read.not_before,
        not_after=read.not_after,
        key_type=read.key_type,
        key_bits=read.key_bits,
        key_problem=read.key_problem,
        hash=read.hash,
        is_ev=read.is_ev,
        is_self_signed=read.is_self_signed,
        ocsp_urls=list(read.ocsp_urls),
        crl_urls=list(read.crl_urls),
        unread=list(read.unread),
        warnings=_warnings_of(read),
    )


def _warnings_of(read: facts.Facts) -> list[str]:
    """Those that a certificate has wherever it is."""
    has = {
        Warned.KEY_LENGTH: read.is_key_short,
        Warned.WEAK_KEY: bool(read.key_problem),
        Warned.SELF_SIGNED: read.is_self_signed,
        Warned.SHA1: read.is_sha1,
        Warned.UNREADABLE: bool(read.unread),
    }
    return [warning.value for warning, is_so in has.items() if is_so]


def _finding(scan: Scan, result: Result, shown: Shown, judged: Judged, found: dict[str, FoundCertificate]) -> Finding:
    fingerprints = [sha256(der).hexdigest() for der in shown.chain]
    certificate = found[fingerprints[0]]
    has = {
        Warned.CRIME: shown.deflate,
        Warned.NAME_MISMATCH: _is_name(result) and not chains.covers(certificate.names, result.host),
        Warned.INCOMPLETE_CHAIN: not judged.verdict.is_complete and not shown.leaf_only,
    }
    return Finding(
        account_id=scan.account_id,
        scan=scan,
        host=result.host,
        address=result.address,
        port=result.port,
        certificate=certificate,
        chain=fingerprints,
        version=shown.version,
        suite=shown.suite,
        warnings=[*certificate.warnings, *(warning.value for warning, is_so in has.items() if is_so)],
        not_after=certificate.not_after,
        seen_at=clock.now(),
    )


def _is_name(result: Result) -> bool:
    """Whether it was asked for by a name. Who is asked by an address alone shows the certificate of some name."""
    return result.host != result.address
