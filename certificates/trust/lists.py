"""The `ca` worker's part of revocation lists: made anew when a status changes, and each day.

Like answers, they are about the present, and go by the real clock.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from certificates import keyroom
from certificates.ca import crl as crls
from certificates.ca.authority import Authority
from certificates.ca.revoked import Revoked
from certificates.models import Certificate, CertificateAuthority, Revocation
from certificates.states import CRL_REASONS, Reason
from certificates.trust.each_ca import for_each_ca
from certificates.trust.models import Crl, Service, StatusChange

# BR 4.9.7: of servers' certificates within seven days, living ten at most; of CAs' within twelve months
LIVES, RENEWED_AFTER = timedelta(days=4), timedelta(days=1)
CA_LIVES, CA_RENEWED_AFTER = timedelta(days=90), timedelta(days=30)


def open_lists(certificates: Iterable[Certificate]) -> None:
    """See that the lists are there which new certificates name, by the address by which they do: PKI_URL may be another."""
    named = dict.fromkeys((certificate.authority, certificate.crl_shard) for certificate in certificates)
    for authority, shard in named:  # in the order of the certificates: two workers do not wait for each other
        url = keyroom.urls().crl(authority.name, shard)
        if not Crl.objects.filter(authority=authority, shard=shard, urls__contains=[url]).exists():
            make_list(authority, shard)


def publish_list() -> bool:
    """Make one list of each CA anew on which a certificate's status has changed. Returns whether there may be more."""
    return for_each_ca(_publish_of)


@transaction.atomic
def _publish_of(authority: CertificateAuthority) -> bool:
    changes = StatusChange.objects.filter(service=Service.CRL, authority=authority)
    change = changes.select_related("certificate").order_by("pk").first()  # two workers wait in make_list
    if change is None:
        return False
    shard = change.certificate.crl_shard
    same = changes.filter(certificate__crl_shard=shard)
    pks = list(same.values_list("pk", flat=True))  # read before the entries are: none is crossed out that they lack
    make_list(authority, shard)
    StatusChange.objects.filter(pk__in=pks).delete()
    return True


def renew_list() -> bool:
    """Make one list of each CA anew that grows old. Returns whether there may be more."""
    return for_each_ca(_renew_of)


@transaction.atomic
def _renew_of(authority: CertificateAuthority) -> bool:
    for shard in _due(authority, timezone.now()):
        make_list(authority, shard)
        return True
    return False


def _due(authority: CertificateAuthority, now: datetime) -> Iterator[int]:
    """The CA's lists that are too old, or of a moment to come, as a clock was wrong; the first where there is none."""
    if not authority.crls.exists():
        yield 0
    _lives, renewed_after = _life(authority)
    is_due = Q(this_update__lt=now - renewed_after) | Q(this_update__gt=now)
    for crl in authority.crls.filter(is_due).order_by("shard"):
        if crl.shard == 0 or _named_since(crl, now).exists():
            yield crl.shard


def _named_since(crl: Crl, now: datetime) -> QuerySet[Certificate]:
    """The certificates that name the list and may have to be on it.

    Each stands on one list at least that was regularly made after its end (RFC 5280, 3.3): they are, once each period.
    """
    named = Certificate.objects.filter(authority=crl.authority_id, crl_shard=crl.shard)
    if crl.this_update is None:
        return named
    _lives, renewed_after = _life(crl.authority)
    return named.filter(not_after__gte=min(crl.this_update, now) - renewed_after)


@transaction.atomic
def make_list(authority: CertificateAuthority, shard: int) -> Crl:
    """Sign the list as things are now, under the next number."""
    Crl.objects.get_or_create(authority=authority, shard=shard)
    crl = Crl.objects.select_for_update().get(authority=authority, shard=shard)
    lives, _renewed_after = _life(authority)
    now = timezone.now().replace(microsecond=0)
    entries = list(entries_of(crl, now))
    crl.number = max(crl.number + 1, int(now.timestamp()))  # goes up, though the database may be one from before
    crl.urls = sorted({*crl.urls, keyroom.urls().crl(authority.name, shard)})
    crl.der = crls.build(
        Authority(authority.name, authority.certificate),
        keyroom.key_of(authority),
        entries,
        number=crl.number,
        dates=(now, now + lives),
        urls=crl.urls,
    )
    crl.this_update, crl.next_update, crl.entries = now, now + lives, len(entries)
    crl.save()
    return crl


def _life(authority: CertificateAuthority) -> tuple[timedelta, timedelta]:
    """How long a list lives, and after how long it is made anew."""
    is_of_servers = authority.role == CertificateAuthority.Role.ISSUING
    return (LIVES, RENEWED_AFTER) if is_of_servers else (CA_LIVES, CA_RENEWED_AFTER)


def entries_of(crl: Crl, now: datetime) -> Iterator[Revoked]:
    """Who is revoked or on hold."""
    rows = Revocation.objects.filter(certificate__in=_named_since(crl, now)).order_by("pk")
    columns = ("certificate__serial_number", "since", "reason")
    for serial, since, reason in rows.values_list(*columns).iterator():
        yield Revoked(int(serial, 16), since.replace(microsecond=0), CRL_REASONS[Reason(reason)])
