"""Lint rules of our own: what pkilint does not know, or knows for public CAs only."""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Literal

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from publicsuffixlist import PublicSuffixList

from certificates.ca import dns_names
from certificates.ca.findings import Finding, Severity

Policy = Literal["private", "public-trust"]

MAX_PRIVATE_DAYS = 825
HASHES = ("sha256", "sha384", "sha512")


def findings(certificate: x509.Certificate, policy: Policy) -> Iterator[Finding]:
    """What our own rules find in a server certificate; nothing in a CA's or an OCSP responder's but a weak hash."""
    yield from _signature(certificate)
    if _is_ca(certificate) or _is_responder(certificate):
        return
    names = _names(certificate)
    yield from _number(names)
    for name in names:
        yield from _name(name, policy)
    if policy == "private":
        yield from _validity(certificate)


def _signature(certificate: x509.Certificate) -> Iterator[Finding]:
    """BR 7.1.3.2; pkilint's PKIX rules let SHA-1 pass."""
    algorithm = certificate.signature_hash_algorithm
    if algorithm is None or algorithm.name not in HASHES:
        says = algorithm.name if algorithm else "no hash"
        yield Finding(
            Severity.ERROR, "sslportal.signature.weak_hash", f"Signed by {says}.", "certificate.signatureAlgorithm"
        )


def _is_ca(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _is_responder(certificate: x509.Certificate) -> bool:
    """Whether it is for signing OCSP answers and for nothing else."""
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return list(usages) == [ExtendedKeyUsageOID.OCSP_SIGNING]


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return names.get_values_for_type(x509.DNSName)


def _number(names: list[str]) -> Iterator[Finding]:
    if not names:
        yield Finding(Severity.ERROR, "sslportal.names.none", "No DNS name.")
    if len(names) > dns_names.MAX_NAMES:
        yield Finding(
            Severity.ERROR, "sslportal.names.too_many", f"{len(names)} names, {dns_names.MAX_NAMES} are allowed."
        )


def _name(name: str, policy: Policy) -> Iterator[Finding]:
    """Syntax, public suffixes with or without a wildcard (BR 3.2.2.6), and internal names (BR 4.2.2)."""
    base = name.removeprefix("*.").lower()
    says = dns_names.problem(name)
    if says:
        yield Finding(Severity.ERROR, "sslportal.names.syntax", f"“{name}” {says}.")
    elif _suffixes().is_public(base):
        yield Finding(Severity.ERROR, "sslportal.names.public_suffix", f"“{name}” covers a whole public suffix.")
    elif not _suffixes().privatesuffix(base):
        severity = Severity.ERROR if policy == "public-trust" else Severity.NOTICE
        yield Finding(severity, "sslportal.names.internal", f"“{name}” ends in no public suffix.")


@cache
def _suffixes() -> PublicSuffixList:
    """The ICANN part: the private part is not for CAs (BR 3.2.2.6)."""
    return PublicSuffixList(only_icann=True, accept_unknown=False)


def _validity(certificate: x509.Certificate) -> Iterator[Finding]:
    """Apple's systems hold private CAs to 825 days too (support.apple.com/103769). Public ones are pkilint's matter."""
    lasts = certificate.not_valid_after_utc - certificate.not_valid_before_utc + timedelta(seconds=1)
    if lasts > timedelta(days=MAX_PRIVATE_DAYS):
        yield Finding(Severity.ERROR, "sslportal.validity.too_long", f"Valid for over {MAX_PRIVATE_DAYS} days.")
