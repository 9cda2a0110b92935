"""The form field for a file of evidence."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from profiles.vetting import evidence
from profiles.vetting.evidence import Received
from sslportal.kit.moves import Refused


class EvidenceFile(forms.FileField):
    """A file that is judged by its content; one that was dropped on its way, as too large, is told as such."""

    was_dropped = False

    def clean(self, data: UploadedFile | None, initial: Any = None) -> Received | None:
        if self.was_dropped:
            raise forms.ValidationError(evidence.too_large())
        if data is None:
            return None
        try:
            return evidence.receive(data)
        except Refused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
