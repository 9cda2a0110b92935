"""What comes back from an offline root: proved to be what was asked for, and to be the root's, before it is believed."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from certificates.ca import profiles
from certificates.ca.authority import Authority, is_signed_by
from certificates.ca.hierarchy import POLICY, Terms
from certificates.ca.house_rules import HASHES
from certificates.ca.lint import UNREADABLE, lint
from certificates.ca.signing import CURVES, sign, throw_away_key

MIN_RSA_BITS = 2048  # BR 6.1.5
BELOW_THE_ROOT = 2  # a policy CA and an issuing CA
LOCAL_ADDRESS = "pkix.invalid_uri_syntax"  # what the linter says of a host without a dot, see dry_run
MAX_NUMBER = 2**63 - 1  # of a list, as large as the database has it

Value = TypeVar("Value", bound=x509.ExtensionType)


class AnswerRefused(ValueError):
    """What came is not what is needed; the message says why, and what to do."""


def check_root(root: Authority, terms: Terms) -> None:
    """Raises AnswerRefused for a certificate that is no root, or none for two CAs below it."""
    _refuse_for("The root's certificate", _problems_of_root(root.certificate, terms))


def check_policy_ca(policy_ca: Authority, root: Authority, terms: Terms) -> None:
    """Raises AnswerRefused for a certificate that the root did not give, or that says anything but what was asked for."""
    _refuse_for(f"The certificate of {policy_ca.name}", _problems_of_policy_ca(policy_ca, root, terms))


def check_list(crl: x509.CertificateRevocationList, root: Authority, cas: Iterable[Authority], now: datetime) -> None:
    """Raises AnswerRefused for a list that is not the root's, does not speak for the CAs below it, or is not good now."""
    urls = {url for ca in cas for url in _list_addresses(ca)}
    _refuse_for(f"The revocation list of {root.name}", _problems_of_list(crl, root, urls, now))


def _list_addresses(ca: Authority) -> list[str]:
    """Where a CA's certificate says that the list is that it would stand on."""
    points = ca.certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    return [str(name.value) for point in points for name in point.full_name or []]


def number_of(crl: x509.CertificateRevocationList) -> int:
    """The list's number (RFC 5280, 5.2.3)."""
    return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def is_root(certificate: x509.Certificate) -> bool:
    """Whether it says that it is one."""
    return certificate.subject == certificate.issuer


def _refuse_for(what: str, problems: Iterator[str]) -> None:
    try:
        found = list(problems)
    except UNREADABLE as error:
        found = [f"it cannot be read ({error})"]
    if found:
        raise AnswerRefused(f"{what} was not taken: {'; '.join(found)}.")


def _problems_of_root(certificate: x509.Certificate, terms: Terms) -> Iterator[str]:
    key = certificate.public_key()
    if not _is_fit(key):
        yield f"its key is neither RSA of {MIN_RSA_BITS} bits or more nor ECDSA on P-256 or P-384"
        return
    yield from _problems_of_signature(certificate, certificate, "it did not sign itself")
    yield from _problems_of_dates(certificate, terms.now)
    yield from _missing_in_root(certificate.extensions)
    yield from _lint_errors(certificate, terms)


def _is_fit(key: object) -> bool:
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= MIN_RSA_BITS
    return isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in CURVES


def _missing_in_root(extensions: x509.Extensions) -> Iterator[str]:
    """What a chain needs of its root (RFC 5280, 4.2.1)."""
    constraints = _value(extensions, x509.BasicConstraints)
    usage = _value(extensions, x509.KeyUsage)
    if constraints is None or not constraints.ca:
        yield "it has no basicConstraints that say that it is a CA"
    elif constraints.path_length is not None and constraints.path_length < BELOW_THE_ROOT:
        yield f"it lets fewer than {BELOW_THE_ROOT} CAs stand below it"
    if usage is None or not (usage.key_cert_sign and usage.crl_sign):
        yield "it has no keyUsage for signing certificates and revocation lists"
    if _value(extensions, x509.SubjectKeyIdentifier) is None:
        yield "it has no subjectKeyIdentifier"


def _value(extensions: x509.Extensions, kind: type[Value]) -> Value | None:
    try:
        return extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _problems_of_policy_ca(policy_ca: Authority, root: Authority, terms: Terms) -> Iterator[str]:
    certificate = policy_ca.certificate
    yield from _problems_of_signature(certificate, root.certificate, f"{root.name} did not sign it")
    yield from _problems_of_dates(certificate, terms.now)
    if certificate.not_valid_after_utc > root.certificate.not_valid_after_utc:
        yield f"it ends after {root.name}, which ends on {root.certificate.not_valid_after_utc:%Y-%m-%d}"
    yield from _differences(policy_ca, root, terms)
    yield from _lint_errors(certificate, terms)


