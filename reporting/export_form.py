"""In which format results are exported."""

from django import forms
from django.utils.translation import gettext_lazy as _

from reporting.states import Format


class ExportForm(forms.Form):
    format = forms.ChoiceField(label=_("Format"), choices=Format, initial=Format.CSV, widget=forms.RadioSelect)
