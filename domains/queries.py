"""What is asked of domains."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from domains import rules
from domains.states import CONFIRMED, CONFIRMED_AT_OV, Method, Outcome, Status
from profiles.states import Level
from sslportal.kit import clock, names

if TYPE_CHECKING:
    from accounts.models import Administrator
    from domains.models import Domain
    from profiles.models import OrganizationProfile


class DomainQuerySet(models.QuerySet):
    """Domains."""

    def visible_to(self, person: "Administrator") -> Self:
        """Those of the profiles in which the person has a role."""
        return self.filter(rules.seen_by(person)).distinct()

    def counted(self) -> Self:
        """Those that count against a subscription (D16); a declined one does not."""
        return self.exclude(status=Status.DECLINED)

    def confirmed(self, level: str) -> Self:
        """Those for which certificates of the level may be issued now (D2)."""
        in_time = self.filter(Q(expires_at=None) | Q(expires_at__gt=clock.now()))
        if level == Level.EV:
            return in_time.filter(level=Level.EV, status__in=CONFIRMED)
        return in_time.filter(status__in=CONFIRMED_AT_OV)

    def awaiting_vetting(self) -> Self:
        """Those that wait for a person of the vetting team, oldest first."""
        waiting = Q(attempts__method=Method.MANUAL, attempts__status=Outcome.WAITING)
        return self.filter(waiting, status__in=[Status.PENDING, Status.UPGRADING]).distinct().order_by("added_at")


def covering(domains: list["Domain"], name: names.Name) -> "Domain | None":
    """The domain that covers the name, the longest first; None where none does."""
    fitting = [domain for domain in domains if names.covers(domain.name, name)]
    return max(fitting, key=lambda domain: len(domain.name), default=None)


def uncovered(profile: "OrganizationProfile", wanted: list[names.Name], level: str) -> list[names.Name]:
    """Those of the names that no domain of the profile, confirmed at the level, covers."""
    confirmed = list(profile.domains.confirmed(level))
    return [name for name in wanted if covering(confirmed, name) is None]


def to_upgrade(profile: "OrganizationProfile", wanted: list[names.Name], level: str) -> list["Domain"]:
    """The domains that are confirmed for OV and must be vetted to EV before the names can be issued at the level."""
    if level != Level.EV:
        return []
    confirmed = list(profile.domains.filter(status=Status.READY, level=Level.OV))
    missing = uncovered(profile, wanted, level)
    return list(dict.fromkeys(domain for name in missing if (domain := covering(confirmed, name))))


def new_domains(profile: "OrganizationProfile", wanted: list[names.Name]) -> list[str]:
    """The registrable domains that a request for the names adds to the profile: those of which it has none that covers."""
    known = list(profile.domains.all())
    return list(dict.fromkeys(name.registrable for name in wanted if covering(known, name) is None))
