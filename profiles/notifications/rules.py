"""Who may read which notices."""

from typing import TYPE_CHECKING

from django.db.models import Q

from profiles import rules as profile_rules

if TYPE_CHECKING:
    from accounts.models import Administrator
    from profiles.notifications.models import Notice


def may_view(person: "Administrator", notice: "Notice") -> bool:
    """Of a profile, those with a role in it; of the account, its Global Administrators (I1)."""
    if notice.profile is None:
        return person.is_global and notice.account_id == person.account_id
    return profile_rules.role_in(notice.profile, person) is not None


def seen_by(person: "Administrator") -> Q:
    """The same as may_view, for a query. It names the profiles, so that PostgreSQL knows how much there is of each."""
    own = Q(profile__in=list(person.accesses.values_list("profile", flat=True)))
    if person.is_global:
        own |= Q(profile=None)
    return Q(account=person.account_id) & own
