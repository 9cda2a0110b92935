"""The `ca` worker's part of OCSP: answers are signed ahead, when a status changes and when they grow old.

All of it is about the present, so it goes by the real clock: the demo's past has no answers.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from certificates.ca import ocsp
from certificates.ca.ocsp_request import CertId
from certificates.models import Certificate, CertificateAuthority, Revocation
from certificates.trust import files
from certificates.trust.each_ca import for_each_ca
from certificates.trust.issuers import issuers_of
from certificates.trust.models import HashName, OcspAnswer, OcspQuestion, Service, StatusChange
from certificates.trust.responders import responder_of

# Long enough that a weekend without the `ca` worker hurts nobody. BR 4.9.10: renewed after four days at the latest, and
# eight hours before the end.
LIVES, RENEWED_AFTER = timedelta(days=4), timedelta(days=1)

KEEP = """
INSERT INTO certificates_ocspanswer (certificate_id, authority_id, hash_name, der, this_update, next_update)
SELECT certificate_id, %s, hash_name, der, %s, %s
FROM unnest(%s::bigint[], %s::varchar[], %s::bytea[]) AS new (certificate_id, hash_name, der)
ON CONFLICT (certificate_id, hash_name)
DO UPDATE SET der = excluded.der, this_update = excluded.this_update, next_update = excluded.next_update
"""

BATCH = 1_000  # certificates at once: a quarter of a second of work, so that a revocation need not wait for long


def first_answers(certificates: Sequence[Certificate]) -> None:
    """Sign the answers about certificates that this transaction issues: nobody meets one without.

    Files come when they are renewed: one that is written now would stay if the certificate is not issued after all.
    """
    for authority in {certificate.authority for certificate in certificates}:
        _keep(authority, _sign(authority, [one for one in certificates if one.authority == authority], {}))


def publish_answers() -> bool:
    """Sign answers about certificates whose status has changed, the latest first. Returns whether there may be more."""
    return for_each_ca(_publish_of)


@transaction.atomic
def _publish_of(authority: CertificateAuthority) -> bool:
    changes = StatusChange.objects.filter(service=Service.OCSP, authority=authority).order_by("-pk")
    taken = list(changes.select_for_update(skip_locked=True)[:BATCH])
    held = _held(authority, [change.certificate_id for change in taken])
    _sign_held(authority, [certificate for certificate in held if certificate.not_after >= timezone.now()])
    done = {certificate.pk for certificate in held}
    StatusChange.objects.filter(pk__in=[change.pk for change in taken if change.certificate_id in done]).delete()
    return len(done) == BATCH


def renew_answers() -> bool:
    """Sign answers anew that grow old, and forget those about certificates that have ended. Returns as above."""
    return for_each_ca(_renew_of)


@transaction.atomic
def _renew_of(authority: CertificateAuthority) -> bool:
    due = _due(authority, timezone.now())
    held, now = _held(authority, due), timezone.now()
    ended = [certificate for certificate in held if certificate.not_after < now]
    _sign_held(authority, [certificate for certificate in held if certificate.not_after >= now])
    OcspAnswer.objects.filter(certificate__in=ended).delete()
    files.remove(ended)
    return bool(held) and len(due) == BATCH * len(HashName)


def _due(authority: CertificateAuthority, now: datetime) -> list[int]:
    """The certificates of the oldest answers; else of those from a moment to come, as a clock was wrong."""
    answers = (
        OcspAnswer.objects.filter(authority=authority).order_by("this_update").values_list("certificate", flat=True)
    )
    most = BATCH * len(HashName)
    return list(answers.filter(this_update__lt=now - RENEWED_AFTER)[:most]) or list(
        answers.filter(this_update__gt=now)[:most]
    )


def ask_for_missing() -> None:
    """Have answers signed about certificates that have none and of which nobody said so, be it after a restore."""
    answers = OcspAnswer.objects.filter(certificate=OuterRef("pk"))
    changes = StatusChange.objects.filter(certificate=OuterRef("pk"), service=Service.OCSP)
    missing = Certificate.objects.filter(~Exists(answers), ~Exists(changes), not_after__gt=timezone.now())
    found = missing.only("authority").iterator()
    StatusChange.objects.bulk_create((StatusChange.of(one, Service.OCSP) for one in found), batch_size=5_000)


def _held(authority: CertificateAuthority, pks: Iterable[int]) -> list[Certificate]:
    """The CA's certificates, locked: what is read of their status from now on holds until the end of the transaction.

    Without those that somebody else holds, whose turn comes again: nobody who hangs keeps all others waiting.
    """
    rows = Certificate.objects.select_for_update(no_key=True, skip_locked=True)
    held = list(rows.only("serial_number", "not_after").filter(pk__in=set(pks), authority=authority).order_by("pk"))
    for certificate in held:
        certificate.authority = authority  # one object for all, not one a row
    return held


def _sign_held(authority: CertificateAuthority, certificates: Sequence[Certificate]) -> None:
    """Sign and keep the answers about certificates that this transaction holds, for who has files there too."""
    answers = _sign(authority, certificates, _revocations(certificates))
    _keep(authority, answers)
    if settings.OCSP_FILES:
        _put_into_files(certificates, answers)


def _put_into_files(certificates: Sequence[Certificate], answers: Sequence[OcspAnswer]) -> None:
    """The last word is the database's: if it has dropped this connection, and our locks with it, then somebody may have
    revoked meanwhile, and what was just written must go.
    """
    files.write(answers)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        files.remove(certificates)
        raise


def _revocations(certificates: Iterable[Certificate]) -> dict[int, Revocation]:
    """By the certificate."""
    return {row.certificate_id: row for row in Revocation.objects.filter(certificate__in=certificates)}


def _sign(
    authority: CertificateAuthority, certificates: Sequence[Certificate], revocations: dict[int, Revocation]
) -> list[OcspAnswer]:
    """An answer about each of the CA's certificates by each hash."""
    if not certificates:
        return []
    responder, now = responder_of(authority), timezone.now().replace(microsecond=0)
    return [
        _answer(certificate, hash_name, revocations.get(certificate.pk), now, responder)
        for certificate in certificates
        for hash_name in HashName
    ]


