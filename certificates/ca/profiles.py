"""The certificate profiles: what stands in a CA's certificate and in a server's, and in which order."""

from collections.abc import Iterator
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_der_public_key
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from certificates.ca.authority import Authority, Urls
from certificates.ca.plan import Plan
from certificates.ca.signing import PublicKey

Extension = tuple[x509.ExtensionType, bool]  # the second says whether it is critical

RESERVED_POLICIES = {"OV": "2.23.140.1.2.2", "EV": "2.23.140.1.1"}  # BR 7.1.6.1
ANY_POLICY = "2.5.29.32.0"

# A subject's attributes in the order of the certificate. BR 7.1.4.2 orders C, ST, L, O, CN; the rest is free.
_EV_ATTRIBUTES = {
    "business_category": NameOID.BUSINESS_CATEGORY,
    "jurisdiction_country": NameOID.JURISDICTION_COUNTRY_NAME,
    "jurisdiction_state": NameOID.JURISDICTION_STATE_OR_PROVINCE_NAME,
    "jurisdiction_locality": NameOID.JURISDICTION_LOCALITY_NAME,
    "registration_number": NameOID.SERIAL_NUMBER,
}
_ATTRIBUTES = {
    "country": NameOID.COUNTRY_NAME,
    "state": NameOID.STATE_OR_PROVINCE_NAME,
    "locality": NameOID.LOCALITY_NAME,
    "organization": NameOID.ORGANIZATION_NAME,
}


def server(plan: Plan, issuer: Authority, urls: Urls) -> x509.CertificateBuilder:
    """An OV or EV server certificate, all but the signature (BR 7.1.2.7, EVG 7.1). The plan has passed refusals."""
    key: PublicKey = load_der_public_key(plan.spki)  # type: ignore[assignment]  # refusals let RSA and EC pass only
    dates = (plan.not_before, plan.not_after)
    builder = _builder(plan.serial, dates, issuer.certificate.subject, server_subject(plan), key)
    return _extended(builder, _server_extensions(plan, issuer, urls))


def server_subject(plan: Plan) -> x509.Name:
    """The subject: for EV the attributes of EVG 7.1.4.2, then C, ST, L, O and, where it is short enough, CN."""
    fields = _EV_ATTRIBUTES | _ATTRIBUTES if plan.level == "EV" else _ATTRIBUTES
    values = [(oid, getattr(plan.subject, field)) for field, oid in fields.items()]
    values.append((NameOID.COMMON_NAME, plan.subject_common_name))
    return _name(values)


def root(serial: int, dates: tuple[datetime, datetime], subject: x509.Name, key: PublicKey) -> x509.CertificateBuilder:
    """A root, all but the signature (BR 7.1.2.1): no path length, no policies, no extended key usage."""
    builder = _builder(serial, dates, subject, subject, key)
    own_identifier = x509.SubjectKeyIdentifier.from_public_key(key)
    return _extended(
        builder,
        [
            (x509.BasicConstraints(ca=True, path_length=None), True),
            (_key_usage("key_cert_sign", "crl_sign"), True),
            (own_identifier, False),
            (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own_identifier), False),
        ],
    )


def intermediate(
    serial: int,
    dates: tuple[datetime, datetime],
    subject: x509.Name,
    key: PublicKey,
    parent: Authority,
    urls: Urls,
    path_length: int | None,
) -> x509.CertificateBuilder:
    """A TLS subordinate CA, all but the signature (BR 7.1.2.6). It may issue OV and EV alike, so anyPolicy.

    No OCSP address: the CRL speaks for CAs, of which one is revoked once in a decade.
    """
    builder = _builder(serial, dates, parent.certificate.subject, subject, key)
    return _extended(
        builder,
        [
            (x509.BasicConstraints(ca=True, path_length=path_length), True),
            (_key_usage("key_cert_sign", "crl_sign"), True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
            (_policies(ANY_POLICY), False),
            (x509.SubjectKeyIdentifier.from_public_key(key), False),
            (authority_key(parent), False),
            (_crl(urls.crl(parent.name)), False),
            (_access(issuers=urls.certificate(parent.name)), False),
        ],
    )


def responder(
    serial: int, dates: tuple[datetime, datetime], subject: x509.Name, key: PublicKey, issuer: Authority
) -> x509.CertificateBuilder:
    """Who signs OCSP answers for the issuer, all but the signature (BR 7.1.2.8). Nobody asks whether it is revoked."""
    builder = _builder(serial, dates, issuer.certificate.subject, subject, key)
    return _extended(
        builder,
        [
            (_key_usage("digital_signature"), True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False),
            (x509.OCSPNoCheck(), False),
            (x509.SubjectKeyIdentifier.from_public_key(key), False),
            (authority_key(issuer), False),
        ],
    )


def ca_subject(brand: str, common_name: str, country: str) -> x509.Name:
    """A CA's name (BR 7.1.2.10.2). Without a country where there is none: a private CA need not say."""
    return _name(
        [(NameOID.COUNTRY_NAME, country), (NameOID.ORGANIZATION_NAME, brand), (NameOID.COMMON_NAME, common_name)]
    )


def _builder(
    serial: int, dates: tuple[datetime, datetime], issuer: x509.Name, subject: x509.Name, key: PublicKey
) -> x509.CertificateBuilder:
    not_before, not_after = dates
    return (
        x509.CertificateBuilder()
        .serial_number(serial)
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(key)
    )


def _server_extensions(plan: Plan, issuer: Authority, urls: Urls) -> Iterator[Extension]:
    """BR 7.1.2.7.6. The key is for signing only: TLS 1.3 and the forward secret suites need nothing else."""
    yield _key_usage("digital_signature"), True
    yield x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False
    yield x509.BasicConstraints(ca=False, path_length=None), True
    yield _policies(RESERVED_POLICIES[plan.level], *([plan.own_policy] if plan.own_policy else [])), False
    yield x509.SubjectAlternativeName([x509.DNSName(name) for name in plan.dns_names]), False
    yield authority_key(issuer), False
    yield _crl(urls.crl(issuer.name, plan.crl_shard)), False
    yield _access(ocsp=urls.ocsp(issuer.name), issuers=urls.certificate(issuer.name)), False


def _extended(
    builder: x509.CertificateBuilder, extensions: Iterator[Extension] | list[Extension]
) -> x509.CertificateBuilder:
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder


def _name(values: list[tuple[x509.ObjectIdentifier, str | None]]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in values if value])


def _key_usage(*uses: str) -> x509.KeyUsage:
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: name in uses for name in names})


def _policies(*oids: str) -> x509.CertificatePolicies:
    return x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(oid), None) for oid in oids])


def authority_key(issuer: Authority) -> x509.AuthorityKeyIdentifier:
    """The issuer's own key identifier, whatever it was made of (BR 7.1.2.11.1)."""
    identifier = issuer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier.value)


def _crl(url: str) -> x509.CRLDistributionPoints:
    """One point with a full name, neither reasons nor another issuer (BR 7.1.2.11.2)."""
    return x509.CRLDistributionPoints([x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)])


def _access(issuers: str, ocsp: str = "") -> x509.AuthorityInformationAccess:
    methods = [(AuthorityInformationAccessOID.OCSP, ocsp), (AuthorityInformationAccessOID.CA_ISSUERS, issuers)]
    return x509.AuthorityInformationAccess(
        [x509.AccessDescription(method, x509.UniformResourceIdentifier(url)) for method, url in methods if url]
    )
