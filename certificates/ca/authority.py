"""A CA as others see it: its name, its certificate, and the addresses at which it answers."""

from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding


@dataclass(frozen=True)
class Urls:
    """The addresses that certificates carry. `base` is where /pki/ is, without a slash at its end.

    Raises ValueError for anything but http: a client that checks a certificate cannot be asked to check another one
    first, so BR 7.1.2.11.2 and 7.1.2.7.7 allow http only, and RFC 5280 8 warns of the loop.
    """

    base: str

    def __post_init__(self) -> None:
        parts = urlsplit(self.base)
        if parts.scheme != "http" or not parts.hostname or parts.query or parts.fragment or self.base.endswith("/"):
            raise ValueError(f"“{self.base}” is not an http address without a slash at its end.")

    @property
    def is_local(self) -> bool:
        """Whether the host is a name without a dot, known to one machine or one network only."""
        return "." not in (urlsplit(self.base).hostname or "")

    def ocsp(self, ca_name: str) -> str:
        """Where the CA answers OCSP requests."""
        return f"{self.base}/pki/ocsp/{ca_name}/"

    def crl(self, ca_name: str, shard: int = 0) -> str:
        """Where the CA's revocation list is: one of several where certificates are many, the first without a number."""
        return f"{self.base}/pki/crl/{ca_name}{f'-{shard}' if shard else ''}.crl"

    def certificate(self, ca_name: str) -> str:
        """Where the CA's own certificate is."""
        return f"{self.base}/pki/ca/{ca_name}.crt"

    def at(self, base: str) -> Self:
        """The same addresses below another base."""
        return replace(self, base=base)


@dataclass(frozen=True)
class Authority:
    """The public half of a CA. `name` is that of its key and in its addresses; `parent` names the CA above it.

    A root has no parent. Names are a role and a number: root-1, policy-1, issuing-2.
    """

    name: str
    certificate: x509.Certificate
    parent: str | None = None

    @classmethod
    def from_der(cls, name: str, der: bytes, parent: str | None = None) -> Self:
        """The authority out of the database. Raises ValueError where the bytes are no certificate."""
        return cls(name, x509.load_der_x509_certificate(der), parent)

    @property
    def role(self) -> str:
        """root, policy or issuing."""
        return self.name.rpartition("-")[0]

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


def is_signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the issuer, by its name and its key, signed the certificate; False for a signature that is too weak to check."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True
