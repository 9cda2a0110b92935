"""The CAs and who signs OCSP answers for them: certified by the one above, and with the right keys."""

from collections import Counter
from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from django.conf import settings
from django.utils import timezone

from certificates import keyroom
from certificates.authorities.status import is_offline
from certificates.ca.authority import is_signed_by
from certificates.ca.keys import KeyStoreError
from certificates.ca.lint import UNREADABLE
from certificates.models import CertificateAuthority
from certificates.trust.models import Responder

Role = CertificateAuthority.Role


def problems(seen: Counter[str]) -> Iterator[str]:
    """What is wrong with the CAs, responders and their keys."""
    rows = list(CertificateAuthority.objects.select_related("parent").order_by("pk"))
    for role in Role:
        if rows and not any(row.role == role and row.is_current for row in rows):
            yield f"There is no current {role} CA."
    for row in rows:
        seen["CAs"] += 1
        yield from (f"{row.name}: {says}." for says in _problems_of_ca(row, seen))
    for responder in Responder.objects.filter(not_after__gt=timezone.now()).select_related("authority").order_by("pk"):
        yield from (f"{responder.name}: {says}." for says in problems_of_responder(responder))


def _problems_of_ca(row: CertificateAuthority, seen: Counter[str]) -> Iterator[str]:
    try:
        certificate, issuer = row.certificate, (row.parent or row).certificate
    except UNREADABLE as error:
        seen["unreadable CAs"] += 1
        yield f"its certificate, or that of the CA above, cannot be read: {error}"
        return
    if not is_signed_by(certificate, issuer):
        yield f"{row.parent.name if row.parent else 'it'} did not sign its certificate"
    if certificate.not_valid_after_utc != row.not_after:
        yield f"its certificate ends at {certificate.not_valid_after_utc}, its record says {row.not_after}"
    if settings.CA_KEYS and row.not_after > timezone.now() and not is_offline(row):
        seen["keys"] += 1
        try:
            keyroom.key_of(row)
        except KeyStoreError as error:
            yield f"its key cannot be used: {str(error).rstrip('.')}"


def problems_of_responder(row: Responder) -> Iterator[str]:
    """What keeps clients from believing the answers that it signs (RFC 6960, 4.2.2.2)."""
    try:
        certificate = x509.load_der_x509_certificate(bytes(row.der))
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (*UNREADABLE, x509.ExtensionNotFound) as error:
        yield f"its certificate cannot be used: {error}"
        return
    if not is_signed_by(certificate, row.authority.certificate):
        yield f"{row.authority.name} did not sign its certificate"
    if ExtendedKeyUsageOID.OCSP_SIGNING not in usage:
        yield "its certificate is not for signing OCSP answers"
    if certificate.not_valid_after_utc != row.not_after:
        yield f"its certificate ends at {certificate.not_valid_after_utc}, its record says {row.not_after}"
