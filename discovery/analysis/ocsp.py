"""What an OCSP answer says of a certificate, if it counts (RFC 6960, 4.2)."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from certificates.ca import ocsp_request
from certificates.ca.ocsp_request import CertId, Issuer
from certificates.keycheck import der, spki
from discovery.analysis import certificate as certificates
from discovery.analysis import extensions, links, signatures, values, verdicts
from discovery.analysis.certificate import Certificate
from discovery.analysis.verdicts import Verdict

REFUSALS = {
    1: "malformed-request", 2: "internal-error", 3: "try-later", 5: "signature-required", 6: "unauthorized",
}  # fmt: skip
BASIC = "1.3.6.1.5.5.7.48.1.1"
EXPLICIT_0, EXPLICIT_1 = 0xA0, 0xA1
GOOD, REVOKED = 0x80, 0xA1  # CertStatus
MOST_ANSWERS, MOST_SIGNERS = 100, 5
HASHES = {"SHA-1": hashlib.sha1, "SHA-256": hashlib.sha256, "SHA-384": hashlib.sha384, "SHA-512": hashlib.sha512}


@dataclass(frozen=True)
class _Answer:
    """The parts of a BasicOCSPResponse."""

    signed: bytes
    algorithm: bytes
    signature: bytes
    certificates: list[bytes]
    singles: list[der.Element]


def question(leaf: Certificate, issuer: Certificate) -> bytes:
    """The request about the leaf, by SHA-1, which every responder answers by. Raises ValueError, der.Malformed among them.

    The number is a stranger's choice and sent to an address of the same stranger's choice: it must not be a message.
    """
    if len(leaf.serial.content) > certificates.LONGEST_SERIAL:
        raise der.Malformed
    name_hash, key_hash = _digests(leaf, issuer, "SHA-1")
    return ocsp_request.write(CertId(Issuer("sha1", name_hash, key_hash), values.whole_number(leaf.serial)))


def judge(content: bytes, leaf: Certificate, issuer: Certificate, now: datetime) -> Verdict:
    """What it says of the leaf. Raises ValueError, der.Malformed among them, where it cannot be read."""
    answer = _opened(content)
    if isinstance(answer, Verdict):
        return answer
    single = next((fields for fields in map(_fields, answer.singles) if _is_about(fields[0], leaf, issuer)), None)
    if single is None:
        return verdicts.unknown("other-certificate")
    if not _is_signed(answer, issuer, now):
        return verdicts.unknown("signature")
    problem = verdicts.untimely(values.moment(single[2]), _next_update(single), now)
    return verdicts.unknown(problem) if problem else _status(single[1])


def _opened(content: bytes) -> _Answer | Verdict:
    """The parts of the answer, or what is said instead of one."""
    status, *body = der.inside(content, most=2)
    refusal = int.from_bytes(status.content)
    if refusal:
        return verdicts.unknown(REFUSALS.get(refusal, "unreadable"))
    kind, octets = der.inside(body[0].content, most=2)
    if values.identifier(kind) != BASIC or octets.tag != der.OCTET_STRING:
        return verdicts.unknown("unreadable")
    signed, algorithm, signature, *rest = der.inside(octets.content, most=4)
    shown = der.inside(rest[0].content, most=MOST_ANSWERS) if rest and rest[0].tag == EXPLICIT_0 else []
    parts = [part for part in der.inside(signed.whole, most=5) if part.tag == der.SEQUENCE]
    return _Answer(
        signed=signed.whole,
        algorithm=algorithm.whole,
        signature=values.bits(signature),
        certificates=[each.whole for each in shown],
        singles=der.inside(parts[0].whole, most=MOST_ANSWERS),
    )


def _fields(single: der.Element) -> list[der.Element]:
    """Of a SingleResponse: certID, certStatus, thisUpdate, and what there is beyond."""
    fields = der.inside(single.whole, most=5)
    if len(fields) < 3:
        raise der.Malformed
    return fields


def _is_about(cert_id: der.Element, leaf: Certificate, issuer: Certificate) -> bool:
    algorithm, name_hash, key_hash, serial = der.inside(cert_id.whole, most=4)
    hash_name = signatures.HASHES.get(values.identifier(der.inside(algorithm.whole, most=2)[0]), "")
    if hash_name not in HASHES or values.whole_number(serial) != values.whole_number(leaf.serial):
        return False
    return (name_hash.content, key_hash.content) == _digests(leaf, issuer, hash_name)


def _digests(leaf: Certificate, issuer: Certificate, hash_name: str) -> tuple[bytes, bytes]:
    """Of the issuer's name, as the leaf has it, and of its key (RFC 6960, 4.1.1)."""
    digest = HASHES[hash_name]
    return digest(leaf.issuer).digest(), digest(spki.parse(issuer.spki).key).digest()


def _is_signed(answer: _Answer, issuer: Certificate, now: datetime) -> bool:
    """By the issuer, or by somebody whom it made its responder."""
    if signatures.hash_of(answer.algorithm) in verdicts.FORGED:
        return False
    return any(
        signatures.is_signature(answer.signature, answer.signed, answer.algorithm, signer.spki)
        for signer in _signers(answer, issuer, now)
    )


def _signers(answer: _Answer, issuer: Certificate, now: datetime) -> Iterator[Certificate]:
    yield issuer
    for content in answer.certificates[:MOST_SIGNERS]:
        shown = certificates.opened(content)
        if _is_responder(shown, now) and links.is_issued(shown, issuer):
            yield shown


def _is_responder(shown: Certificate, now: datetime) -> bool:
    begin, end = map(values.moment, der.inside(shown.validity, most=2))
    usage = shown.extensions.get(extensions.EXTENDED_USAGE, b"")
    return bool(usage and extensions.may_sign_ocsp(usage) and begin and begin <= now and (end is None or now <= end))


def _next_update(single: list[der.Element]) -> datetime | None:
    ends = (field for field in single[3:] if field.tag == EXPLICIT_0)
    return next((values.moment(der.only(field.content, values.GENERALIZED_TIME)) for field in ends), None)


def _status(status: der.Element) -> Verdict:
    if status.tag == GOOD:
        return Verdict("good")
    if status.tag != REVOKED:
        return verdicts.unknown("unknown")
    at, *rest = der.elements(status.content, 2)
    reasons = (field for field in rest if field.tag == EXPLICIT_0)
    reason = next((verdicts.reason_in(der.only(field.content, values.ENUMERATED)) for field in reasons), None)
    return verdicts.revoked(values.moment(at), reason)
