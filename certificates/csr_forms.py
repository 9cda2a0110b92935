"""Forms with a box for a CSR; into any box somebody could paste a private key by mistake."""

from functools import cached_property
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from certificates import keys
from certificates.csr import CsrRefused, Request, holds_private_key, read, refused
from certificates.models import Order
from certificates.reading import Reading
from profiles.models import OrganizationProfile
from profiles.states import Level
from sslportal.kit.wizard import StepForm, as_query

EXPOSURES = {"private-key", "csr-and-key"}


class Guarded(forms.Form):
    """A form into which somebody could paste a private key by mistake: it is not carried back."""

    def exposed(self, typed: QueryDict) -> list[str]:
        """The fields with a private key in them."""
        return [name for name in self.fields if holds_private_key("\n".join(typed.getlist(name)))]

    def full_clean(self) -> None:
        """The key is taken out before anything could quote it; the error at its field says that it is exposed now."""
        typed = cast(QueryDict, self.data)
        why = {name: _exposure("\n".join(typed.getlist(name))) for name in self.exposed(typed)} if self.is_bound else {}
        if why:
            self.data = as_query({**dict(typed.lists()), **{name: [""] for name in why}})
        super().full_clean()
        for name, error in why.items():
            self.errors.pop(name, None)
            self.add_error(name, error)


class GuardedForm(Guarded, StepForm):
    """The same as a page of a wizard, whose draft does not keep the key either."""

    def to_keep(self, typed: QueryDict) -> dict[str, list[str]]:
        kept = super().to_keep(typed)
        return {name: values for name, values in kept.items() if name not in self.exposed(typed)}


class CsrError(forms.ValidationError):
    """What is wrong with a CSR, and the refusal that says so."""

    def __init__(self, refusal: CsrRefused) -> None:
        super().__init__(str(refusal.message), code=refusal.code)
        self.refusal = refusal


def _exposure(text: str) -> CsrError:
    try:
        read(text)
    except CsrRefused as refusal:
        if refusal.code in EXPOSURES:
            return CsrError(refusal)
    return CsrError(refused("private-key"))


class CsrField(forms.Field):
    """A CSR. Not a CharField: what is in it is certificates.csr's to judge, odd characters included.

    Gives the Request that was read; with `fallback`, the PEM of another CSR, that one where the box is left empty.
    """

    widget = forms.Textarea(
        attrs={"rows": 12, "spellcheck": "false", "autocomplete": "off", "autocapitalize": "off", "class": "mono"}
    )

    def __init__(self, **options: Any) -> None:
        help_text = _("Paste the whole text, including the BEGIN and END lines.")
        super().__init__(**{"label": "CSR", "required": False, "help_text": help_text, **options})
        self.fallback = ""

    def clean(self, value: Any) -> Request:
        text = str(value or "")
        try:
            return keys.read_csr(text if text.strip() else self.fallback)
        except CsrRefused as refusal:
            raise CsrError(refusal) from None


class ReadsCsr(forms.Form):
    """A form with a CSR, and perhaps the profile and the level it is for, that tells what is in the box."""

    tells_organization = True

    @cached_property
    def reading(self) -> Reading | None:
        """None where the box is empty, be it that the CSR of the old order stands in for it."""
        try:
            request = self._answer("csr")
        except CsrError as error:
            return None if error.code == "empty" else Reading(refusal=error.refusal)
        if not str(self["csr"].value() or "").strip():
            return None
        reading = Reading(request, profile=self._choice("profile"), level=self._choice("level") or "")
        return reading if self.tells_organization else reading.without_organization()

    def _choice(self, name: str) -> Any:
        """The answer; None where the form does not ask that, or it is wrong."""
        try:
            return self._answer(name) if name in self.fields else None
        except forms.ValidationError:
            return None

    def _answer(self, name: str) -> Any:
        """The field's value as it is sent, else as it starts. Raises ValidationError."""
        if not self.is_bound:
            return self.fields[name].clean(self[name].value())
        if name in self.errors:
            raise self.errors.as_data()[name][0]
        return self.cleaned_data[name]


class ReadingForm(ReadsCsr):
    """What a page with a CSR box asks while one is there: what is in it, beside the profile and the level chosen."""

    csr = CsrField()
    profile = forms.ModelChoiceField(OrganizationProfile.objects.none(), required=False)
    level = forms.ChoiceField(choices=Level.choices, required=False)

    def __init__(self, *args: Any, profiles: QuerySet[OrganizationProfile], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        profile: Any = self.fields["profile"]
        profile.queryset = profiles


class NewCsrForm(ReadsCsr, Guarded):
    """Another CSR for an order that waits for one: with another key."""

    csr = CsrField()

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order = order

    def clean_csr(self) -> Request:
        request: Request = self.cleaned_data["csr"]
        if request.key_sha256 == self.order.key_sha256:
            raise CsrError(refused("same-key"))
        return request
