"""What is asked of a webhook."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.webhooks.words import PROBLEMS
from sslportal.kit import push
from sslportal.kit.fields import Line
from sslportal.kit.http_exchange import MOST_URL, Problem


class WebhookForm(forms.Form):
    """Where the events go, and whether they do. Only a URL that is another than before is checked."""

    url = Line(
        label=_("URL"),
        max_length=MOST_URL,
        help_text=_(
            "Of a server of yours that takes events by POST, for example https://hooks.example.com/certificates."
        ),
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    is_on = forms.BooleanField(label=_("Send events"), required=False)

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        if url != self.initial.get("url"):
            try:
                push.check_now(url)
            except Problem as problem:
                raise forms.ValidationError(PROBLEMS[problem.code], code=problem.code) from problem
        return url
