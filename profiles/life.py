"""What time does to organization profiles: they expire soon, expire, and fall back from EV to OV (C3, C11)."""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from accounts.models import Account
from profiles import notices
from profiles.models import OrganizationProfile
from profiles.notifications import telling
from profiles.notifications.expiry import Ending
from profiles.queries import with_people
from profiles.states import UP, Level, Status
from sslportal.kit import audit, clock, policy
from sslportal.kit.moves import MovedOn, lock, move

log = logging.getLogger(__name__)


def sweep() -> None:
    """Do what is due, profile by profile; safe to call at any time and twice."""
    for due, act in ((_ended(), expire), (_lapsed(), lapse_ev), (_to_revet(), begin_to_expire)):
        _each(due, act)


def _each(due: QuerySet[OrganizationProfile], act: Callable[[OrganizationProfile], None]) -> None:
    for profile in due.order_by("pk").iterator():
        try:
            act(profile)
        except MovedOn:
            continue  # somebody, or another sweep, was faster
        except Exception:  # one that cannot be dealt with must not keep the others
            log.exception("The sweep could not deal with %s", profile)


def _ended() -> QuerySet[OrganizationProfile]:
    return OrganizationProfile.objects.filter(status__in=[*UP, Status.SUSPENDED], expires_at__lte=clock.now())


def _lapsed() -> QuerySet[OrganizationProfile]:
    """EV profiles whose EV vetting is over while the OV vetting still holds."""
    holds = Q(expires_at=None) | Q(expires_at__gt=F("ev_expires_at"))
    return OrganizationProfile.objects.filter(
        holds, level=Level.EV, ev_expires_at__lte=clock.now(), status__in=[*UP, Status.SUSPENDED]
    )


def _to_revet() -> QuerySet[OrganizationProfile]:
    return OrganizationProfile.objects.filter(status=Status.READY, revet_at__lte=clock.now())


@transaction.atomic
def expire(profile: OrganizationProfile) -> None:
    """The vetting is too old: no more orders until it is vetted again."""
    profile = lock(profile)
    move(profile, "expire")
    notices.expired(profile)


@transaction.atomic
def begin_to_expire(profile: OrganizationProfile) -> None:
    """The end is near enough to vet again; orders go on. People are told by the reminders (endings)."""
    move(lock(profile), "expiring")


def endings(account: Account, now: datetime) -> Iterator[Ending]:
    """Of the account, those near their end of which people have not been told at the moment that has come."""
    near = with_people(account).filter(status=Status.EXPIRING).order_by("pk")
    keys = {profile: f"{notices.EXPIRING.key}:{profile.pk}:{notices.reminder(profile, now)}" for profile in near}
    told = telling.told(keys.values())
    yield from (notices.ending(profile, now) for profile, key in keys.items() if key not in told)


@transaction.atomic
def lapse_ev(profile: OrganizationProfile) -> None:
    """The EV vetting is too old, the OV vetting is not: the profile serves OV from now on."""
    profile = lock(profile)
    if profile.level != Level.EV:
        return
    profile.level, profile.updated_at = Level.OV, clock.now()
    if profile.expires_at:
        profile.revet_at = profile.expires_at - timedelta(days=policy.at(clock.now()).profile_revet_days_before)
    profile.save(update_fields=["level", "revet_at", "updated_at"])
    audit.record(profile, "lapse_ev", changes={"Type": [Level.EV.value, Level.OV.value]})
    if profile.status == Status.EXPIRING and profile.revet_at and profile.revet_at > clock.now():
        move(profile, "settle")
    notices.fell_back(profile)
