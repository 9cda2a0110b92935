"""What a vetter writes down when finishing the confirmation of a domain."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from domains.models import Domain
from domains.queries import open_attempt
from domains.states import Method
from profiles.vetting.evidence_field import EvidenceFile
from sslportal.kit import clock, policy
from sslportal.kit.fields import Line


class ApprovalForm(forms.Form):
    """How control was proved, where that can be looked up, and a file."""

    proved_by = forms.ChoiceField(
        label=_("Control was proved by"),
        help_text=_("What certificates may be issued for follows from it: a file proves no names below the domain."),
        error_messages={"required": _("Choose the method by which control was proved.")},
    )
    source = Line(
        label=_("Source"),
        max_length=200,
        help_text=_("The register, database or person that told it, so that somebody else finds it again."),
    )
    note = forms.CharField(label=_("Note"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 4}))
    file = EvidenceFile(
        label=_("File"), required=False, help_text=_("PDF, PNG, JPEG or plain text, at most 10 MB. It is not changed.")
    )

    def __init__(self, *args: Any, thing: Domain, dropped: set[str], **options: Any) -> None:
        super().__init__(*args, **options)
        fields: dict[str, Any] = self.fields
        fields["file"].was_dropped = "file" in dropped
        attempt = open_attempt(thing)
        if attempt and attempt.proved_by:
            fields["proved_by"].choices = [(attempt.proved_by, Method(attempt.proved_by).label)]
        else:
            fields["proved_by"].choices = [("", _("Choose a method")), *_countable()]

    def clean_note(self) -> str:
        note: str = self.cleaned_data["note"]
        return note.replace("\r\n", "\n")


def _countable() -> list[tuple[str, Any]]:
    """The methods by which control can be proved now; the team's own word is one only where the policy lets it count."""
    words = {Method.MANUAL.value: _("Another way, described in the note")}
    ways = (method for method in policy.at(clock.now()).methods if not method.by_another_method)
    return [(way.key, words.get(way.key, Method(way.key).label)) for way in ways]
