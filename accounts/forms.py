"""What is asked of people: signing in, contact information, passwords, roles."""

import zoneinfo
from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.validators import MaxLengthValidator
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Administrator
from profiles.forms import OrganizationForm
from sslportal.kit.fields import Address, ChoosesPassword, Line, NewPassword, PasswordAgain, PersonName, Phone
from sslportal.kit.wizard import StepForm

CONTACT = ("first_name", "last_name", "job_title", "phone")
LONGEST_PASSWORD = 4096  # characters: what is longer is not even hashed


class SignInForm(LoginForm):
    """allauth's form with the portal's words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("remember", None)
        self.fields["login"].label = _("Email")
        self.fields["password"].label = _("Password")
        self.fields["password"].validators.append(MaxLengthValidator(LONGEST_PASSWORD))
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        self.fields["password"].help_text = ""


class ContactForm(forms.Form):
    """Contact information, all but the address."""

    first_name = PersonName(label=_("First Name"), max_length=60)
    last_name = PersonName(label=_("Last Name"), max_length=60)
    job_title = Line(label=_("Job Title"), max_length=100)
    phone = Phone(label=_("Phone Number"), help_text=_("With the country's code, for example +44 20 7946 0000."))

    def contact(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in CONTACT}


class FixedAddressForm(ContactForm):
    """The same, with an address that is shown and cannot be changed."""

    email = forms.EmailField(label=_("Email"), disabled=True, required=False)

    field_order: Any = ("first_name", "last_name", "job_title", "phone", "email")


class TermsMixin(forms.Form):
    terms = forms.BooleanField(
        label=_("I accept the terms of service"),
        error_messages={"required": _("Read the terms of service and accept them to go on.")},
    )


class SetupContactForm(StepForm, FixedAddressForm, ChoosesPassword):
    """Contact information, user ID and password of the first Global Administrator (A2, A3).

    Of the password only the hash goes into the draft. Who asks for another user ID chooses the password later.
    """

    use_other = forms.BooleanField(
        label=format_lazy(_("Use the following email address as my {brand} user ID"), brand=settings.PORTAL_BRAND),
        required=False,
    )
    other_email = Address(
        label=_("New email address"),
        required=False,
        help_text=_("A confirmation mail goes to this address. Its link leads back here."),
    )
    password = NewPassword(label=_("Password"), required=False)
    password_again = PasswordAgain(label=_("Confirm Password"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.step.data["is_confirmed"]:
            del self.fields["use_other"], self.fields["other_email"]
        self.fields["email"].initial = self.initial["email"] = self.step.data["email"]
        if self.kept_hash:
            self.fields["password"].help_text = _("You have chosen a password. Leave both boxes empty to keep it.")

    @property
    def kept_hash(self) -> str:
        return (self.wizard.draft.typed("contact") or {}).get("password_hash", [""])[0]

    def to_keep(self, typed: QueryDict) -> dict[str, list[str]]:
        kept = super().to_keep(typed)
        for name in ("password", "password_again", "email"):
            kept.pop(name, None)
        if typed.get("use_other"):
            return kept  # the password is chosen by whoever reads the mail at the other address
        chosen = self.is_valid() and self.cleaned_data["password"]
        password_hash = make_password(self.cleaned_data["password"]) if chosen else self.kept_hash
        return kept | ({"password_hash": [password_hash]} if password_hash else {})

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("use_other"):
            self._check_other(data)
        elif data.get("password") or not self.kept_hash:
            self._check_password(data)
        return data

    def _check_other(self, data: dict[str, Any]) -> None:
        if not data.get("other_email") and "other_email" not in self.errors:
            self.add_error(
                "other_email", _("Enter the address that shall be your user ID, or clear the checkbox above.")
            )

    def _check_password(self, data: dict[str, Any]) -> None:
        if not data.get("password"):
            self.add_error("password", _("Choose a password."))
        known = {name: data.get(name, "") for name in ("first_name", "last_name", "phone")}
        self.check_passwords(Administrator(email=self.step.data["email"], **known))


class CorporateForm(StepForm, OrganizationForm):
    """The organization of the first profile."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = self.step.data


