"""What a vetter writes down about one item of a checklist."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from profiles.forms import country_choices
from profiles.vetting import checklists
from profiles.vetting.evidence_field import EvidenceFile
from profiles.vetting.models import Check, VettingCase
from sslportal.kit import clock, policy
from sslportal.kit.fields import Line

CATEGORIES = [  # EVG 7.1.4.2.3: these words stand in the certificate, in every language
    ("", _("Choose a category")),
    *(
        (word, word)
        for word in ("Private Organization", "Government Entity", "Business Entity", "Non-Commercial Entity")
    ),
]


class CheckForm(forms.Form):
    """Source, date, note and evidence; for some items also the fields of the profile that are found out with it."""

    source = Line(
        label=_("Source"),
        max_length=200,
        help_text=_("The register, database or person that told it, so that somebody else finds it again."),
    )
    checked_on = forms.DateField(
        label=_("Date checked"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    file = EvidenceFile(
        label=_("File"), required=False, help_text=_("PDF, PNG, JPEG or plain text, at most 10 MB. It is not changed.")
    )
    link = forms.URLField(
        label=_("Link"),
        max_length=500,
        required=False,
        assume_scheme="https",
        help_text=_("The https address of the public record, in place of a file or beside it."),
    )
    note = forms.CharField(label=_("Note"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(
        self, *args: Any, case: VettingCase, line: checklists.Line, dropped: bool = False, **options: Any
    ) -> None:
        self.case, self.item = case, line.item
        super().__init__(*args, **{"initial": self._first(line), **options})
        file: Any = self.fields["file"]
        file.was_dropped = dropped
        self.fields = {**{name: _field(name) for name in self.item.fields}, **self.fields}

    def _first(self, line: checklists.Line) -> dict[str, Any]:
        """Today, and what was found out before: by the check that counts, or when the profile was vetted."""
        before = line.check.data if line.check else {}
        found = {name: before.get(name) or getattr(self.case.profile, name) for name in self.item.fields}
        if "jurisdiction_country" in found:
            found["jurisdiction_country"] = found["jurisdiction_country"] or self.case.profile.country
        return {"checked_on": localdate(clock.now()), **found}

    def clean_checked_on(self) -> Any:
        day, today = self.cleaned_data["checked_on"], localdate(clock.now())
        days = policy.at(clock.now()).evidence_days(self.case.level)
        if day > today:
            raise forms.ValidationError(_("The day is in the future."))
        if day + timedelta(days=days) <= today:
            raise forms.ValidationError(
                _("What is older than %(days)d days does not count for %(level)s. Check it anew."),
                params={"days": days, "level": self.case.level},
            )
        return day

    def clean_link(self) -> str:
        link: str = self.cleaned_data["link"]
        parts = urlsplit(link)
        if link and (parts.scheme != "https" or parts.username or parts.password):
            raise forms.ValidationError(_("Give an address that begins with https:// and holds no password."))
        return link

    def clean_note(self) -> str:
        note: str = self.cleaned_data["note"]
        return note.replace("\r\n", "\n")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("jurisdiction_locality") and not data.get("jurisdiction_state"):
            self.add_error("jurisdiction_state", _("Enter the state too, where you name the city."))
        if not ({"file", "link"} & set(self.errors) or data.get("file") or data.get("link")):
            self._ask_for_evidence(data)
        return data

    def _ask_for_evidence(self, data: dict[str, Any]) -> None:
        if not self.item.by_call:
            self.add_error("file", _("Attach a file, or give the link of a public record below."))
        elif not data.get("note"):
            self.add_error("note", _("Write down the conversation, or attach a file: who said what, when, and how."))

    def check(self) -> dict[str, Any]:
        """What actions.record_check takes."""
        plain = {name: self.cleaned_data[name] for name in CheckForm.base_fields}
        return {**plain, "data": {name: self.cleaned_data[name] for name in self.item.fields}}


FOUND: dict[str, tuple[Callable[..., forms.Field], dict[str, Any]]] = {
    "business_category": (forms.ChoiceField, {"choices": CATEGORIES}),
    "jurisdiction_country": (forms.ChoiceField, {"choices": country_choices}),
    "jurisdiction_state": (Line, {"max_length": 128, "required": False}),
    "jurisdiction_locality": (Line, {"max_length": 128, "required": False}),
    "registration_number": (Line, {"max_length": 64}),
}


def _field(name: str) -> forms.Field:
    kind, options = FOUND[name]
    return kind(label=Check.WORDS[name], **options)
