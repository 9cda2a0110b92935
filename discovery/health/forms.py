"""The URLs of a health check, as a form."""

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from discovery.health import entries
from discovery.health.entries import MOST_TEXT, MOST_URLS, Place


class UrlList(forms.CharField):
    """URLs separated by spaces, commas, semicolons or new lines, as places; at most 20."""

    def __init__(self, **options: Any) -> None:
        widget = forms.Textarea(
            attrs={"rows": 4, "class": "mono", "spellcheck": "false", "autocapitalize": "off", "maxlength": MOST_TEXT}
        )
        super().__init__(required=False, widget=widget, **options)  # what is missing is said by `entries` too

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[Place]:
        try:
            return entries.parse(super().clean(value))
        except entries.Bad as bad:
            raise forms.ValidationError([forms.ValidationError(str(sentence)) for sentence in bad.sentences]) from None


class HealthCheckForm(forms.Form):
    """Where the certificate should be."""

    urls = UrlList(
        label=_("URLs"),
        help_text=format_lazy(
            _(
                "Where the certificate is installed, such as www.example.com or mail.example.com:993. Separate several by"
                " spaces, commas, semicolons or new lines; at most {most} are checked at once."
            ),
            most=MOST_URLS,
        ),
    )
