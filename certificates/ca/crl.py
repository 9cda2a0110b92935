"""Certificate revocation lists (RFC 5280, 5)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import (
    CertificateRevocationListBuilder,
    CRLNumber,
    CRLReason,
    IssuingDistributionPoint,
    RevokedCertificateBuilder,
    UniformResourceIdentifier,
)

from certificates.ca import profiles
from certificates.ca.authority import Authority
from certificates.ca.pkcs8 import PrivateKey
from certificates.ca.revoked import REASONS, Revoked
from certificates.ca.signing import sign_crl


def build(
    issuer: Authority,
    key: PrivateKey,
    entries: Iterable[Revoked],
    *,
    number: int,
    dates: tuple[datetime, datetime],
    urls: Sequence[str],
) -> bytes:
    """In DER the list of the issuer's that covers those certificates only that name one of the addresses (5.2.5).

    A root's covers all: who checks every CA of a chain, as openssl does when asked, takes it for the root itself too, whose
    certificate names no address.
    `dates` are (this_update, next_update), aware, in whole seconds. 100,000 entries take about a second.
    """
    this_update, next_update = dates
    # Handed over at once: add_revoked_certificate would copy the list for each entry
    builder = CertificateRevocationListBuilder(
        issuer.certificate.subject,
        this_update,
        next_update,
        revoked_certificates=[_entry(entry) for entry in entries],
    )
    builder = builder.add_extension(profiles.authority_key(issuer), critical=False)
    builder = builder.add_extension(CRLNumber(number), critical=False)
    if issuer.role != "root":
        builder = builder.add_extension(_scope(issuer, urls), critical=True)
    signed = sign_crl(builder, key)
    return signed.public_bytes(Encoding.DER)


def _scope(issuer: Authority, urls: Sequence[str]) -> IssuingDistributionPoint:
    is_of_servers = issuer.role == "issuing"
    return IssuingDistributionPoint(
        full_name=[UniformResourceIdentifier(url) for url in urls],
        relative_name=None,
        only_contains_user_certs=is_of_servers,
        only_contains_ca_certs=not is_of_servers,
        only_some_reasons=None,
        indirect_crl=False,
        only_contains_attribute_certs=False,
    )


def _entry(revoked: Revoked) -> x509.RevokedCertificate:
    builder = RevokedCertificateBuilder(revoked.serial, revoked.since)
    reason = REASONS.get(revoked.reason)
    if reason:
        builder = builder.add_extension(CRLReason(reason), critical=False)
    return builder.build()