class TermsForm(StepForm, TermsMixin):
    """The terms of service."""


class InvitationForm(FixedAddressForm, TermsMixin, ChoosesPassword):
    """What an invited administrator fills in."""

    password = NewPassword(label=_("Password"))
    password_again = PasswordAgain(label=_("Confirm Password"))

    field_order: Any = (*FixedAddressForm.field_order, "password", "password_again", "terms")

    def __init__(self, *args: Any, person: Administrator, **kwargs: Any) -> None:
        initial = {name: getattr(person, name) for name in (*CONTACT, "email")}
        super().__init__(*args, **{"initial": initial, **kwargs})
        self.person = person

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        known = {name: data.get(name, "") for name in ("first_name", "last_name", "phone")}
        self.check_passwords(Administrator(email=self.person.email, **known))
        return data


class AskResetForm(forms.Form):
    """Whose password is forgotten."""

    email = Address(label=_("Email"), widget=forms.EmailInput(attrs={"autocomplete": "username"}))


class ResetForm(forms.Form, ChoosesPassword):
    """A new password, twice."""

    password = NewPassword(label=_("New Password"))
    password_again = PasswordAgain(label=_("Confirm New Password"))

    def __init__(self, *args: Any, person: Administrator, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        self.check_passwords(self.person)
        return data


class ChangePasswordForm(ResetForm):
    """The present password, and a new one twice."""

    current = forms.CharField(
        label=_("Current Password"),
        strip=False,
        max_length=LONGEST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    field_order: Any = ("current", "password", "password_again")

    def refuse_current(self) -> None:
        self.add_error("current", _("This is not your current password."))


class PersonalForm(FixedAddressForm):
    """One's own contact information, and the languages of the pages that one sees and of the mails that one gets."""

    page_language = forms.ChoiceField(
        label=_("Language of the pages"),
        choices=[("", _("As your browser asks for")), *settings.LANGUAGES],
        required=False,
    )
    language = forms.ChoiceField(label=_("Language of mail to you"), choices=settings.LANGUAGES)

    field_order: Any = (*FixedAddressForm.field_order, "page_language", "language")


class AdministratorForm(ContactForm):
    """An administrator as a Global Administrator adds or edits them: contact information and role."""

    is_global = forms.TypedChoiceField(
        label=_("Administrator Role"),
        choices=[("no", _("Certificate Administrator")), ("yes", _("Global Administrator"))],
        coerce=lambda value: value == "yes",
        initial="no",
        widget=forms.RadioSelect,
        help_text=_(
            "Global Administrators manage the account, its administrators and profiles. Certificate Administrators work "
            "in the organization profiles to which you give them access."
        ),
    )


class NewAdministratorForm(AdministratorForm):
    email = Address(label=_("Email"), help_text=_("The invitation goes there. It cannot be changed later."))

    field_order: Any = (*CONTACT, "email", "is_global")

    def contact(self) -> dict[str, str]:
        return {**super().contact(), "email": self.cleaned_data["email"]}


class EditAdministratorForm(AdministratorForm, FixedAddressForm):
    field_order: Any = (*CONTACT, "email", "is_global")


def time_zones() -> list[tuple[str, Any]]:
    """The zones of places, by continent, and UTC."""
    places: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(zoneinfo.available_timezones()):
        continent, _slash, place = name.partition("/")
        if place and continent in CONTINENTS:
            places.setdefault(continent, []).append((name, place.replace("_", " ").replace("/", ", ")))
    return [("UTC", "UTC"), *places.items()]


CONTINENTS = {
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"
}  # fmt: skip


class AccountForm(forms.ModelForm):
    """What a Global Administrator may change of the account."""

    time_zone = forms.ChoiceField(
        label=_("Time Zone"),
        choices=time_zones,
        help_text=_("Dates and times in mail and in exports are in this zone."),
    )

    class Meta:
        model = Account
        fields = ("time_zone", "requires_second_factor")
