"""Form fields that several apps need: one line of text, phone numbers, addresses of people, new passwords."""

import re
import unicodedata
from typing import Any

from django import forms
from django.contrib.auth.password_validation import get_default_password_validators, validate_password
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from sslportal.kit import names

LONGEST_ADDRESS = 254  # characters, RFC 5321 4.5.3.1.3
PHONE = re.compile(r"\+?[0-9][0-9 ()./-]*( ?(ext\.?|x) ?[0-9]+)?", re.IGNORECASE)


JOINERS = "\u200c\u200d"  # some scripts cannot be written without them


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs") and character not in JOINERS


class Line(forms.CharField):
    """One line of text without control characters, its white space tidied, Unicode composed (NFC)."""

    def clean(self, value: Any) -> str:
        text = unicodedata.normalize("NFC", " ".join(str(value or "").split()))
        if any(_is_invisible(character) for character in text):
            raise forms.ValidationError(
                _("There is an invisible character in the text: delete it and type the text anew.")
            )
        cleaned: str = super().clean(text)
        return cleaned


class PersonName(Line):
    """A first or last name: what stands in mails to others must not look like a link."""

    def clean(self, value: Any) -> str:
        name = super().clean(value)
        if re.search(r"[/:@\\]|\w\.\w{2,}", name):
            raise forms.ValidationError(_("This is not a name: it contains an address."))
        return name


class Phone(Line):
    """A phone number as people write it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            **{"max_length": 40, "widget": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}), **options}
        )

    def clean(self, value: Any) -> str:
        number = super().clean(value)
        digits = sum(character.isdigit() for character in number)
        if number and not (PHONE.fullmatch(number) and 5 <= digits <= 20):
            raise forms.ValidationError(
                _("This is not a phone number. Use digits, spaces and a plus sign, for example +44 20 7946 0000.")
            )
        return number


class Address(forms.EmailField):
    """The mail address of a person, in lower case: addresses that differ only in case are one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            **{
                "max_length": LONGEST_ADDRESS,
                "error_messages": {"invalid": _("This is not an email address. Write it like name@example.com.")},
                **options,
            }
        )

    def clean(self, value: Any) -> str:
        address: str = super().clean(value)
        return address.lower()


class AddressList(forms.CharField):
    """Mail addresses separated by spaces, commas, semicolons or new lines; each once, as a list."""

    def __init__(self, **options: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})
        super().__init__(**{"max_length": 5_000, "widget": widget, **options})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        addresses = _split(super().clean(value))
        wrong = [address for address in addresses if not _is_address(address)]
        if wrong:
            raise forms.ValidationError(
                _("These are not mail addresses: %(wrong)s. Write them like name@example.com."),
                params={"wrong": ", ".join(address[:80] for address in wrong[:5])},
            )
        return list(dict.fromkeys(addresses))


def _split(text: str) -> list[str]:
    try:
        return names.split(text)
    except names.NameRefused as refusal:
        raise forms.ValidationError(str(refusal.message), code=refusal.code) from None


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except forms.ValidationError:
        return False
    return len(text) <= LONGEST_ADDRESS


class NewPassword(forms.CharField):
    """A password that is being chosen: shown with the rule as a checklist."""

    def __init__(self, **options: Any) -> None:
        widget = forms.PasswordInput(
            attrs={"autocomplete": "new-password", "maxlength": 4096, "data-new-password": True}
        )
        super().__init__(strip=False, widget=widget, **options)
        self.template_name = "components/new_password.html"

    @property
    def rules(self) -> list[Any]:
        """The validators that can be ticked off while one types."""
        return [validator for validator in get_default_password_validators() if hasattr(validator, "asks")]


class PasswordAgain(forms.CharField):
    """The same password once more."""

    def __init__(self, **options: Any) -> None:
        widget = forms.PasswordInput(attrs={"autocomplete": "new-password", "maxlength": 4096})
        super().__init__(strip=False, widget=widget, **options)


class ChoosesPassword:
    """For forms with a field `password` and a field `password_again`: checks both, with the rule."""

    cleaned_data: dict[str, Any]

    def check_passwords(self, person: Any) -> None:
        """Add what is wrong to the fields. `person` is who shall have the password: it must not be like their name."""
        password, again = self.cleaned_data.get("password"), self.cleaned_data.get("password_again")
        if not password:
            return
        if again is not None and password != again:
            self.add_error("password_again", _("The two passwords differ: type the same one twice."))  # type: ignore[attr-defined]
        try:
            validate_password(password, person)
        except forms.ValidationError as error:
            self.add_error("password", error)  # type: ignore[attr-defined]
