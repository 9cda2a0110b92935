"""The check that every certificate passes before it is signed: pkilint's rules and our own (BR 4.3.1.2, E21)."""

from types import ModuleType

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from certificates.ca import house_rules
from certificates.ca.findings import Finding, Severity, worst_first
from certificates.ca.house_rules import Policy

# What reading a certificate may raise, all at once or when a field of it is touched
UNREADABLE = (
    ValueError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)

__all__ = ["Finding", "Policy", "Severity", "lint", "warm_up"]


def lint(certificate_der: bytes, policy: Policy) -> list[Finding]:
    """Everything that is wrong with the certificate, worst first. About 10 ms, once warm.

    "private" holds it to RFC 5280 and our own rules, "public-trust" to the CA/Browser Forum's too. Never raises for
    what is in the bytes: a certificate that cannot be read is one FATAL finding.
    """
    rules = _pkilint_rules()
    check = rules.public if policy == "public-trust" else rules.private
    try:
        certificate = x509.load_der_x509_certificate(certificate_der)
        return worst_first([*house_rules.findings(certificate, policy), *check(certificate_der)])
    except UNREADABLE as error:
        return [Finding(Severity.FATAL, "sslportal.unreadable", str(error))]


def warm_up() -> None:
    """Import pkilint and build its validators, about 2 s: for the worker to call at its start."""
    rules = _pkilint_rules()
    rules.rfc5280_validators()
    rules.serverauth_validators(rules.CertificateType.OV_FINAL_CERTIFICATE)
    rules.serverauth_validators(rules.CertificateType.EV_FINAL_CERTIFICATE)


def _pkilint_rules() -> ModuleType:
    """Imported at first use, not with this module: it takes 1.5 s, and of all processes only the signing one lints."""
    from certificates.ca import pkilint_rules

    return pkilint_rules
