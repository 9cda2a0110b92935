"""What is asked about the people of an EV request: who they are, and where their place of business is."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from profiles.forms import check_by_country, country_choices
from sslportal.kit.fields import Address, Line, PersonName, Phone
from sslportal.kit.wizard import StepForm

PERSON = ("first_name", "last_name", "job_title", "email", "phone")
ADDRESS = ("address1", "address2", "locality", "state", "postal_code", "country")

OTHER, ORGANIZATION, APPROVER = "other", "organization", "approver"


class ContactForm(StepForm):
    """A person and their place of business, which may be the same as one that is known."""

    PLACES = [
        (ORGANIZATION, _("Same as Organization Address")),
        (OTHER, _("Another address")),
    ]

    first_name = PersonName(label=_("First Name"), max_length=60)
    last_name = PersonName(label=_("Last Name"), max_length=60)
    job_title = Line(label=_("Job Title"), max_length=100)
    email = Address(label=_("Email"))
    phone = Phone(label=_("Phone Number"))
    place = forms.ChoiceField(
        label=_("Place of business"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose where the person’s place of business is.")},
    )
    address1 = Line(label=_("Address 1"), max_length=200)
    address2 = Line(label=_("Address 2"), max_length=200, required=False)
    locality = Line(label=_("City/Locality"), max_length=128)
    state = Line(label=_("State"), max_length=128)
    postal_code = Line(label=_("Zip/Postal Code"), max_length=20)
    country = forms.ChoiceField(label=_("Country"), choices=country_choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place: Any = self.fields["place"]
        place.choices = self.PLACES

    def clean(self) -> dict[str, Any]:
        """What is in the boxes of the address counts only for another address; it is kept for whoever changes their mind."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("place", OTHER) != OTHER:
            for name in ADDRESS:
                self.errors.pop(name, None)
                data.pop(name, None)
        check_by_country(self, data)
        return data


class ApproverForm(ContactForm):
    """The Certificate Requester/Approver."""


class SignerForm(ContactForm):
    """The Contract Signer."""

    PLACES = [
        (ORGANIZATION, _("Same as Organization Address")),
        (APPROVER, _("Same as Certificate Requester/Approver Address")),
        (OTHER, _("Another address")),
    ]
