"""The pages of the set-up wizard, and what they add up to."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.actions.activation import SET_UP_OTHER, address_of
from accounts.forms import CorporateForm, SetupContactForm, TermsForm
from accounts.models import Activation
from sslportal.kit.models import Draft, Link
from sslportal.kit.wizard import Step, Wizard

STAGES = [
    ("welcome", _("Welcome")),
    ("contact", _("Contact Information")),
    ("corporate", _("Corporate Information")),
    ("terms", _("Terms of Service")),
]


class SetupWizard(Wizard):
    """The set-up of an account by the reader of the link in the mail."""

    kind = "set-up"

    def __init__(self, draft: Draft, activation: Activation, link: Link) -> None:
        super().__init__(draft)
        self.activation, self.link = activation, link
        self.email = address_of(activation, link)
        self.contact: dict[str, Any] | None = None
        self.organization: dict[str, Any] | None = None

    def steps(self) -> list[Step]:
        """A page is listed once all before it are answered; who asks for another user ID goes on by another link."""
        welcome, contact, corporate = self._welcome(), self._contact(), self._corporate()
        self.contact = self.answers("contact", step=contact)
        if self.contact is None or self.contact.get("use_other"):
            return [welcome, contact]
        self.organization = self.answers("corporate", step=corporate)
        if self.organization is None:
            return [welcome, contact, corporate]
        return [welcome, contact, corporate, self._terms()]

    @staticmethod
    def _welcome() -> Step:
        return Step("welcome", _("Welcome"), "accounts/setup/welcome.html")

    def _contact(self) -> Step:
        is_confirmed = self.link.purpose == SET_UP_OTHER
        data = {"email": self.email, "is_confirmed": is_confirmed}
        return Step("contact", _("Contact Information"), "accounts/setup/contact.html", SetupContactForm, data)

    def _corporate(self) -> Step:
        account = self.activation.account
        return Step("corporate", _("Corporate Information"), "accounts/setup/corporate.html", CorporateForm, account)

    @staticmethod
    def _terms() -> Step:
        return Step("terms", _("Terms of Service"), "accounts/setup/terms.html", TermsForm)

    def password_hash(self) -> str:
        """Of the password that was chosen on the page of contact information."""
        return (self.draft.typed("contact") or {})["password_hash"][0]
