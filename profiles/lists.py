"""The three lists of Administrator Access: who has no role in a profile, who is Primary, who is Standard (C5)."""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from accounts.models import Administrator
from profiles.models import Access, OrganizationProfile

NONE, PRIMARY, STANDARD = "none", Access.Role.PRIMARY.value, Access.Role.STANDARD.value
ARROWS = {
    "none-primary": (NONE, PRIMARY),
    "primary-none": (PRIMARY, NONE),
    "none-standard": (NONE, STANDARD),
    "standard-none": (STANDARD, NONE),
}


@dataclass
class AccessLists:
    """Everybody of the account, and the role that each is to have, by the number of the administrator."""

    people: list[Administrator]
    roles: dict[int, str]

    @classmethod
    def stored(cls, viewer: Administrator, profile: OrganizationProfile | None) -> "AccessLists":
        """As it is; for a new profile, the viewer alone as Primary."""
        people = list(Administrator.objects.visible_to(viewer).order_by("last_name", "first_name", "pk"))
        if profile is None:
            return cls(people, {viewer.pk: PRIMARY})
        return cls(people, dict(profile.accesses.values_list("administrator", "role")))

    @classmethod
    def shown(cls, viewer: Administrator, profile: OrganizationProfile, sent: QueryDict) -> "AccessLists":
        """As it was when the page was made, which the page carries along; as it is, where it does not."""
        lists = cls.stored(viewer, profile)
        if "seen" in sent:
            known = {str(person.pk): person.pk for person in lists.people}
            lists.roles = {
                known[one]: role
                for role in (PRIMARY, STANDARD)
                for one in sent.getlist(f"shown-{role}")
                if one in known
            }
        return lists

    @classmethod
    def sent(cls, viewer: Administrator, sent: QueryDict) -> "AccessLists":
        """As the page has it, after the arrow that was pressed, if one was. Strangers' numbers mean nobody."""
        people = list(Administrator.objects.visible_to(viewer).order_by("last_name", "first_name", "pk"))
        known = {str(person.pk): person.pk for person in people}
        roles = {known[one]: role for role in (PRIMARY, STANDARD) for one in sent.getlist(role) if one in known}
        lists = cls(people, roles)
        if arrow := ARROWS.get(sent.get("move", "")):
            picked = {known[one] for one in sent.getlist(f"pick-{arrow[0]}") if one in known}
            lists.move(picked, *arrow)
        return lists

    def move(self, picked: set[int], source: str, target: str) -> None:
        for person in picked:
            if self.roles.get(person, NONE) == source:
                self.roles.pop(person, None)
                if target != NONE:
                    self.roles[person] = target

    def changes(self, shown: "AccessLists") -> dict[int, str | None]:
        """Whose role was changed since the lists were shown, and to what: what others have changed meanwhile stays."""
        return {
            person.pk: self.roles.get(person.pk)
            for person in self.people
            if shown.roles.get(person.pk) != self.roles.get(person.pk)
        }

    def having(self, role: str) -> list[Administrator]:
        return [person for person in self.people if self.roles.get(person.pk, NONE) == role]

    def for_template(self) -> dict[str, Any]:
        return {role: self.having(role) for role in (NONE, PRIMARY, STANDARD)}
