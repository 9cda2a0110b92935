"""The demo's own Internet: what its DNS and web servers say, to be published where no real domain is."""

import re
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from sslportal import environment
from sslportal.kit import internet, names
from sslportal.kit.access import public
from sslportal.kit.fields import Line
from sslportal.kit.internet import FILE, Entry

MOST = 500
LONGEST_VALUE = 1000
LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"  # hosts have no underscores, but records have
NAME = re.compile(rf"{LABEL}(\.{LABEL})*")
CAA = re.compile(r'([0-9]{1,3}) [A-Za-z0-9]{1,15} "[ !#-\[\]-~]{0,255}"')  # RFC 8659 4.1.1
MX = re.compile(r"([0-9]{1,5}) (\S+)")

KINDS: dict[str, str | Promise] = {
    "TXT": "TXT",
    "CAA": "CAA",
    "CNAME": "CNAME",
    "MX": "MX",
    FILE: gettext_lazy("File on the web server"),
}


class EntryForm(forms.Form):
    """A record or a file that is to be published beside the `entries` that are."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=[*KINDS.items()])
    name = Line(
        label=gettext_lazy("Name"),
        max_length=names.MAX_GIVEN,
        widget=forms.TextInput(attrs={"class": "mono", "spellcheck": "false", "autocapitalize": "none"}),
    )
    value = forms.CharField(
        label=gettext_lazy("Value"),
        help_text=gettext_lazy(
            'The text of a TXT record or of the file; or, for example, 0 issue "ca.example" (CAA), '
            "www.example.net (CNAME), 10 mail.example.com (MX)."
        ),
        max_length=LONGEST_VALUE,
        widget=forms.Textarea(attrs={"class": "mono", "rows": 3, "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, entries: list[Entry], **options: Any) -> None:
        super().__init__(*args, **options)
        self.entries = entries

    def clean_name(self) -> str:
        name = _name(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError(_("This is not a DNS name. Write it like www.example.com."))
        return name

    def clean(self) -> None:
        entry = self.entry
        if entry.value and (fault := _fault(entry)):
            self.add_error("value", fault)
        if self.errors:
            return
        if self._is_beside_a_cname(entry):
            self.add_error(
                "name", _("A name with a CNAME record has no other records. Remove what stands there first.")
            )
        elif len(self.entries) >= MOST and entry not in self.entries:
            self.add_error(None, _("The demo keeps %(most)d entries. Remove some first.") % {"most": MOST})

    @property
    def entry(self) -> Entry:
        kind, name, value = (self.cleaned_data.get(field, "") for field in ("kind", "name", "value"))
        return Entry(kind, name, _plain(kind, value))

    def _is_beside_a_cname(self, entry: Entry) -> bool:
        there = {one.kind for one in self.entries if one.name == entry.name} - {entry.kind, FILE}
        return entry.kind != FILE and bool(there) and "CNAME" in {entry.kind, *there}


def _name(text: str) -> str:
    """The DNS name in ASCII and lower case; empty where the text is none."""
    plain = ".".join(names.to_ascii(label) for label in text.lower().removesuffix(".").split("."))
    return plain if len(plain) <= names.MAX_NAME and NAME.fullmatch(plain) else ""


def _plain(kind: str, value: str) -> str:
    """The value with its DNS name, where it has one, in ASCII and lower case. What is none stays as it was typed."""
    if kind == "CNAME":
        return _name(value) or value
    if kind == "MX" and (mx := MX.fullmatch(value)) and (host := _name(mx[2])):
        return f"{int(mx[1])} {host}"
    return value.replace("\r\n", "\n")


def _fault(entry: Entry) -> str:
    """What is wrong with the value; empty where nothing is."""
    if entry.kind != FILE and not entry.value.isprintable():
        return _("The value of a record is one line, without invisible characters.")
    if entry.kind == "CAA" and not ((caa := CAA.fullmatch(entry.value)) and int(caa[1]) <= 255):
        return _('This is not a CAA record. Write it like 0 issue "ca.example".')
    if entry.kind == "CNAME" and not _name(entry.value):
        return _("This is not a DNS name. Write it like www.example.com.")
    if entry.kind == "MX" and not ((mx := MX.fullmatch(entry.value)) and int(mx[1]) <= 65535 and _name(mx[2])):
        return _("This is not an MX record. Write it like 10 mail.example.com.")
    return ""


@public("the demo's Internet is for whoever tries the demo")
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """What is published, and the form that publishes more; a query like ?kind=TXT&name=… fills it in."""
    file = _file()
    if file is None:
        return render(request, "demo/no_internet.html")
    entries = internet.read(file)
    form = EntryForm(request.POST or None, initial=request.GET.dict(), entries=entries)
    if form.is_valid():
        internet.publish(file, form.entry)
        messages.success(request, _("Published: %(kind)s, %(name)s") % _words(form.entry))
        return redirect("demo:internet")
    published = [{"entry": entry, **_words(entry)} for entry in reversed(entries)]
    context = {"form": form, "published": published}
    return render(request, "demo/internet.html", context, status=422 if form.is_bound else 200)


@public("the demo's Internet is for whoever tries the demo")
@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    if (file := _file()) and (entry := internet.remove(file, request.POST.get("entry", ""))):
        messages.success(request, _("Removed: %(kind)s, %(name)s") % _words(entry))
    return redirect("demo:internet")


def _file() -> Path | None:
    """Where the servers read what to say; None where the demo asks other servers, of whoever started it."""
    path = environment.text("PORTAL_DEMO_WORLD")
    return Path(path) if path else None


def _words(entry: Entry) -> dict[str, str]:
    return {"kind": str(KINDS.get(entry.kind, entry.kind)), "name": names.display(entry.name)}
