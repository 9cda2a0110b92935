"""Each certificate: that its bytes are what its record says, signed by its CA, and that OCSP tells its status."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, QuerySet
from django.utils import timezone

from certificates.authorities.checking.answers import Witness
from certificates.ca.authority import is_signed_by
from certificates.ca.lint import UNREADABLE
from certificates.models import Certificate, CertificateAuthority
from certificates.states import Reason, Status
from certificates.trust.models import HashName, Service, StatusChange

CHUNK = 1000


def problems(seen: Counter[str], tell: Callable[[int], None] | None) -> Iterator[str]:
    """What is wrong with any certificate, or with what OCSP says of it."""
    issuers = _Issuers()
    for rows in _parts():
        now = timezone.now()
        for row in rows:
            issuer = issuers[row.authority_id]
            found = [
                *_problems_of_record(row),
                *_problems_of_bytes(row, issuer),
                *issuer.witness.problems(row, now, seen),
            ]
            yield from (f"Certificate {row.serial_number} of order {row.order_id}: {says}." for says in found)
        seen["certificates"] += len(rows)
        if tell:
            tell(seen["certificates"])


def _parts() -> Iterator[list[Any]]:
    """All certificates with what there is about them: each part by one query, so that what it shows was true at once.

    Which they are is asked first. Joined and cut off by one query, all answers before them would be read for each part.
    """
    pks = Certificate.objects.order_by("pk").values_list("pk", flat=True)
    last = 0
    while part := list(pks.filter(pk__gt=last)[:CHUNK]):
        yield list(_rows().filter(pk__in=part).order_by("pk"))
        last = part[-1]


def _rows() -> QuerySet[Certificate]:
    """`changing` says that OCSP does not tell the status yet; `sha1_der` and the like are the answers that there are."""
    changes = StatusChange.objects.filter(certificate=OuterRef("pk"), service=Service.OCSP)
    rows = Certificate.objects.select_related("revocation")
    rows = rows.annotate(status=F("order__status"), changing=Exists(changes))
    for name in HashName:
        answer = FilteredRelation("ocsp_answers", condition=Q(ocsp_answers__hash_name=name))
        rows = rows.annotate(**{f"by_{name}": answer})
        rows = rows.annotate(**{f"{name}_der": F(f"by_{name}__der"), f"{name}_ends": F(f"by_{name}__next_update")})
    return rows


class _Issuer:
    """A CA as it is needed for each of its certificates."""

    def __init__(self, row: CertificateAuthority) -> None:
        self.name = row.name
        self.certificate = row.certificate
        self.witness = Witness(row)
        self._row = row
        self._lists: set[tuple[int, str]] = set()

    def has_list(self, shard: int, address: str) -> bool:
        """Whether there is such a list that covers those who name the address; read anew where it is not known."""
        if (shard, address) not in self._lists:
            rows = self._row.crls.values_list("shard", "urls")
            self._lists = {(number, url) for number, urls in rows for url in urls}
        return (shard, address) in self._lists


class _Issuers(dict[int, _Issuer]):
    """By the number of the CA's row; a CA that is made meanwhile is found too."""

    def __missing__(self, pk: int) -> _Issuer:
        self[pk] = _Issuer(CertificateAuthority.objects.get(pk=pk))
        return self[pk]


def _problems_of_record(row: Any) -> Iterator[str]:
    """Where the order's status and the reason that there is for it do not go together."""
    reason = row.revocation.reason if hasattr(row, "revocation") else None
    if row.status == Status.ISSUED and reason:
        yield "its order is Issued, but it is revoked"
    if row.status == Status.UNUSED and reason != Reason.UNUSED:
        yield "its order is Unused, but it is not on hold"
    if row.status == Status.REVOKED and reason in (None, Reason.UNUSED):
        yield "its order is Revoked, but it is not revoked"


def _problems_of_bytes(row: Certificate, issuer: _Issuer) -> Iterator[str]:
    try:
        certificate = row.x509
        yield from _differences(row, certificate, issuer)
    except (*UNREADABLE, x509.ExtensionNotFound) as error:
        yield f"its bytes cannot be read: {error}"
        return
    if not is_signed_by(certificate, issuer.certificate):
        yield f"{issuer.name} did not sign it"


def _differences(row: Certificate, certificate: x509.Certificate, issuer: _Issuer) -> Iterator[str]:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    said = {
        "serial number": (f"{certificate.serial_number:X}", row.serial_number),
        "begin": (certificate.not_valid_before_utc, row.not_before),
        "end": (certificate.not_valid_after_utc, row.not_after),
        "names": (names.get_values_for_type(x509.DNSName), row.dns_names),
        "fingerprint": (certificate.fingerprint(hashes.SHA256()).hex(), row.sha256),
    }
    for what, (there, recorded) in said.items():
        if there != recorded:
            yield f"its {what} is {there}, its record says {recorded}"
    address = _list_of(certificate)
    if not issuer.has_list(row.crl_shard, address):
        yield f"it names {address}, and no list {row.crl_shard} of {issuer.name} is for that"


def _list_of(certificate: x509.Certificate) -> str:
    points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    return next((str(name.value) for point in points for name in point.full_name or []), "")
