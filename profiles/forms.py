"""What is asked about an organization."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from profiles.models import OrganizationProfile
from sslportal.kit.fields import Line, Phone

LATER_CHECKED = _("The vetting team checks it against public records, and it will be in your certificates.")


def country_choices() -> list[tuple[str, Any]]:
    """All countries by their names in the language in use (ISO 3166-1 alpha-2)."""
    return [("", _("Choose a country")), *countries]


class OrganizationForm(forms.Form):
    """The data of an organization, as they are vetted (C4). The limits are those of certificates (X.520, BR 7.1.4.2)."""

    name = Line(label=_("Profile Name"), max_length=100, help_text=_("A short name of your own choice."))
    country = forms.ChoiceField(
        label=_("Country"),
        choices=country_choices,
        error_messages={"required": _("Choose the country in which the organization is registered.")},
    )
    organization = Line(
        label=_("Organization Name"),
        max_length=64,
        help_text=_("The full legal name in Latin letters, at most 64 characters.") + " " + LATER_CHECKED,
    )
    organization_ja = Line(
        label=_("Japanese Organization Name"),
        max_length=64,
        required=False,
        help_text=_("For organizations in Japan only: the registered name in Japanese."),
    )
    address1 = Line(label=_("Address 1"), max_length=200)
    address2 = Line(label=_("Address 2"), max_length=200, required=False)
    locality = Line(label=_("City/Locality"), max_length=128)
    state = Line(label=_("State"), max_length=128, help_text=_("The state, province or prefecture, written out."))
    postal_code = Line(label=_("Zip/Postal Code"), max_length=20)
    phone = Phone(label=_("Phone Number"), help_text=_("With the country's code, for example +81 3 1234 5678."))
    fax = Phone(label=_("Fax Number"), required=False)

    account: Any = None  # whose profile it shall be: its other profiles' names are taken

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if self.account and OrganizationProfile.objects.filter(account=self.account, name__iexact=name).exists():
            raise forms.ValidationError(_("You have a profile of this name already: choose another name."))
        return name

    def clean(self) -> dict[str, Any]:
        """The Japanese name belongs to Japan only."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("country") == "JP" and not data.get("organization_ja"):
            self.add_error("organization_ja", _("Enter the registered name in Japanese: the organization is in Japan."))
        elif data.get("country") != "JP":
            data["organization_ja"] = ""
        return data
