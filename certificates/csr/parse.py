"""What a CSR says: its key, its names, what of it is left out, once it has proved that it is one and its key is fit."""

import base64
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certificates import keycheck
from certificates.csr import origin, structure
from certificates.csr.paste import normalize
from certificates.csr.refusals import LEFT_OUT, CsrRefused, Text, refused
from certificates.csr.signature import PublicKey, verified_hash
from certificates.keycheck import der

LARGEST_CHECKED = 16_384  # bits; OpenSSL checks no signature of a larger RSA key
CURVES = {"secp256r1": "P-256", "secp384r1": "P-384"}


@dataclass(frozen=True)
class Request:
    """A CSR that was read, whose key is fit and whose signature is right.

    `pem` is written anew, with LF and 64 columns; `spki` as it will stand in the certificate. Names are as written but
    for case and spaces: whether they may stand in a certificate is for others to say. `dns_names` does not repeat the
    common name. Texts are empty where the CSR says nothing.
    """

    der: bytes
    pem: str
    spki: bytes
    key_sha256: str
    key_type: str
    key_bits: int
    curve: str
    key_label: str
    signature_hash: str
    common_name: str
    dns_names: tuple[str, ...]
    organization: str
    organizational_unit: str
    locality: str
    state: str
    country: str
    ignored: tuple[Text, ...]
    made_by: str


def read(data: str | bytes) -> Request:
    """Read what was pasted or uploaded. Raises CsrRefused, which holds nothing of it, and nothing else."""
    content = normalize(data)
    try:
        parts = structure.parts(content)
    except der.Malformed:
        raise refused("unreadable") from None
    made_by = origin.guess(data, parts)
    wanted: list[str] = []
    try:
        subject, dns_names, others = _texts(parts)
        wanted = [*subject.get("common_name", []), *dns_names]
        key, signature_hash = _proved_key(content, parts.spki)
    except CsrRefused as refusal:
        refusal.tell_origin(made_by, wanted)
        raise
    spki = _spki(key)
    key_type, curve = _type_and_curve(key)
    first = {field: subject.get(field, [""])[0] for field in structure.FIELDS.values()}
    return Request(
        der=content,
        pem=_as_pem(content),
        spki=spki,
        key_sha256=keycheck.identity(spki),
        key_type=key_type,
        key_bits=key.key_size,
        curve=curve,
        key_label=key_label(key),
        signature_hash=signature_hash,
        dns_names=_tidy(dns_names, first["common_name"]),
        ignored=_left_out(parts, subject, others),
        made_by=made_by,
        **first,
    )


def key_label(key: PublicKey) -> str:
    """Such as RSA 2048 or ECDSA P-256."""
    key_type, curve = _type_and_curve(key)
    return f"{key_type} {curve or key.key_size}"


def _texts(parts: structure.Parts) -> tuple[dict[str, list[str]], list[str], list[str]]:
    """The subject, the DNS names, and the kinds of the other names."""
    try:
        return structure.subject(parts.subject), *structure.alternative_names(parts.extensions)
    except der.Malformed:
        raise refused("unreadable") from None


def _proved_key(content: bytes, spki: bytes) -> tuple[PublicKey, str]:
    """The key, being fit, and the hash of the signature, being right.

    The signature comes first: in a damaged CSR the key looks weak, and advice about weak keys would mislead.
    """
    request, key = _loaded(content)
    signature_hash = verified_hash(request, key) if key and key.key_size <= LARGEST_CHECKED else ""
    for weakness in keycheck.check(spki):
        raise refused(weakness.code, weakness.detail)
    if not key or not signature_hash:
        raise refused("unreadable-key")
    return key, signature_hash


def spki_of(pem: str) -> bytes:
    """The public key of a CSR that was read before, as DER SubjectPublicKeyInfo (RFC 5280, 4.1.2.7)."""
    return _spki(x509.load_pem_x509_csr(pem.encode()).public_key())


def _spki(key: CertificatePublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _loaded(content: bytes) -> tuple[x509.CertificateSigningRequest, PublicKey | None]:
    """The request as the library knows it, and its key; None for one that is not RSA or EC, or that it does not take."""
    request = x509.load_der_x509_csr(content)
    try:
        key = request.public_key()
    except Exception:  # whatever an odd key makes the library raise
        return request, None
    return request, key if isinstance(key, PublicKey) else None


def _type_and_curve(key: PublicKey) -> tuple[str, str]:
    return ("RSA", "") if isinstance(key, rsa.RSAPublicKey) else ("ECDSA", CURVES[key.curve.name])


def _tidy(names: list[str], common_name: str) -> tuple[str, ...]:
    lowered = dict.fromkeys(name.lower() for name in names)
    lowered.pop(common_name.lower(), None)
    return tuple(lowered)


def _left_out(parts: structure.Parts, subject: dict[str, list[str]], others: list[str]) -> tuple[Text, ...]:
    reasons = [*others, *structure.asked_in_vain(parts.extensions)]
    if len(set(subject.get("common_name", []))) > 1:
        reasons.insert(0, "common-names")
    if structure.CHALLENGE_PASSWORD in parts.attributes:
        reasons.append("challenge")
    return tuple(LEFT_OUT[reason] for reason in reasons)


def _as_pem(content: bytes) -> str:
    """The PEM of a request's DER (RFC 7468, section 7)."""
    digits = base64.b64encode(content).decode()
    lines = [digits[start : start + 64] for start in range(0, len(digits), 64)]
    return "\n".join(["-----BEGIN CERTIFICATE REQUEST-----", *lines, "-----END CERTIFICATE REQUEST-----", ""])
