"""Reading what a stranger asks by OCSP (RFC 6960, 4.1.1). No key comes near this: the web process reads."""

from dataclasses import dataclass
from typing import Annotated

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp

MAX_BYTES = 4096  # about fifty questions; with one a request has 80 to 150
MAX_QUESTIONS = 20
HASHES: dict[str, hashes.HashAlgorithm] = {  # those that we answer by; SHA-1 names the issuer here, and guards nothing
    "sha1": hashes.SHA1(),  # noqa: S303
    "sha256": hashes.SHA256(),
}
_OIDS = {"sha1": "1.3.14.3.2.26", "sha256": "2.16.840.1.101.3.4.2.1"}


class MalformedRequest(ValueError):
    """What came is no OCSP request, or asks about nothing, or about more than is answered at once."""


@dataclass(frozen=True)
class Issuer:
    """How a request names the CA of a certificate: by digests of its name and of its key (RFC 6960, 4.1.1)."""

    hash_name: str
    name_hash: bytes
    key_hash: bytes

    @classmethod
    def of(cls, certificate: x509.Certificate, hash_name: str) -> "Issuer":
        """Of a CA's certificate, by "sha1" or "sha256"."""
        name = certificate.subject.public_bytes()
        return cls(hash_name, _digest(hash_name, name), _digest(hash_name, _key_bits(certificate)))


@dataclass(frozen=True)
class CertId:
    """One question: the certificate with the serial number that the issuer gave."""

    issuer: Issuer
    serial: int


def read(der: bytes) -> list[CertId]:
    """The questions of a request, in its order. Signatures, nonces and other extensions are passed over (RFC 5019, 2.1).

    A hash that we do not answer by has an empty name. Raises MalformedRequest.
    """
    if len(der) > MAX_BYTES:
        raise MalformedRequest
    try:
        request = ocsp.load_der_ocsp_request(der)
        return [
            CertId(
                Issuer(_hash_name(request), request.issuer_name_hash, request.issuer_key_hash), request.serial_number
            )
        ]
    except NotImplementedError:  # the library reads requests with one question only
        return _several(der)
    except ValueError:
        raise MalformedRequest from None


def write(cert_id: CertId) -> bytes:
    """The request with this one question and nothing else, as clients without a nonce write it."""
    issuer = cert_id.issuer
    builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        issuer.name_hash, issuer.key_hash, cert_id.serial, HASHES[issuer.hash_name]
    )
    return builder.build().public_bytes(Encoding.DER)


def _hash_name(request: ocsp.OCSPRequest) -> str:
    try:
        name = request.hash_algorithm.name
    except UnsupportedAlgorithm:
        return ""
    return name if name in HASHES else ""


@asn1.sequence
class _Algorithm:
    oid: x509.ObjectIdentifier
    parameters: asn1.Null | None


@asn1.sequence
class _CertId:
    algorithm: _Algorithm
    name_hash: bytes
    key_hash: bytes
    serial: int


@asn1.sequence
class _Extension:
    oid: x509.ObjectIdentifier
    critical: Annotated[bool, asn1.Default(False)]
    value: bytes


@asn1.sequence
class _Question:
    cert_id: _CertId
    extensions: Annotated[list[_Extension] | None, asn1.Explicit(0)]


@asn1.sequence
class _Anything:
    """What stands in an explicit tag."""

    content: asn1.TLV


@asn1.sequence
class _Questions:
    requestor: Annotated[_Anything | None, asn1.Implicit(1)]
    questions: list[_Question]
    extensions: Annotated[list[_Extension] | None, asn1.Explicit(2)]


@asn1.sequence
class _Request:
    """Without a version, which is 1 by default and so never written in DER."""

    questions: _Questions
    signature: Annotated[_Anything | None, asn1.Implicit(0)]


def _several(der: bytes) -> list[CertId]:
    try:
        questions = asn1.decode_der(_Request, der).questions.questions
    except ValueError:
        raise MalformedRequest from None
    if not 0 < len(questions) <= MAX_QUESTIONS:
        raise MalformedRequest
    return [_cert_id(question.cert_id) for question in questions]


def _cert_id(asked: _CertId) -> CertId:
    name = next((name for name, oid in _OIDS.items() if oid == asked.algorithm.oid.dotted_string), "")
    return CertId(Issuer(name, asked.name_hash, asked.key_hash), asked.serial)


def _digest(hash_name: str, content: bytes) -> bytes:
    digest = hashes.Hash(HASHES[hash_name])
    digest.update(content)
    return digest.finalize()


def _key_bits(certificate: x509.Certificate) -> bytes:
    """The subjectPublicKey without its wrapping, which is what a key hash is of."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    raise TypeError(f"A CA has RSA or ECDSA keys, not {type(key).__name__}.")
