"""The pages on which the upgrade of a profile to EV is asked for, and what they add up to."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from profiles.ev_forms import ADDRESS, APPROVER, ORGANIZATION, PERSON, ApproverForm, SignerForm
from profiles.models import Contact, OrganizationProfile
from sslportal.kit.models import Draft
from sslportal.kit.wizard import Step, Wizard

STAGES = [
    ("organization", _("Organization Information")),
    ("approver", _("Certificate Requester/Approver")),
    ("signer", _("Contract Signer")),
    ("confirmation", _("Confirmation")),
]


class EvWizard(Wizard):
    """The request to upgrade one profile."""

    kind = "ev"

    def __init__(self, draft: Draft, profile: OrganizationProfile) -> None:
        super().__init__(draft)
        self.profile = profile

    def steps(self) -> list[Step]:
        """A page is listed once all before it are answered."""
        organization = self._step("organization", None)
        approver, signer = self._step("approver", ApproverForm), self._step("signer", SignerForm)
        if self.answers("approver", step=approver) is None:
            return [organization, approver]
        if self.answers("signer", step=signer) is None:
            return [organization, approver, signer]
        return [organization, approver, signer, self._step("confirmation", None)]

    @staticmethod
    def _step(key: str, form: Any) -> Step:
        template = "contact" if form else key
        return Step(key, dict(STAGES)[key], f"profiles/ev/{template}.html", form)

    def _initial(self, step: Step) -> dict[str, Any]:
        """The first contact starts from the person who asks; the place of business is most often that of the organization."""
        typed = super()._initial(step)
        if typed or step.form is None:
            return typed
        own = {name: getattr(self.draft.owner, name) for name in PERSON} if step.key == "approver" else {}
        return {"place": ORGANIZATION, **own}

    def contact(self, key: str) -> dict[str, Any]:
        """The fields of the Contact whose page is `key`, with the address that was chosen. For an answered page only."""
        answers = self.answers(key) or {}
        return {name: answers[name] for name in PERSON} | self._address(answers)

    def _address(self, answers: dict[str, Any]) -> dict[str, Any]:
        if answers["place"] == ORGANIZATION:
            return {name: getattr(self.profile, name) for name in ADDRESS}
        if answers["place"] == APPROVER:
            return self._address(self.answers("approver") or {})
        return {name: answers[name] for name in ADDRESS}

    def contacts(self) -> list[tuple[Step, Contact]]:
        """Both contacts for the page of confirmation, with their pages."""
        return [(step, Contact(**self.contact(step.key))) for step in self.listed if step.form]


def kind_for(profile: OrganizationProfile) -> str:
    """The kind of drafts of this profile: one of another profile does not exist here."""
    return f"{EvWizard.kind}-{profile.pk}"
