"""What pkilint says of revocation lists and OCSP answers; of certificates it is asked by certificates.ca.lint."""

from pkilint import loader, pkix
from pkilint.cabf import cabf_crl
from pkilint.pkix import crl, extension, name, ocsp
from pkilint.pkix.crl.crl_extension import CrlReasonCodeValidator
from pkilint.validation import ValidationFindingSeverity

NAMES = pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS)
EXTENSIONS = pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS)


def findings_in_list(der, policy="private", *, of_cas=False):
    """What RFC 5280, and for the public the BR, have against a list in DER: the codes of notices, warnings and errors."""
    kind = crl.CertificateRevocationListType.ARL if of_cas else crl.CertificateRevocationListType.CRL
    rules, validity = [CrlReasonCodeValidator()], []
    if policy == "public-trust":
        rules.append(cabf_crl.CabfCrlReasonCodeAllowlistValidator(kind))
        validity.append(cabf_crl.create_validity_period_validator(kind))
    validators = crl.create_pkix_crl_validator_container(
        [NAMES, EXTENSIONS],
        [
            crl.create_issuer_validator_container([]),
            crl.create_validity_validator_container(validity),
            crl.create_extensions_validator_container([]),
            *rules,
        ],
    )
    return _codes(validators.validate(loader.load_der_crl(der, "list").root))


def findings_in_answer(der):
    """What RFC 6960 has against an OCSP answer in DER."""
    validators = ocsp.create_pkix_ocsp_response_validator_container(
        [ocsp.create_response_decoder(), NAMES, EXTENSIONS], []
    )
    return _codes(validators.validate(loader.load_der_ocsp_response(der, "answer").root))


def _codes(results):
    found = (description.finding for result in results for description in result.finding_descriptions)
    return [finding.code for finding in found if finding.severity <= ValidationFindingSeverity.NOTICE]
