"""Who signs the OCSP answers of a CA: keys with certificates of a month, which are followed by new ones in time."""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from certificates import keyroom
from certificates.ca import hierarchy, ocsp
from certificates.ca.authority import Authority
from certificates.ca.keys import KeyMissing
from certificates.models import CertificateAuthority
from certificates.trust.models import Responder

LIVES = timedelta(days=30)
FOLLOWED = timedelta(days=10)  # before its end, which is longer than any answer lives

KEYS = "ocsp-"  # how their names in the key store begin

_at_work: dict[int, tuple[ocsp.Responder, datetime, datetime]] = {}  # by the CA, with from when to when


class NoResponder(Exception):
    """Nobody could be certified to sign a CA's answers."""


def responder_of(authority: CertificateAuthority) -> ocsp.Responder:
    """Who signs for the CA now; made where there is none, or where its end is near. Decrypted once a process.

    Raises NoResponder, or KeyStoreError.
    """
    known = _at_work.get(authority.pk)
    if known and known[1] <= timezone.now() < known[2]:
        return known[0]
    row, responder = _current(authority)
    term = (row.not_before, row.not_after - FOLLOWED)
    transaction.on_commit(lambda: _at_work.update({authority.pk: (responder, *term)}))  # one rolled back is nobody's
    return responder


@transaction.atomic
def _current(authority: CertificateAuthority) -> tuple[Responder, ocsp.Responder]:
    CertificateAuthority.objects.select_for_update(no_key=True).get(pk=authority.pk)  # two workers make no two
    now = timezone.now()
    row = authority.responders.filter(not_before__lte=now, not_after__gt=now + FOLLOWED).first()
    if row:
        try:
            return row, _opened(row)
        except KeyMissing:
            pass  # the key store is another one, or was brought back from before
    row = _make(authority)
    return row, _opened(row)


def _opened(row: Responder) -> ocsp.Responder:
    certificate = Authority.from_der(row.name, bytes(row.der)).certificate
    return ocsp.Responder(certificate, keyroom.key(row.name))  # type: ignore[arg-type]  # ocsp.ALGORITHM


def _make(authority: CertificateAuthority) -> Responder:
    store = keyroom.store()
    role = f"{KEYS}{authority.name}"
    taken = authority.responders.values_list("name", flat=True)
    name = f"{role}-{hierarchy.next_number([*store.names(), *taken], [role])}"
    key = store.create(name, ocsp.ALGORITHM)
    try:
        certificate = hierarchy.certify_responder(
            key.public_key(),
            Authority(authority.name, authority.certificate),
            keyroom.key_of(authority),
            name=name.replace(KEYS, "OCSP "),
            now=timezone.now(),
            lives=LIVES,
            urls=keyroom.urls(),
            policy=settings.PORTAL_POLICY,
        )
    except Exception as error:
        store.delete(name)  # tried again and again, it would fill the store
        raise NoResponder(f"Nobody could be certified to sign the OCSP answers of {authority.name}: {error}") from error
    return record(authority, name, certificate)


def record(authority: CertificateAuthority, name: str, certificate: x509.Certificate) -> Responder:
    """Keep the certificate of who signs answers for the CA; the key of that name is in the store."""
    return Responder.objects.create(
        authority=authority,
        name=name,
        der=certificate.public_bytes(Encoding.DER),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )


def forget_old_keys() -> None:
    """Delete the keys of responders whose certificates have ended: nothing is signed by them any more."""
    store = keyroom.store()
    here = [name for name in store.names() if name.startswith(KEYS)]  # never a CA's, whatever the database says
    for row in Responder.objects.filter(not_after__lt=timezone.now(), name__in=here):
        store.delete(row.name)
