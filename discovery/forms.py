"""Setup New Scan, as a form."""

from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from discovery import networks, words
from discovery.actions.scans import Plan
from discovery.scanner.problems import BadTargets
from discovery.scanner.targets import Targets, parse
from discovery.states import Place, Save, Speed
from sslportal.kit import clock, recurrence
from sslportal.kit.recurrence import Every

LONGEST = 100_000  # characters in one box
NEVER = "never"
AT_NIGHT = time(2)
ADDRESSES = {"rows": 5, "spellcheck": "false", "autocapitalize": "off", "class": "mono", "maxlength": LONGEST}


class ScanForm(forms.Form):
    """What to scan, how fast, and what becomes of the results that are there. `plan` is it all, once it is valid.

    Where the portal itself scans networks, also whether it is to, and how often: `repeat`, from `start` on, which is given by
    the clock of the account. `zone` is that of the account.
    """

    include = forms.CharField(
        label=_("Include Addresses"),
        widget=forms.Textarea(attrs=ADDRESSES),
        max_length=LONGEST,
        help_text=_(
            "IP addresses or domain names, separated by commas, semicolons or new lines. Ranges as"
            " 192.168.12.0-192.168.13.255, networks as 192.168.12.0/23."
        ),
        error_messages={"required": _("Give at least one address or name.")},
    )
    exclude = forms.CharField(
        label=_("Exclude Addresses"),
        widget=forms.Textarea(attrs={**ADDRESSES, "rows": 3}),
        max_length=LONGEST,
        required=False,
        help_text=_("What of these is not to be touched, written in the same way."),
    )
    ports = forms.CharField(
        label=_("Scan Additional Ports"),
        widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off"}),
        max_length=2000,
        required=False,
        help_text=_("Port 443 is always scanned. Others, such as 8443, 993 or 9000-9010, make the scan longer."),
    )
    speed = forms.ChoiceField(
        label=_("Scan Speed"), choices=Speed.choices, initial=Speed.NORMAL, widget=forms.RadioSelect
    )
    save_as = forms.ChoiceField(
        label=_("Save Results"), choices=Save.choices, initial=Save.REPLACE, widget=forms.RadioSelect
    )
    place = forms.ChoiceField(
        label=_("Run the scan on"), choices=Place.choices, initial=Place.COMPUTER, widget=forms.RadioSelect
    )
    every = forms.ChoiceField(
        label=_("Repeat"), choices=[(NEVER, pgettext_lazy("schedule", "Never")), *Every.choices], initial=NEVER
    )
    starts_on = forms.DateField(
        label=_("Start Date"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    time = forms.TimeField(
        label=_("Start Time"), required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )

    def __init__(self, *args: Any, zone: tzinfo = UTC, **options: Any) -> None:
        super().__init__(*args, **options)
        self.zone = zone
        if networks.are_there():
            said = gettext("The portal scans in these networks only: %(networks)s.")
            self.fields["place"].help_text = said % {"networks": networks.named()}
            self.fields["starts_on"].initial = clock.now().astimezone(zone).date() + timedelta(days=1)
            self.fields["time"].initial = AT_NIGHT
        else:
            for name in ("place", "every", "starts_on", "time"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        if self.errors:
            return answers
        for name in ("include", "exclude", "ports"):
            self._read(name, answers)
        targets = None if self.errors else self._read_all(answers)
        if targets and self.offers_portal:
            self._check_place(targets, answers)
        return answers

    @property
    def plan(self) -> Plan:
        wanted = {name: self.cleaned_data[name] for name in ("include", "exclude", "ports", "speed", "save_as")}
        return Plan(**wanted, place=self.cleaned_data.get("place") or Place.COMPUTER)

    @property
    def offers_portal(self) -> bool:
        """Whether there is a choice of where to run it."""
        return "place" in self.fields

    @property
    def repeat(self) -> Every | None:
        """How often; None for once, and now."""
        every = self.cleaned_data.get("every", NEVER)
        return None if every == NEVER else Every(every)

    @property
    def start(self) -> datetime:
        """What the account's clock shows at the first one."""
        return datetime.combine(self.cleaned_data["starts_on"], self.cleaned_data["time"])

    def _read(self, name: str, answers: dict[str, Any]) -> None:
        """What is wrong in one box, told there."""
        alone = {"include": "192.0.2.1", "exclude": "", "ports": ""} | {name: answers[name]}
        try:
            parse(**alone)
        except BadTargets as bad:
            for problem in bad.problems:
                if problem.code not in {"nothing", "too-many"}:  # those are said of all boxes together
                    self.add_error(name, words.problem(problem))

    def _read_all(self, answers: dict[str, Any]) -> Targets | None:
        try:
            return parse(answers["include"], answers["exclude"], answers["ports"])
        except BadTargets as bad:
            for problem in bad.problems:
                self.add_error("include", words.problem(problem))
            return None

    def _check_place(self, targets: Targets, answers: dict[str, Any]) -> None:
        """The portal scans its networks only, and only it can begin a scan by itself."""
        if answers["place"] == Place.PORTAL:
            for sentence in networks.refused(targets):
                self.add_error("include", sentence)
        if answers["every"] == NEVER:
            return
        if answers["place"] != Place.PORTAL:
            self.add_error(
                "every", _("Only a scan that the portal runs can be repeated. Choose “The portal”, or “Never”.")
            )
        elif not (answers["starts_on"] and answers["time"]):
            empty = "time" if answers["starts_on"] else "starts_on"
            self.add_error(empty, _("Say on which day and at what time it is to begin."))
        elif recurrence.first(datetime.combine(answers["starts_on"], answers["time"]), self.zone) <= clock.now():
            self.add_error("starts_on", _("That is in the past. Give a later day or time."))
