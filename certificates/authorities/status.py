"""What CAs there are, how long all that belongs to them is good, and what the operator must do."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Min, Sum
from django.utils import timezone

from certificates import keyroom
from certificates.authorities.making import full_length
from certificates.ca.keys import KeyStoreError
from certificates.models import CertificateAuthority
from certificates.trust.needed import needed_lists

Role = CertificateAuthority.Role
AHEAD = timedelta(days=90)  # how long before it must be done somebody is told
LIST_AHEAD = timedelta(days=30)


def status() -> str:
    """A line a CA: name, subject, end, key, whether it is used for what is new. Below it what it publishes, and warnings."""
    rows = CertificateAuthority.objects.select_related("parent").order_by("pk")
    return "\n".join(line for row in rows for line in _lines(row)) or "There is no CA. Make one with: manage.py ca init"


def _lines(authority: CertificateAuthority) -> Iterator[str]:
    subject = authority.certificate.subject.rfc4514_string()
    use = "current" if authority.is_current else "not used for what is new"
    yield f"{authority.name:12} {subject}  until {authority.not_after:%Y-%m-%d}  {_key(authority)}  {use}"
    yield from (f"{'':12} {says}" for says in _published(authority))
    yield from (f"{'':12} WARNING {says}" for says in _warnings(authority, timezone.now()))


def _key(authority: CertificateAuthority) -> str:
    if not settings.CA_KEYS:
        return "key not looked at: this process has no keys"
    if is_offline(authority):
        return "key offline"
    try:
        keyroom.key_of(authority)
    except KeyStoreError as error:
        return f"key: {error}"
    return "key opens"


def is_offline(authority: CertificateAuthority) -> bool:
    """Whether its key is kept elsewhere: of a root that may be, of others not. Asks the key store."""
    return authority.role == Role.ROOT and authority.name not in keyroom.store().names()


def _published(authority: CertificateAuthority) -> Iterator[str]:
    found = authority.crls.aggregate(lists=Count("pk"), entries=Sum("entries"))
    if found["lists"]:
        soonest = needed_lists().filter(authority=authority).aggregate(end=Min("next_update"))["end"]
        until = (
            f", {'until' if found['lists'] == 1 else 'the first until'} {soonest:%Y-%m-%d %H:%M} UTC" if soonest else ""
        )
        yield f"{_count(found['lists'], 'revocation list')} with {_count(found['entries'], 'certificate')}{until}"
    responder = authority.responders.first()
    if responder:
        yield f"OCSP answers by {responder} until {responder.not_after:%Y-%m-%d}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _warnings(authority: CertificateAuthority, now: datetime) -> Iterator[str]:
    if authority.not_after <= now:
        return
    if authority.is_current and authority.role != Role.ROOT:
        yield from _warnings_of_end(authority, now)
    yield from _warnings_of_lists(authority, now)
    if authority.role == Role.ISSUING and not authority.responders.filter(not_after__gt=now).exists():
        yield "Nobody can sign OCSP answers. The ca worker sees to that within minutes: does it run?"


def _warnings_of_end(authority: CertificateAuthority, now: datetime) -> Iterator[str]:
    longest = full_length()
    last_day = authority.not_after - longest
    if now < last_day - AHEAD:
        return
    what = "certificates" if authority.role == Role.ISSUING else "new issuing CAs with certificates"
    lacks = f"{what} of full length ({longest.days} days) cannot be issued"
    command = f"manage.py ca rotate --role {authority.role}"
    if now < last_day:
        yield f"Rotate before {last_day:%Y-%m-%d}: after that date {lacks}. {command}"
    else:
        yield f"Rotate now: since {last_day:%Y-%m-%d} {lacks}. {command}"


def _warnings_of_lists(authority: CertificateAuthority, now: datetime) -> Iterator[str]:
    by_hand = bool(settings.CA_KEYS) and is_offline(authority)
    what_to_do = (
        f"Make one where its key is, then: manage.py ca import {authority.name}.crl"
        if by_hand
        else "The ca worker sees to that within minutes: does it run?"
    )
    if not authority.crls.filter(shard=0).exclude(der=None).exists():
        yield f"There is no revocation list. {what_to_do}"
    ends = needed_lists().filter(authority=authority).aggregate(end=Min("next_update"))["end"]
    if ends and ends <= now + (LIST_AHEAD if by_hand else timedelta(0)):
        yield f"A revocation list {'runs' if ends > now else 'ran'} out on {ends:%Y-%m-%d}. {what_to_do}"
