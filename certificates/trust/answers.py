"""The `ca` worker's part of OCSP: answers are signed ahead, when a status changes and when they grow old.

All of it is about the present, so it goes by the real clock: the demo's past has no answers.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Exists, OuterRef, Q
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
INSERT INTO certificates_ocspanswer (certificate_id, hash_name, der, this_update, next_update)
SELECT certificate_id, hash_name, der, %s, %s
FROM unnest(%s::bigint[], %s::varchar[], %s::bytea[]) AS new (certificate_id, hash_name, der)
ON CONFLICT (certificate_id, hash_name)
DO UPDATE SET der = excluded.der, this_update = excluded.this_update, next_update = excluded.next_update
"""

BATCH = 500  # certificates at once: well under a second of work, so that a revocation need not wait for long


def first_answers(certificate: Certificate) -> None:
    """Sign the answers about a certificate that this transaction issues: nobody meets it without, nor has it been revoked.

    Files come when they are renewed: one that is written now would stay if the certificate is not issued after all.
    """
    responder, now = responder_of(certificate.authority), timezone.now().replace(microsecond=0)
    _keep([_answer(certificate, hash_name, None, now, responder) for hash_name in HashName], now)


def publish_answers() -> bool:
    """Sign answers about certificates whose status has changed, the latest first. Returns whether there may be more."""
    return for_each_ca(_publish_of)


@transaction.atomic
def _publish_of(authority: CertificateAuthority) -> bool:
    changes = StatusChange.objects.filter(service=Service.OCSP, certificate__authority=authority).order_by("-pk")
    taken = list(changes.select_for_update(skip_locked=True, of=("self",))[:BATCH])
    held = _held(authority, [change.certificate_id for change in taken])
    _sign_into_files([certificate for certificate in held if certificate.not_after >= timezone.now()])
    done = {certificate.pk for certificate in held}
    StatusChange.objects.filter(pk__in=[change.pk for change in taken if change.certificate_id in done]).delete()
    return len(done) == BATCH


def renew_answers() -> bool:
    """Sign answers anew that grow old, and forget those about certificates that have ended. Returns as above."""
    return for_each_ca(_renew_of)


@transaction.atomic
def _renew_of(authority: CertificateAuthority) -> bool:
    now = timezone.now()
    is_old = Q(this_update__lt=now - RENEWED_AFTER) | Q(this_update__gt=now)  # that clock was wrong
    old = OcspAnswer.objects.filter(is_old, certificate__authority=authority).order_by("this_update")
    due = list(old.values_list("certificate", flat=True)[: BATCH * len(HashName)])
    held = _held(authority, due)
    ended = [certificate for certificate in held if certificate.not_after < now]
    _sign_into_files([certificate for certificate in held if certificate.not_after >= now])
    OcspAnswer.objects.filter(certificate__in=ended).delete()
    files.remove(ended)
    return bool(held) and len(due) == BATCH * len(HashName)


def ask_for_missing() -> None:
    """Have answers signed about certificates that have none and of which nobody said so, be it after a restore."""
    answers = OcspAnswer.objects.filter(certificate=OuterRef("pk"))
    changes = StatusChange.objects.filter(certificate=OuterRef("pk"), service=Service.OCSP)
    missing = Certificate.objects.filter(~Exists(answers), ~Exists(changes), not_after__gt=timezone.now())
    found = missing.values_list("pk", flat=True).iterator()
    rows = (StatusChange(certificate_id=pk, service=Service.OCSP) for pk in found)
    StatusChange.objects.bulk_create(rows, batch_size=5_000)


def _held(authority: CertificateAuthority, pks: Iterable[int]) -> list[Certificate]:
    """The CA's certificates, locked: what is read of their status from now on holds until the end of the transaction.

    Without those that somebody else holds, whose turn comes again: nobody who hangs keeps all others waiting.
    """
    rows = Certificate.objects.select_for_update(no_key=True, skip_locked=True)
    held = list(rows.only("serial_number", "not_after").filter(pk__in=set(pks)).order_by("pk"))
    for certificate in held:
        certificate.authority = authority  # one object for all, not one a row
    return held


def _sign_into_files(certificates: Sequence[Certificate]) -> None:
    """Sign, keep, and put into files as well, for who has some.

    The last word is the database's: if it has dropped this connection, and our locks with it, then somebody may have
    revoked meanwhile, and what was just written must go.
    """
    answers = _sign(certificates)
    if not settings.OCSP_FILES:
        return
    files.write(answers)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        files.remove(certificates)
        raise


def _sign(certificates: Sequence[Certificate]) -> list[OcspAnswer]:
    """Sign and keep the answers about certificates that this transaction holds."""
    if not certificates:
        return []
    responders = {authority: responder_of(authority) for authority in {one.authority for one in certificates}}
    revocations = {row.certificate_id: row for row in Revocation.objects.filter(certificate__in=certificates)}
    now = timezone.now().replace(microsecond=0)
    answers = [
        _answer(certificate, hash_name, revocations.get(certificate.pk), now, responders[certificate.authority])
        for certificate in certificates
        for hash_name in HashName
    ]
    _keep(answers, now)
    return answers


def _keep(answers: Sequence[OcspAnswer], now: datetime) -> None:
    """By one statement for all, which takes half the time of bulk_create."""
    columns = ([getattr(answer, name) for answer in answers] for name in ("certificate_id", "hash_name", "der"))
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [now, now + LIVES, *columns])


def _answer(
    certificate: Certificate, hash_name: str, revocation: Revocation | None, now: datetime, responder: ocsp.Responder
) -> OcspAnswer:
    cert_id = CertId(issuers_of(certificate.authority)[hash_name], int(certificate.serial_number, 16))
    revoked = revocation.as_revoked(cert_id.serial) if revocation else None
    der = ocsp.sign(cert_id, revoked, (now, now + LIVES), responder)
    return OcspAnswer(certificate=certificate, hash_name=hash_name, der=der, this_update=now, next_update=now + LIVES)


@transaction.atomic
def join_answers(question: OcspQuestion) -> None:
    """Sign one answer about several certificates; nothing where one of them has no answer any more, or is held by another.

    Its parts are made of the certificates, not of the stored answers: nothing is signed that somebody put there.
    """
    asked = OcspAnswer.objects.in_bulk(question.answers)
    pks = {answer.certificate_id for answer in asked.values()}
    authorities = CertificateAuthority.objects.filter(certificates__in=pks).distinct()
    held = {one.pk: one for one in _held(authorities[0], pks)} if len(authorities) == 1 else {}
    if len(asked) < len(set(question.answers)) or len(held) < len(pks):
        return
    responder, now = responder_of(authorities[0]), timezone.now().replace(microsecond=0)
    revocations = {row.certificate_id: row for row in Revocation.objects.filter(certificate__in=pks)}
    wanted = [(held[asked[pk].certificate_id], asked[pk].hash_name) for pk in question.answers]
    parts = [
        bytes(_answer(certificate, hash_name, revocations.get(certificate.pk), now, responder).der)
        for certificate, hash_name in wanted
    ]
    joint = ocsp.join(parts, responder, now)
    OcspQuestion.objects.filter(pk=question.pk).update(der=joint)  # nothing where who asked has given up


def forget_old_questions() -> None:
    """Of web processes that ended while they waited."""
    OcspQuestion.objects.filter(asked_at__lt=timezone.now() - timedelta(minutes=5)).delete()
