"""An administrator who is being added or edited: what was typed, and the access to profiles chosen on a page of its own."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from accounts.forms import CONTACT
from accounts.models import Administrator
from accounts.requests import PersonRequest
from profiles.models import Access, OrganizationProfile
from profiles.states import Status
from sslportal.kit.models import Draft
from sslportal.kit.wizard import draft_of

KIND = "administrator"
LONGEST = 300  # characters kept of a box; no field takes as many
TYPED = (*CONTACT, "email", "is_global")


@dataclass(frozen=True)
class Row:
    """A profile on the page of access: the role that is chosen in it, and whether it may be changed now."""

    profile: OrganizationProfile
    role: str | None
    is_fixed: bool

    @property
    def role_word(self) -> str:
        return str(Access.Role(self.role).label) if self.role else ""


class AdministratorDraft:
    """What is typed about `person`, or about somebody new."""

    def __init__(self, draft: Draft, person: Administrator | None) -> None:
        self.draft, self.person = draft, person

    @classmethod
    def of(cls, request: PersonRequest, pk: uuid.UUID | None, person: Administrator | None) -> "AdministratorDraft":
        """The draft of the address, which must be the reader's own and about the same person; else a new one."""
        if pk is None:
            return cls(Draft(kind=_kind(person), owner=request.user), person)
        return cls(draft_of(request, _kind(person), pk), person)

    @property
    def pk(self) -> uuid.UUID:
        return self.draft.pk

    def typed(self) -> dict[str, Any]:
        """Starting values of the form: what was typed before the page of profiles was opened, else what is stored."""
        if typed := self.draft.typed("form"):
            return {name: values[-1] for name, values in typed.items() if values}
        if self.person is None:
            return {}
        stored = {name: getattr(self.person, name) for name in CONTACT}
        return {**stored, "is_global": "yes" if self.person.is_global else "no"}

    def access(self) -> dict[int, str]:
        """Roles by the number of the profile: as they are, with what was changed on the page of profiles so far."""
        stored = dict(self.person.accesses.values_list("profile", "role")) if self.person else {}
        for profile, role in (self.draft.typed("access") or {}).items():
            stored.pop(int(profile), None)
            if role:
                stored[int(profile)] = role
        return stored

    def keep(self, typed: QueryDict) -> "AdministratorDraft":
        """Keep what was typed, before the page of profiles is opened."""
        form = {name: [typed.get(name, "").replace("\0", "")[:LONGEST]] for name in TYPED if name in typed}
        self._write(form=form)
        return self

    def change_access(self, sent: QueryDict) -> None:
        """Take over the roles chosen on the page, and the profile whose Add or Remove was pressed."""
        changes = dict(self.draft.typed("access") or {})
        for row in self.rows():
            number, before = str(row.profile.pk), row.role
            role = sent.get(f"role-{number}") if before else None
            chosen = role if role in Access.Role.values else before
            if sent.get("add") == number:
                chosen = before or Access.Role.STANDARD.value
            if sent.get("remove") == number:
                chosen = None
            if chosen != before and not row.is_fixed:
                changes[number] = chosen
        self._write(access=changes)

    def rows(self) -> list[Row]:
        """Every profile of the account with what is chosen in it."""
        access = self.access()
        assert self.draft.owner  # noqa: S101  # drafts of this kind have one
        profiles = OrganizationProfile.objects.visible_to(self.draft.owner).order_by("name")
        return [Row(one, access.get(one.pk), one.status == Status.PENDING) for one in profiles]

    def url(self) -> str:
        """The page of contact information and role, with what was typed."""
        if self.person is None:
            return reverse("accounts:add-administrator-draft", args=[self.pk])
        return reverse("accounts:administrator-draft", args=[self.person.pk, self.pk])

    def discard(self) -> None:
        if not self.draft._state.adding:
            self.draft.delete()

    def _write(self, **parts: Any) -> None:
        self.draft.data = {**self.draft.data, **parts}
        self.draft.save()


def _kind(person: Administrator | None) -> str:
    return f"{KIND}-{person.pk}" if person else KIND
