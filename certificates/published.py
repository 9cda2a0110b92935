"""What is told of the CAs to people who must decide whether to trust them (Help → Trust this CA)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID
from django.utils import timezone

from certificates.csr.parse import key_label
from certificates.models import CertificateAuthority

GROUP = 24  # characters: eight bytes, of which also a phone shows one group a line


@dataclass(frozen=True)
class PublishedCa:
    """A CA as its certificate has it. `is_current` says that it is the one of its role that signs what is new."""

    name: str
    is_current: bool
    common_name: str
    subject: str
    not_before: datetime
    not_after: datetime
    key: str
    serial_number: str
    sha256: str
    sha1: str

    @classmethod
    def of(cls, authority: CertificateAuthority) -> Self:
        certificate = authority.certificate
        return cls(
            name=authority.name,
            is_current=authority.is_current,
            common_name=str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value),
            subject=", ".join(part.rfc4514_string() for part in reversed(certificate.subject.rdns)),
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            key=key_label(certificate.public_key()),  # type: ignore[arg-type]  # CAs have RSA and ECDSA keys
            serial_number=f"{certificate.serial_number:X}",
            sha256=_fingerprint(certificate, hashes.SHA256()),
            sha1=_fingerprint(certificate, hashes.SHA1()),  # noqa: S303  # by which systems name certificates
        )

    @property
    def fingerprints(self) -> list[tuple[str, str, list[str]]]:
        """Each with the name of its hash, whole and in groups that are easily compared."""
        both = (("SHA-256", self.sha256), ("SHA-1", self.sha1))
        return [(name, whole, [whole[at : at + GROUP] for at in range(0, len(whole), GROUP)]) for name, whole in both]

    # Where strangers get them too (certificates/trust/web.py), at whatever address the portal is read

    @property
    def pem_path(self) -> str:
        return f"/pki/ca/{self.name}.pem"

    @property
    def der_path(self) -> str:
        return f"/pki/ca/{self.name}.crt"

    @property
    def list_path(self) -> str:
        """The first of its revocation lists."""
        return f"/pki/crl/{self.name}.crl"


def cas() -> tuple[list[PublishedCa], list[PublishedCa]]:
    """The roots and the intermediates that have not ended, of each kind the current one first, then the youngest."""
    lasting = CertificateAuthority.objects.filter(not_after__gt=timezone.now())
    rows = lasting.order_by("-role", "-is_current", "-pk")  # policy CAs stand above issuing ones, in the chain as here
    roots = [PublishedCa.of(row) for row in rows if row.role == CertificateAuthority.Role.ROOT]
    return roots, [PublishedCa.of(row) for row in rows if row.role != CertificateAuthority.Role.ROOT]


def _fingerprint(certificate: x509.Certificate, algorithm: hashes.HashAlgorithm) -> str:
    return certificate.fingerprint(algorithm).hex(":").upper()
