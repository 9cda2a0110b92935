"""Signing OCSP answers (RFC 6960, 4.2) in the short form of RFC 5019, and joining several into one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from certificates.ca.ocsp_request import HASHES, CertId
from certificates.ca.revoked import REASONS, Revoked

ALGORITHM = "ecdsa-p256"  # of responders' keys, whatever the CA's: fast to sign by, and short in every TLS handshake
ECDSA_WITH_SHA256 = x509.ObjectIdentifier("1.2.840.10045.4.3.2")


@dataclass(frozen=True)
class Responder:
    """Who signs answers for a CA: a certificate that the CA gave it for nothing else, and its key (RFC 6960, 4.2.2.2)."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def sign(cert_id: CertId, revoked: Revoked | None, dates: tuple[datetime, datetime], responder: Responder) -> bytes:
    """An answer in DER about one certificate: good, or revoked since when and why. About 50 µs.

    `dates` are (this_update, next_update), aware, in whole seconds.
    """
    this_update, next_update = dates
    builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
        cert_id.issuer.name_hash,
        cert_id.issuer.key_hash,
        cert_id.serial,
        HASHES[cert_id.issuer.hash_name],
        ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD,
        this_update,
        next_update,
        revoked.since if revoked else None,
        REASONS.get(revoked.reason) if revoked else None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, responder.certificate)
    answer = builder.certificates([responder.certificate]).sign(responder.key, hashes.SHA256())
    return answer.public_bytes(Encoding.DER)


def join(answers: Sequence[bytes], responder: Responder, produced_at: datetime) -> bytes:
    """One answer that says what the answers say, for a request with several questions; the library writes no such.

    They are our own, out of the store, and keep their dates.
    """
    parts = [_data_of(answer) for answer in answers]
    own = x509.SubjectKeyIdentifier.from_public_key(responder.certificate.public_key()).digest
    singles = [single for part in parts for single in part.singles]
    data = _Data(responder=own, produced_at=asn1.GeneralizedTime(produced_at), singles=singles)
    signature = responder.key.sign(asn1.encode_der(data), ec.ECDSA(hashes.SHA256()))
    basic = _Basic(
        data=data,
        algorithm=_Algorithm(oid=ECDSA_WITH_SHA256),
        signature=asn1.BitString(signature, 0),
        certificates=[responder.certificate],
    )
    response = _decoded(answers[0])
    body = _Body(kind=response.body.kind, basic=asn1.encode_der(basic))
    return asn1.encode_der(_Response(status=response.status, body=body))


def try_later() -> bytes:
    """There is no answer now, but there will be."""
    return _unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)


def unauthorized() -> bytes:
    """We do not speak for this certificate: not ours, or not one that we ever issued (RFC 5019, 2.2.3)."""
    return _unsuccessful(ocsp.OCSPResponseStatus.UNAUTHORIZED)


def malformed() -> bytes:
    """What came was no request."""
    return _unsuccessful(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)


def _unsuccessful(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)


@asn1.sequence
class _Algorithm:
    oid: x509.ObjectIdentifier


@asn1.sequence
class _Data:
    """ResponseData of version 1, without extensions, the responder named by the digest of its key."""

    responder: Annotated[bytes, asn1.Explicit(2)]
    produced_at: asn1.GeneralizedTime
    singles: list[asn1.TLV]


@asn1.sequence
class _Basic:
    data: _Data
    algorithm: _Algorithm
    signature: asn1.BitString
    certificates: Annotated[list[x509.Certificate], asn1.Explicit(0)]


@asn1.sequence
class _Body:
    kind: x509.ObjectIdentifier
    basic: bytes


@asn1.sequence
class _Response:
    status: asn1.TLV
    body: Annotated[_Body, asn1.Explicit(0)]


def _decoded(answer: bytes) -> _Response:
    return asn1.decode_der(_Response, answer)


def _data_of(answer: bytes) -> _Data:
    return asn1.decode_der(_Basic, _decoded(answer).body.basic).data
