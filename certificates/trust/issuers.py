"""How OCSP requests name our CAs."""

from functools import lru_cache

from certificates.ca.authority import Authority
from certificates.ca.ocsp_request import HASHES, Issuer
from certificates.models import CertificateAuthority


def issuers_of(authority: CertificateAuthority) -> dict[str, Issuer]:
    """The CA as issuer, by the name of the hash."""
    return _issuers(bytes(authority.der))


@lru_cache(maxsize=64)
def _issuers(der: bytes) -> dict[str, Issuer]:
    certificate = Authority.from_der("", der).certificate
    return {hash_name: Issuer.of(certificate, hash_name) for hash_name in HASHES}
