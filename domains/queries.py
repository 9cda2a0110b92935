"""What is asked of domains and of the attempts to confirm them."""

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q

from domains import rules
from domains.states import CHECKED, OPEN, UP, Method, Outcome, Status
from profiles.states import Level
from sslportal.kit import clock, names, policy

if TYPE_CHECKING:
    from accounts.models import Administrator
    from domains.models import Attempt, Domain
    from profiles.models import OrganizationProfile


class DomainQuerySet(models.QuerySet):
    """Domains."""

    def visible_to(self, person: "Administrator") -> Self:
        """Those of the profiles in which the person has a role."""
        return self.filter(rules.seen_by(person)).distinct()

    def counted(self) -> Self:
        """Those that count against a subscription (D16); a declined one does not."""
        return self.exclude(status=Status.DECLINED)

    def above(self, wanted: Iterable[str]) -> Self:
        """Those to which one of the names, in A-label form, could belong, by their names alone."""
        labels = [name.removeprefix("*.").split(".") for name in wanted]
        return self.filter(name__in={".".join(of[start:]) for of in labels for start in range(len(of))})

    def awaiting_vetting(self) -> Self:
        """Those that wait for a person of the vetting team, oldest first."""
        by_hand = Q(method=Method.MANUAL, status=Outcome.WAITING) | Q(status=Outcome.PROVED)
        waiting = _attempts().filter(by_hand, domain=OuterRef("pk"))
        return self.filter(Exists(waiting)).order_by("updated_at")

    def ended(self) -> Self:
        """Those past their end whose status does not say so yet; a re-vetting that began after the end goes on."""
        begun_later = _attempts().filter(domain=OuterRef("pk"), status__in=OPEN, created_at__gte=OuterRef("expires_at"))
        past = self.filter(status__in=UP, expires_at__lte=clock.now())
        return past.exclude(Q(status=Status.RE_VETTING) & Exists(begun_later))

    def to_revet(self) -> Self:
        """Those at Ready whose re-vetting date has come."""
        return self.filter(status=Status.READY, revet_at__lte=clock.now())

    def to_look_for(self) -> Self:
        """Those near their end whose DNS record, which confirmed them, is to be looked for now."""
        return self.filter(status=Status.EXPIRING, method=Method.DNS, look_again_at__lte=clock.now())

    def to_remind(self, looked_for: timedelta) -> Self:
        """Those of which people still want to hear that the end is near.

        Where a DNS record may confirm the domain again, they hear of it only so shortly before the end.
        """
        may_confirm = Q(look_again_at__isnull=False, expires_at__gt=clock.now() + looked_for)
        near = self.filter(status=Status.EXPIRING, no_reminders=False, expires_at__isnull=False).exclude(may_confirm)
        return near.select_related("requester")


class AttemptQuerySet(models.QuerySet):
    """Attempts to confirm control."""

    def open(self) -> Self:
        return self.filter(status__in=OPEN)

    def to_check(self) -> Self:
        """Those of which a worker has to look for the record or the file now, the longest due first."""
        due = self.filter(status=Outcome.WAITING, method__in=CHECKED, next_check_at__lte=clock.now())
        return due.filter(expires_at__gt=clock.now()).order_by("next_check_at")

    def timed_out(self) -> Self:
        """Those that waited for an answer longer than one counts."""
        return self.filter(status=Outcome.WAITING, expires_at__lte=clock.now(), domain__isnull=False)


def _attempts() -> AttemptQuerySet:
    attempts: AttemptQuerySet = apps.get_model("domains", "Attempt").objects.all()
    return attempts


def open_attempt(domain: "Domain") -> "Attempt | None":
    """The attempt that is under way, if there is one."""
    return domain.attempts.open().order_by("-pk").first()


def covering(domains: list["Domain"], name: names.Name) -> "Domain | None":
    """The domain that the name belongs to, the longest first; None where it belongs to none. Says nothing of its proof."""
    fitting = [domain for domain in domains if names.covers(domain.name, name)]
    return max(fitting, key=lambda domain: len(domain.name), default=None)


def proves(domain: "Domain", name: names.Name, rules_now: policy.Rules) -> bool:
    """Whether the confirmation of the domain counts now and reaches the name (BR 3.2.2.4: what each method may prove)."""
    method = domain.proof(rules_now)
    return method is not None and names.covers(domain.name, name, below=method.covers_below)


def suspended_above(domains: list["Domain"], name: names.Name) -> "Domain | None":
    """The suspended domain that the name belongs to: nothing is issued for it, whatever other domain proves the name."""
    return covering([domain for domain in domains if domain.status == Status.SUSPENDED], name)


def uncovered(profile: "OrganizationProfile", wanted: list[names.Name], level: str) -> list[names.Name]:
    """Those of the names that no domain of the profile, confirmed at the level, proves, or that a suspended one holds up."""
    return uncovered_by(list(profile.domains.above(name.ascii for name in wanted)), wanted, level)


def uncovered_by(known: list["Domain"], wanted: list[names.Name], level: str) -> list[names.Name]:
    """The same, of those domains of a profile to which the names could belong."""
    rules_now = policy.at(clock.now())
    confirmed = [domain for domain in known if rules.is_confirmed(domain, level)]
    return [
        name
        for name in wanted
        if suspended_above(known, name) or not any(proves(domain, name, rules_now) for domain in confirmed)
    ]


def to_upgrade(profile: "OrganizationProfile", wanted: list[names.Name], level: str) -> list["Domain"]:
    """The domains that are confirmed for OV and must be vetted to EV before the names can be issued at the level."""
    if level != Level.EV:
        return []
    confirmed = list(profile.domains.filter(status__in=[Status.READY, Status.EXPIRING], level=Level.OV))
    missing = uncovered(profile, wanted, level)
    return list(dict.fromkeys(domain for name in missing if (domain := covering(confirmed, name))))


def new_domains(profile: "OrganizationProfile", wanted: list[names.Name]) -> list[str]:
    """The registrable domains that a request for the names adds to the profile: those of which it has none that covers."""
    known = list(profile.domains.all())
    return list(dict.fromkeys(name.registrable for name in wanted if covering(known, name) is None))
