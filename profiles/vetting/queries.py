"""What is asked of vetting cases and checks."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from profiles.states import Status as ProfileStatus
from profiles.vetting.states import DECIDABLE, Status

if TYPE_CHECKING:
    from profiles.models import OrganizationProfile
    from profiles.vetting.models import VettingCase


class CaseQuerySet(models.QuerySet):
    """Vetting cases."""

    def open(self) -> Self:
        return self.filter(status=Status.OPEN)

    def awaiting_vetting(self) -> Self:
        """Those that wait for a person of the vetting team, oldest first; also where a profile expired meanwhile."""
        overtaken = Q(is_revetting=True, profile__status=ProfileStatus.EXPIRED)
        waiting = self.open().filter(Q(profile__status__in=DECIDABLE) | overtaken)
        return waiting.order_by("opened_at", "pk")


class CheckQuerySet(models.QuerySet):
    """Checks."""

    def counting_for(self, case: "VettingCase", keys: Iterable[str], own_keys: Iterable[str]) -> Self:
        """The newest of each key; of the `own_keys` only what was checked for this case, else for any of the profile."""
        ours = Q(case=case, key__in=own_keys) | Q(case__profile=case.profile_id, key__in=keys)
        newest = self.filter(ours).order_by("key", "-pk").distinct("key")
        return newest.select_related("by").prefetch_related("evidence")


def open_case(profile: "OrganizationProfile") -> "VettingCase | None":
    """The profile's open case, with who has it."""
    return profile.cases.open().select_related("profile", "taken_by", "first_approver").first()
