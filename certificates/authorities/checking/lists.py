"""Each revocation list: that it is there, good, signed by its CA, and names those that are revoked and nobody else."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from cryptography import x509
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from certificates.ca.lint import UNREADABLE
from certificates.ca.revoked import REASONS
from certificates.models import Certificate, CertificateAuthority, Revocation
from certificates.trust.models import Crl, Service, StatusChange
from certificates.trust.needed import needed_lists

CHUNK = 1000
TRIES = 10  # a list that is made anew while it is held against the revocations

Entries = dict[int, tuple[datetime, x509.ReasonFlags | None]]  # by serial number, since when and why


def problems(seen: Counter[str]) -> Iterator[str]:
    """What is wrong with any list. One at a time is in memory."""
    yield from _missing()
    needed = set(needed_lists().values_list("pk", flat=True))
    for pk in Crl.objects.order_by("pk").values_list("pk", flat=True):
        yield from _settled_problems(pk, pk in needed, seen)


def _missing() -> Iterator[str]:
    now = timezone.now()
    without = CertificateAuthority.objects.filter(not_after__gt=now).exclude(crls__shard=0).order_by("pk")
    yield from (f"{name} has no revocation list." for name in without.values_list("name", flat=True))
    there = Crl.objects.filter(authority=OuterRef("authority"), shard=OuterRef("crl_shard"))
    living = Certificate.objects.filter(not_after__gte=now, crl_shard__gt=0).exclude(Exists(there))
    for name, shard in living.values_list("authority__name", "crl_shard").distinct():
        yield f"{name} has no revocation list {shard}, which its certificates name."


def _settled_problems(pk: int, is_needed: bool, seen: Counter[str]) -> list[str]:
    """Looked at again where the ca worker has made the list anew meanwhile: what was wrong may have been the old one."""
    found: list[str] = []
    for _try in range(TRIES):
        crl = Crl.objects.select_related("authority").get(pk=pk)
        found = [f"Revocation list {crl}: {says}." for says in _problems(crl, is_needed)]
        if not found or Crl.objects.filter(pk=pk, number=crl.number).exists():
            break
    seen["revocation lists"] += 1
    seen["entries of them"] += crl.entries
    return found


def _problems(crl: Crl, is_needed: bool) -> Iterator[str]:
    if crl.der is None:
        yield "it was never made"
        return
    try:
        there = x509.load_der_x509_crl(bytes(crl.der))
        yield from _problems_of_list(there, crl)
        entries: Entries = {one.serial_number: (one.revocation_date_utc, _reason(one)) for one in there}
    except (*UNREADABLE, x509.ExtensionNotFound) as error:
        yield f"it cannot be read: {error}"
        return
    if is_needed and (crl.next_update is None or crl.next_update <= timezone.now()):
        yield f"it ran out at {crl.next_update:%Y-%m-%d %H:%M} UTC"
    if crl.authority.role == CertificateAuthority.Role.ISSUING:
        yield from _differences(crl, entries)
    else:
        yield from _revoked_cas(crl, entries)


def _problems_of_list(there: x509.CertificateRevocationList, crl: Crl) -> Iterator[str]:
    issuer = crl.authority.certificate
    if there.issuer != issuer.subject or not there.is_signature_valid(issuer.public_key()):  # type: ignore[arg-type]  # CAs have RSA and ECDSA keys
        yield f"{crl.authority.name} did not sign it"
    number = there.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    said = (number, there.last_update_utc, there.next_update_utc, len(there))
    if said != (crl.number, crl.this_update, crl.next_update, crl.entries):
        yield "its number, dates or number of entries are not those of its record"
    if crl.urls and _addresses(there) not in ([], crl.urls):
        yield f"it is for {', '.join(_addresses(there))}, and its record says {', '.join(crl.urls)}"


def _addresses(there: x509.CertificateRevocationList) -> list[str]:
    """Those of the certificates that it covers; none where it covers all, as a root's does."""
    try:
        point = there.extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
    except x509.ExtensionNotFound:
        return []
    return sorted(str(name.value) for name in point.full_name or [])


def _reason(entry: x509.RevokedCertificate) -> x509.ReasonFlags | None:
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return None


def _differences(crl: Crl, entries: Entries) -> Iterator[str]:
    """Between the list and what is revoked. Who has ended since may stand on it, and need not (RFC 5280, 3.3)."""
    unexplained = set(entries)
    for revocation in _revocations(crl).iterator(chunk_size=CHUNK):
        serial = int(revocation.certificate.serial_number, 16)
        unexplained.discard(serial)
        revoked, entry = revocation.as_revoked(serial), entries.get(serial)
        if entry is None and crl.this_update and revocation.certificate.not_after >= crl.this_update:
            yield f"{serial:X} is revoked, and not on it"
        elif entry and entry != (revoked.since, REASONS.get(revoked.reason)):
            yield f"{serial:X} stands on it with another date or reason than it was revoked with"
    for serial in sorted(unexplained - _changing(crl)):
        yield f"{serial:X} stands on it, and is not revoked"


def _revocations(crl: Crl) -> QuerySet[Revocation]:
    """Of the certificates that name the list, but for those whose change is still to be published."""
    rows = Revocation.objects.filter(certificate__authority=crl.authority_id, certificate__crl_shard=crl.shard)
    rows = rows.exclude(Exists(_changes().filter(certificate=OuterRef("certificate"))))
    return rows.select_related("certificate").only(
        "reason", "since", "certificate__serial_number", "certificate__not_after"
    )


def _changing(crl: Crl) -> set[int]:
    """The serial numbers of those whose change is still to be published."""
    of_list = _changes().filter(certificate__authority=crl.authority_id, certificate__crl_shard=crl.shard)
    return {int(serial, 16) for serial in of_list.values_list("certificate__serial_number", flat=True)}


def _changes() -> QuerySet[StatusChange]:
    return StatusChange.objects.filter(service=Service.CRL)


def _revoked_cas(crl: Crl, entries: Entries) -> Iterator[str]:
    for child in crl.authority.children.order_by("pk"):
        if child.certificate.serial_number in entries:
            yield f"it says that {child.name} is revoked"
