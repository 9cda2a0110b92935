"""Who may do what with a domain."""

from typing import TYPE_CHECKING

from django.db.models import Q

from accounts import roles
from domains.states import CONFIRMED, CONFIRMED_AT_OV, UNDER_WAY, Method, Outcome, Status
from profiles import rules as profile_rules
from profiles.states import Level
from profiles.states import Status as ProfileStatus

if TYPE_CHECKING:
    from accounts.models import Administrator
    from domains.models import Attempt, Domain
    from profiles.models import OrganizationProfile

TAKES_DOMAINS = frozenset(  # a new profile's domains may be confirmed while the organization is vetted
    {
        ProfileStatus.PENDING,
        ProfileStatus.READY,
        ProfileStatus.UPGRADING,
        ProfileStatus.RE_VETTING,
        ProfileStatus.EXPIRING,
    }
)
CHOOSES_AGAIN = UNDER_WAY | {Status.READY, Status.EXPIRING, Status.EXPIRED}


def may_view(person: "Administrator", domain: "Domain") -> bool:
    """People with a role in the domain's profile."""
    return profile_rules.role_in(domain.profile, person) is not None


def seen_by(person: "Administrator") -> Q:
    """The same as may_view, for a query."""
    return Q(profile__accesses__administrator=person.pk, profile__account=person.account_id)


def may_manage(person: "Administrator", profile: "OrganizationProfile") -> bool:
    """Add domains to the profile, choose how they are confirmed, delete them: both of its roles (B3)."""
    return profile_rules.holds(person, "domains.manage", profile)


def managed_by(person: "Administrator") -> set[int]:
    """The profiles in which the person may manage domains, by their numbers; the same as may_manage, in one query."""
    granting = [role for role in (roles.Role.PRIMARY, roles.Role.STANDARD) if roles.grants(role, "domains.manage")]
    ours = person.accesses.filter(role__in=granting, profile__account=person.account_id)
    return set(ours.values_list("profile_id", flat=True)) if person.is_active else set()


def may_vet(person: "Administrator") -> bool:
    return person.may("vetting.decide")


def takes_domains(profile: "OrganizationProfile") -> bool:
    """Whether domains can be added to the profile as it is now."""
    return profile.status in TAKES_DOMAINS


def is_confirmed(domain: "Domain", level: str) -> bool:
    """Whether its status lets certificates of the level be issued now (D2)."""
    if domain.is_expired:
        return False
    if level == Level.EV:
        return domain.level == Level.EV and domain.status in CONFIRMED
    return domain.status in CONFIRMED_AT_OV


def needs_person(level: str, *, is_idn: bool) -> bool:
    """EV domains and internationalized names are finished by the vetting team (D8)."""
    return level == Level.EV or is_idn


def is_in_the_teams_hands(attempt: "Attempt | None") -> bool:
    """Whether the vetting team is at it: that cannot be taken back (D10)."""
    return attempt is not None and (attempt.method == Method.MANUAL or attempt.status == Outcome.PROVED)


def can_choose(domain: "Domain", attempt: "Attempt | None") -> bool:
    """Whether a way of confirming can be chosen, or chosen anew, now; `attempt` is the open one."""
    return domain.status in CHOOSES_AGAIN and takes_domains(domain.profile) and not is_in_the_teams_hands(attempt)


def can_upgrade(domain: "Domain") -> bool:
    """Whether the vetting to EV can be asked for: an OV domain that is up, in an EV profile (D9)."""
    profile = domain.profile
    in_ev = profile.level == Level.EV and profile.status != ProfileStatus.UPGRADING and takes_domains(profile)
    return in_ev and domain.level == Level.OV and domain.status in domain.MOVES["upgrade"].sources


def can_stop_reminders(domain: "Domain") -> bool:
    return domain.status == Status.EXPIRING and not domain.no_reminders
