"""What the operator enters to activate an account, at the desk or on the command line."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.actions.activation import activate_account
from accounts.forms import CONTACT
from accounts.models import Activation, Administrator
from profiles.forms import country_choices
from sslportal.kit import clock
from sslportal.kit.fields import Address, Line, PersonName, Phone

ORGANIZATION = ("country", "address1", "locality", "state", "postal_code")


def today() -> date:
    return clock.now().date()


def in_a_year() -> date:
    return today() + timedelta(days=365)


class ActivationForm(forms.Form):
    """A customer's company and contact, and the subscription. The rest the customer fills in; all of it can be corrected."""

    company = Line(label=_("Company"), max_length=64)
    first_name = PersonName(label=_("First Name"), max_length=60)
    last_name = PersonName(label=_("Last Name"), max_length=60)
    email = Address(label=_("Email"), help_text=_("The set-up link goes there."))
    job_title = Line(label=_("Job Title"), max_length=100, required=False)
    phone = Phone(label=_("Phone Number"), required=False)
    country = forms.ChoiceField(label=_("Country"), choices=country_choices, required=False)
    address1 = Line(label=_("Address 1"), max_length=200, required=False)
    locality = Line(label=_("City/Locality"), max_length=128, required=False)
    state = Line(label=_("State"), max_length=128, required=False)
    postal_code = Line(label=_("Zip/Postal Code"), max_length=20, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, initial="en")
    product = Line(label=_("Product"), max_length=100, initial="SSL OV and EV")
    domains = forms.IntegerField(label=_("Unique domains"), min_value=1, max_value=1_000_000, initial=10)
    starts_on = forms.DateField(label=_("Starts"), initial=today, widget=forms.DateInput(attrs={"type": "date"}))
    ends_on = forms.DateField(label=_("Ends"), initial=in_a_year, widget=forms.DateInput(attrs={"type": "date"}))

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if Administrator.objects.at_address(email):
            raise forms.ValidationError(_("This is the address of an administrator already."))
        return email

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("starts_on") and data.get("ends_on") and data["ends_on"] < data["starts_on"]:
            self.add_error("ends_on", _("The subscription ends before it starts."))
        return data

    def activate(self, *, by: Any) -> Activation:
        """Create the account. Raises Refused."""
        data = self.cleaned_data
        company: str = data["company"]
        given = {name: data[name] for name in ORGANIZATION if data[name]}
        return activate_account(
            company,
            contact={name: data[name] for name in (*CONTACT, "email")},
            organization={"name": company, "organization": company, "phone": data["phone"], **given},
            product=data["product"],
            domains=data["domains"],
            starts_on=data["starts_on"],
            ends_on=data["ends_on"],
            language=data["language"],
            by=by,
        )