def _differences(policy_ca: Authority, root: Authority, terms: Terms) -> Iterator[str]:
    """Between what was made and what the request and the file of extensions asked for."""
    found, wanted = policy_ca.certificate, _wanted(policy_ca, root, terms)
    if found.subject != wanted.subject:
        yield f"it is for {found.subject.rfc4514_string()}, not for {wanted.subject.rfc4514_string()}"
    there, asked = ({one.oid: one for one in certificate.extensions} for certificate in (found, wanted))
    wrong = [
        *(f"no {_name(one)}" for oid, one in asked.items() if oid not in there),
        *(f"{_name(one)} other than asked for" for oid, one in asked.items() if there.get(oid, one) != one),
        *(f"{_name(one)}, not asked for" for oid, one in there.items() if oid not in asked),
    ]
    if wrong:
        how = f"sign the request again by “-extfile {policy_ca.name}.cnf”, or make another one if PKI_URL has changed"
        yield f"it has {', '.join(wrong)}: {how}"


def _wanted(policy_ca: Authority, root: Authority, terms: Terms) -> x509.Certificate:
    """What the profile makes of it, signed by nobody in particular."""
    found = policy_ca.certificate
    key = found.public_key()
    builder = profiles.intermediate(
        found.serial_number,
        (found.not_valid_before_utc, found.not_valid_after_utc),
        terms.subject(POLICY, int(policy_ca.name.rpartition("-")[2])),
        key,  # type: ignore[arg-type]  # it is that of a key in the store, by which the certificate was found
        root,
        terms.urls,
        POLICY.path_length,
    )
    return sign(builder, throw_away_key(key))  # type: ignore[arg-type]  # as above


def _name(extension: x509.Extension) -> str:
    value = extension.value
    return extension.oid.dotted_string if isinstance(value, x509.UnrecognizedExtension) else type(value).__name__


def _problems_of_list(
    crl: x509.CertificateRevocationList, root: Authority, urls: set[str], now: datetime
) -> Iterator[str]:
    key = root.certificate.public_key()
    if crl.issuer != root.certificate.subject or not crl.is_signature_valid(key):  # type: ignore[arg-type]  # _is_fit
        yield f"{root.name} did not sign it"
        return
    if crl.signature_hash_algorithm is None or crl.signature_hash_algorithm.name not in HASHES:
        yield "it is signed by a weak hash"
    if crl.last_update_utc > now:
        yield f"it begins only at {crl.last_update_utc:%Y-%m-%d %H:%M} UTC: one of the clocks is wrong"
    if crl.next_update_utc is None or crl.next_update_utc <= now:
        yield "its next update is not in the future"
    yield from _problems_of_number(crl.extensions)
    yield from _problems_of_scope(crl.extensions, urls)


def _problems_of_number(extensions: x509.Extensions) -> Iterator[str]:
    number = _value(extensions, x509.CRLNumber)
    if number is None:
        yield "it has no number"
    elif number.crl_number > MAX_NUMBER:
        yield f"its number is above {MAX_NUMBER}"


def _problems_of_scope(extensions: x509.Extensions, urls: set[str]) -> Iterator[str]:
    """It must speak for all that the root has signed, at the addresses that stand in those certificates."""
    if _value(extensions, x509.DeltaCRLIndicator) is not None:
        yield "it tells only what is new since another one"
    for extension in extensions:
        if extension.critical and not isinstance(
            extension.value, x509.IssuingDistributionPoint | x509.DeltaCRLIndicator
        ):
            yield f"it has a critical extension {_name(extension)}, for which clients turn it down"
    point = _value(extensions, x509.IssuingDistributionPoint)
    if point is None:
        return
    if point.full_name is not None:
        missing = urls - {str(name.value) for name in point.full_name}
        yield from (f"its issuing distribution point is not {url}" for url in sorted(missing))
    if point.relative_name is not None or point.indirect_crl or point.only_some_reasons:
        yield "its issuing distribution point is of a kind that most clients do not know"
    if point.only_contains_user_certs or point.only_contains_attribute_certs:
        yield "it does not cover CAs"


def _problems_of_signature(certificate: x509.Certificate, issuer: x509.Certificate, says: str) -> Iterator[str]:
    algorithm = certificate.signature_hash_algorithm
    if algorithm is None or algorithm.name not in HASHES:
        yield f"it is signed by {algorithm.name if algorithm else 'no hash'}, which is too weak"
        return
    if not is_signed_by(certificate, issuer):
        yield says


def _problems_of_dates(certificate: x509.Certificate, now: datetime) -> Iterator[str]:
    if certificate.not_valid_before_utc > now:
        yield f"it begins only at {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC: one of the clocks is wrong"
    if certificate.not_valid_after_utc <= now:
        yield f"it has ended on {certificate.not_valid_after_utc:%Y-%m-%d}"


def _lint_errors(certificate: x509.Certificate, terms: Terms) -> Iterator[str]:
    """As the linter stops our own certificates. Addresses of one machine only are right for a private CA, see dry_run."""
    local = terms.policy == "private" and terms.urls.is_local
    for finding in lint(certificate.public_bytes(Encoding.DER), terms.policy):
        if finding.stops and not (local and finding.code == LOCAL_ADDRESS):
            yield f"{finding.code} {finding.message}".strip()