def _answer(
    certificate: Certificate, hash_name: str, revocation: Revocation | None, now: datetime, responder: ocsp.Responder
) -> OcspAnswer:
    cert_id = CertId(issuers_of(certificate.authority)[hash_name], int(certificate.serial_number, 16))
    revoked = revocation.as_revoked(cert_id.serial) if revocation else None
    der = ocsp.sign(cert_id, revoked, (now, now + LIVES), responder)
    return OcspAnswer(certificate=certificate, hash_name=hash_name, der=der, this_update=now, next_update=now + LIVES)


def _keep(authority: CertificateAuthority, answers: Sequence[OcspAnswer]) -> None:
    """By one statement for all, which takes half the time of bulk_create. They are of one moment."""
    if answers:
        columns = ([getattr(answer, name) for answer in answers] for name in ("certificate_id", "hash_name", "der"))
        with connection.cursor() as cursor:
            cursor.execute(KEEP, [authority.pk, answers[0].this_update, answers[0].next_update, *columns])


@transaction.atomic
def join_answers(question: OcspQuestion) -> None:
    """Sign one answer about several certificates; nothing where one of them has no answer any more, or is held by another.

    Its parts are made of the certificates, not of the stored answers: nothing is signed that somebody put there.
    """
    asked = OcspAnswer.objects.select_related("authority").in_bulk(question.answers)
    authorities = {answer.authority for answer in asked.values()}
    if len(asked) < len(set(question.answers)) or len(authorities) != 1:
        return
    authority = authorities.pop()
    pks = {answer.certificate_id for answer in asked.values()}
    held = _held(authority, pks)
    if len(held) < len(pks):
        return
    signed = {(one.certificate_id, one.hash_name): one for one in _sign(authority, held, _revocations(held))}
    parts = [signed[asked[pk].certificate_id, asked[pk].hash_name] for pk in question.answers]
    joint = ocsp.join([bytes(part.der) for part in parts], responder_of(authority), parts[0].this_update)
    OcspQuestion.objects.filter(pk=question.pk).update(der=joint)  # nothing where who asked has given up


def forget_old_questions() -> None:
    """Of web processes that ended while they waited."""
    OcspQuestion.objects.filter(asked_at__lt=timezone.now() - timedelta(minutes=5)).delete()
