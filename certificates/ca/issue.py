"""Issuing a server certificate: refuse, lint, sign, look again."""

from collections.abc import Iterator
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certificates.ca import profiles, refusals, signing
from certificates.ca.authority import Authority, Urls, is_signed_by
from certificates.ca.dry_run import LintFailed, dry_run
from certificates.ca.findings import Finding
from certificates.ca.house_rules import Policy
from certificates.ca.pkcs8 import PrivateKey
from certificates.ca.plan import Plan, Subject, new_serial, validity
from certificates.ca.refusals import PlanRefused

__all__ = [
    "IssueError", "Issued", "LintFailed", "Plan", "PlanRefused", "Subject", "issue", "new_serial", "sign", "validity",
]  # fmt: skip


class IssueError(Exception):
    """What was signed is not what was planned, or not by this issuer: it must not leave the CA."""


@dataclass(frozen=True)
class Issued:
    """A certificate, and what the linter noticed without stopping it."""

    certificate: x509.Certificate
    findings: list[Finding]


def issue(plan: Plan, issuer: Authority, key: PrivateKey, urls: Urls, *, policy: Policy = "private") -> Issued:
    """Lint the certificate, signed by a throw-away key, then sign it.

    `key` is the issuer's. The same plan gives the same bytes, however often, save the signature by an ECDSA key in a
    PKCS#11 token, which is another each time. Raises PlanRefused, LintFailed with nothing signed by `key`, or IssueError.
    """
    refusals.check(plan, issuer)
    findings = dry_run(
        lambda addresses: profiles.server(plan, issuer, addresses), urls, key.public_key(), policy, plan.hash_algorithm
    )
    return Issued(sign(plan, issuer, key, urls), findings)


def sign(plan: Plan, issuer: Authority, key: PrivateKey, urls: Urls) -> x509.Certificate:
    """Sign without linting. Raises PlanRefused, or IssueError where the outcome is not what was planned."""
    refusals.check(plan, issuer)
    signed = signing.sign(profiles.server(plan, issuer, urls), key, plan.hash_algorithm)
    certificate = x509.load_der_x509_certificate(signed.public_bytes(Encoding.DER))
    wrong = [*_differences(certificate, plan), *_foreign(certificate, issuer)]
    if wrong:
        raise IssueError("; ".join(wrong))
    return certificate


def _differences(certificate: x509.Certificate, plan: Plan) -> Iterator[str]:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    if certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != plan.spki:
        yield "the public key is another"
    if tuple(names.get_values_for_type(x509.DNSName)) != plan.dns_names or len(names) != len(plan.dns_names):
        yield "the names are others"
    if certificate.subject != profiles.server_subject(plan):
        yield "the subject is another"
    if certificate.serial_number != plan.serial:
        yield "the serial number is another"
    if (certificate.not_valid_before_utc, certificate.not_valid_after_utc) != (plan.not_before, plan.not_after):
        yield "the dates are others"


def _foreign(certificate: x509.Certificate, issuer: Authority) -> Iterator[str]:
    if not is_signed_by(certificate, issuer.certificate):
        yield f"it was not signed by {issuer.name}"
