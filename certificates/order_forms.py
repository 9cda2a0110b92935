"""The forms on the page of an order: what can be edited, and why a certificate is revoked."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from certificates.csr_forms import Guarded
from certificates.forms import Comments, Recipients
from certificates.states import CHOSEN_REASONS, Reason


class EditRecipientsForm(Guarded):
    recipients = Recipients()


class EditCommentsForm(Guarded):
    comments = Comments()


class RevokeForm(Guarded):
    """Why the certificate is to be revoked. None is chosen beforehand: it cannot be undone."""

    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[(reason.value, reason.label) for reason in CHOSEN_REASONS],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose why the certificate is to be revoked.")},
    )
    detail = forms.CharField(
        label=_("Details"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed with “Other reason”. Seen by the administrators of the profile and the vetting team."),
    )

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        if answers.get("reason") == Reason.OTHER and not answers.get("detail"):
            self.add_error("detail", _("Write what the other reason is."))
        return answers


class DeskRevokeForm(RevokeForm):
    """The same at the vetting team's desk."""

    def __init__(self, *args: Any, thing: Any, dropped: set[str], **options: Any) -> None:
        super().__init__(*args, **options)
