"""What OCSP says of a certificate: that it is there, true, still good, and signed by somebody whom the CA has certified."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from certificates.authorities.checking.cas import problems_of_responder
from certificates.ca.lint import UNREADABLE
from certificates.ca.ocsp_request import CertId
from certificates.ca.revoked import REASONS
from certificates.models import CertificateAuthority
from certificates.trust.issuers import issuers_of
from certificates.trust.models import HashName

GOOD, REVOKED = ocsp.OCSPCertStatus.GOOD, ocsp.OCSPCertStatus.REVOKED


class Witness:
    """Looks at the answers about one CA's certificates."""

    def __init__(self, authority: CertificateAuthority) -> None:
        self._authority = authority
        self._issuers = issuers_of(authority)
        self._responders: dict[x509.Certificate, list[str]] = {}  # what is wrong with each

    def problems(self, row: Any, now: datetime, seen: Counter[str]) -> Iterator[str]:
        """Of a row as certificates.py reads it. One that is being changed has no answers until they are signed anew."""
        if row.changing:
            return
        has_ended = row.not_after <= now  # then answers are renewed no longer
        for name in HashName:
            der, ends = getattr(row, f"{name}_der"), getattr(row, f"{name}_ends")
            if der is None:
                yield from [] if has_ended else [f"there is no OCSP answer by {name}"]
                continue
            seen["OCSP answers"] += 1
            found = list(self._problems_of_answer(bytes(der), row, name))
            if ends <= now and not has_ended:
                found.append(f"it ran out at {ends:%Y-%m-%d %H:%M} UTC")
            yield from (f"the OCSP answer by {name}: {says}" for says in found)

    def _problems_of_answer(self, der: bytes, row: Any, name: str) -> Iterator[str]:
        try:
            answer = ocsp.load_der_ocsp_response(der)
            yield from self._differences(answer, row, name)
            yield from self._problems_of_signature(answer)
        except UNREADABLE as error:
            yield f"it cannot be read: {error}"

    def _differences(self, answer: ocsp.OCSPResponse, row: Any, name: str) -> Iterator[str]:
        asked = CertId(self._issuers[name], int(row.serial_number, 16))
        hashes = (answer.hash_algorithm.name, answer.issuer_name_hash, answer.issuer_key_hash)
        issuer = asked.issuer
        if (hashes, answer.serial_number) != ((name, issuer.name_hash, issuer.key_hash), asked.serial):
            yield "it is about another certificate"
        revoked = row.revocation.as_revoked(asked.serial) if hasattr(row, "revocation") else None
        wanted = (REVOKED, revoked.since, REASONS.get(revoked.reason)) if revoked else (GOOD, None, None)
        said = (answer.certificate_status, answer.revocation_time_utc, answer.revocation_reason)
        if said != wanted:
            yield f"it says {_told(*said)}, and true is {_told(*wanted)}"
        if answer.next_update_utc != getattr(row, f"{name}_ends"):
            yield "it ends at another moment than its record says"

    def _problems_of_signature(self, answer: ocsp.OCSPResponse) -> Iterator[str]:
        signer = next(iter(answer.certificates), None)
        if signer is None:
            yield "it does not show who signed it"
            return
        yield from self._problems_of_responder(signer)
        if answer.next_update_utc is None or signer.not_valid_after_utc < answer.next_update_utc:
            yield "who signed it ends before it does"
        key, algorithm = signer.public_key(), answer.signature_hash_algorithm
        if not isinstance(key, ec.EllipticCurvePublicKey) or algorithm is None:
            yield "it is not signed by ECDSA, as our answers are"
            return
        try:
            key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(algorithm))
        except InvalidSignature:
            yield "its signature is wrong"

    def _problems_of_responder(self, certificate: x509.Certificate) -> list[str]:
        """Looked at once, and again only if not known: the ca worker makes a new one now and then."""
        if certificate not in self._responders:
            rows = {bytes(row.der): row for row in self._authority.responders.all()}
            row = rows.get(certificate.public_bytes(Encoding.DER))
            self._responders[certificate] = list(problems_of_responder(row)) if row else ["nobody of ours signed it"]
        return self._responders[certificate]


def _told(status: ocsp.OCSPCertStatus, since: datetime | None, reason: x509.ReasonFlags | None) -> str:
    words = [status.name.lower(), f"since {since:%Y-%m-%d %H:%M:%S}" if since else "", reason.value if reason else ""]
    return " ".join(word for word in words if word)
