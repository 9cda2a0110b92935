"""The rules of RFC 5280 and of the CA/Browser Forum, as pkilint checks them. Importing this takes 1.5 s."""

from collections.abc import Iterator
from functools import cache

from pkilint import finding_filter, loader
from pkilint.cabf import serverauth
from pkilint.cabf.serverauth.serverauth_constants import CertificateType
from pkilint.cabf.serverauth.serverauth_finding_filter import (
    DnsNameGeneralNamePreferredNameSyntaxFilter,
    EndEntitySubjectKeyIdentifierMissingFilter,
)
from pkilint.pkix import certificate as pkix
from pkilint.pkix import extension, name
from pkilint.validation import ValidationFindingSeverity, ValidationResult, ValidatorContainer

from certificates.ca.findings import Finding, Severity

_SHOWN = {
    ValidationFindingSeverity.FATAL: Severity.FATAL,
    ValidationFindingSeverity.ERROR: Severity.ERROR,
    ValidationFindingSeverity.WARNING: Severity.WARNING,
    ValidationFindingSeverity.NOTICE: Severity.NOTICE,
}


def private(der: bytes) -> Iterator[Finding]:
    """What RFC 5280 says of the certificate. Raises ValueError where it cannot be read.

    Two of its wishes are left out, as pkilint itself does for server certificates of public CAs: a key identifier in
    them (4.2.1.2), against which BR 7.1.2.7.6 advises, and the name syntax of 1987 (4.2.1.6), which has no wildcards;
    house_rules looks at the names instead.
    """
    filters = [EndEntitySubjectKeyIdentifierMissingFilter(), DnsNameGeneralNamePreferredNameSyntaxFilter()]
    return _run(rfc5280_validators(), filters, der)


def public(der: bytes) -> Iterator[Finding]:
    """What RFC 5280, the BR and the EVG say, by the kind of the certificate. Raises ValueError as above."""
    kind = serverauth.determine_certificate_type(loader.load_der_certificate(der))
    return _run(serverauth_validators(kind), serverauth.create_serverauth_finding_filters(kind), der)


@cache
def rfc5280_validators() -> ValidatorContainer:
    """Built once: building takes twenty times as long as linting."""
    return pkix.create_pkix_certificate_validator_container(
        pkix.create_decoding_validators(name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS),
        [
            pkix.create_issuer_validator_container(),
            pkix.create_validity_validator_container(),
            pkix.create_subject_validator_container(),
            pkix.create_extensions_validator_container(),
            pkix.create_spki_validator_container(),
        ],
    )


@cache
def serverauth_validators(kind: CertificateType) -> ValidatorContainer:
    """Built once for each kind: server certificates of OV and EV, the CAs, and so on."""
    return pkix.create_pkix_certificate_validator_container(
        serverauth.create_decoding_validators(), serverauth.create_validators(kind)
    )


def _run(
    validators: ValidatorContainer, filters: list[finding_filter.FindingDescriptionFilter], der: bytes
) -> Iterator[Finding]:
    document = loader.load_der_certificate(der)
    kept, _dropped = finding_filter.filter_results(filters, validators.validate(document.root))
    for result in kept:
        yield from _findings(result)


def _findings(result: ValidationResult) -> Iterator[Finding]:
    for found in result.finding_descriptions:
        severity = _SHOWN.get(found.finding.severity)
        if severity:  # INFO and DEBUG say that nothing is wrong
            yield Finding(severity, found.finding.code, found.message or "", str(result.node.path))
