"""The pages of the report builder as forms, but for that of the rules, which is in rule_forms.py."""

from datetime import datetime, time, timedelta, tzinfo
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reporting.fields import Field
from reporting.models import MOST_DESCRIPTION, MOST_NAME, MOST_RECIPIENTS, Report
from reporting.subjects import SUBJECTS, Subject
from sslportal.kit import clock, recurrence
from sslportal.kit.fields import AddressList, Line
from sslportal.kit.recurrence import Every
from sslportal.kit.wizard import StepForm

DISABLED = "disabled"
IN_THE_MORNING = time(7)
MOST_AHEAD = timedelta(days=3653)
CHOSEN_FIRST = {
    "certificate": ("common_name", "level", "status", "ordered", "expires", "days_left", "profile"),
    "domain": ("name", "level", "status", "expires", "days_left", "method", "profile"),
}


class NameForm(StepForm):
    """What the report is about, and what it is called."""

    type = forms.ChoiceField(
        label=_("Report Type"),
        choices=[(subject.key, subject.label) for subject in SUBJECTS.values()],
        initial="certificate",
        widget=forms.RadioSelect,
    )
    name = Line(
        label=_("Report Name"),
        max_length=MOST_NAME,
        error_messages={"required": _("Give the report a name, by which you find it in the list of reports.")},
    )
    description = forms.CharField(
        label=_("Description"),
        max_length=MOST_DESCRIPTION,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Optional: what it is for. It stands in the list of reports and on the report."),
    )


class FieldsForm(StepForm):
    """The fields of the report, in order. `picked` are those that are ticked, to be moved by a button."""

    selected = forms.MultipleChoiceField(
        label=_("Selected Fields"), error_messages={"required": _("Add at least one field to the report.")}
    )
    picked = forms.MultipleChoiceField(required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.subject: Subject = self.step.data
        choices = [(field.key, field.label) for field in self.subject.fields]
        for name in ("selected", "picked"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    def tidies(self, typed: QueryDict) -> bool:
        return True

    def to_keep(self, typed: QueryDict) -> dict[str, list[str]]:
        """The fields as the button has arranged them. What the type does not have is left out."""
        selected, picked = self._known(typed.getlist("selected")), self._known(typed.getlist("picked"))
        match typed.get("go"):
            case "add":
                return {"selected": [*selected, *(key for key in picked if key not in selected)]}
            case "remove":
                return {"selected": [key for key in selected if key not in picked]}
            case "up":
                selected = moved_up(selected, picked)
            case "down":
                selected = moved_up(selected[::-1], picked)[::-1]
        return {"selected": selected, "picked": picked}

    @property
    def chosen(self) -> list[Field]:
        """The fields as they stand on the page: those that reports of the type begin with, until it is sent."""
        typed = self.wizard.draft.typed(self.step.key)
        keys = CHOSEN_FIRST[self.subject.key] if typed is None else self._known(typed.get("selected", []))
        return [field for key in keys if (field := self.subject.field(key))]

    @property
    def available(self) -> list[Field]:
        chosen = self.chosen
        return [field for field in self.subject.fields if field not in chosen]

    @property
    def ticked(self) -> list[str]:
        return (self.wizard.draft.typed(self.step.key) or {}).get("picked", [])

    def _known(self, keys: list[str]) -> list[str]:
        return [key for key in dict.fromkeys(keys) if self.subject.field(key)]


def moved_up(keys: list[str], picked: list[str]) -> list[str]:
    """Each of the picked one place further up, but for those at the top, which have nowhere to go."""
    moved = list(keys)
    for place in range(1, len(moved)):
        if moved[place] in picked and moved[place - 1] not in picked:
            moved[place - 1 : place + 1] = moved[place], moved[place - 1]
    return moved


class ScheduleForm(StepForm):
    """Whether the report is made again and again, from when on, by the clock of the account, and who gets it."""

    every = forms.ChoiceField(
        label=_("Schedule"),
        choices=[(DISABLED, pgettext_lazy("schedule", "Disabled")), *Every.choices],
        initial=DISABLED,
        help_text=_("Optional. A report can be run at any time without."),
    )
    starts_on = forms.DateField(
        label=_("Start Date"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": _("Enter a day as year, month and day, such as 2027-03-31.")},
    )
    time = forms.TimeField(
        label=_("Start Time"),
        required=False,
        input_formats=["%H:%M"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        error_messages={"invalid": _("Enter a time by the 24-hour clock, such as 07:00 or 18:30.")},
    )
    recipients = AddressList(
        label=_("Recipients"),
        required=False,
        help_text=_(
            "Who gets each report by mail: addresses separated by spaces, commas, semicolons or new lines, also of people"
            " outside your account."
        ),
        error_messages={"max_length": _("This list is far too long. Enter fewer addresses.")},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        owner = self.wizard.draft.owner
        assert owner  # noqa: S101  # somebody's, as all of the kind
        self.zone: tzinfo = owner.own_account.zone
        self.fields["starts_on"].initial = clock.now().astimezone(self.zone).date() + timedelta(days=1)
        self.fields["time"].initial = IN_THE_MORNING

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        if answers.get("every") == DISABLED:
            self._forgive(answers)
        elif "every" in answers:
            self._require(answers)
        if len(answers.get("recipients") or []) > MOST_RECIPIENTS:
            says = _("These are %(count)d addresses. A report goes to at most %(most)d.")
            self.add_error(
                "recipients",
                forms.ValidationError(says, params={"count": len(answers["recipients"]), "most": MOST_RECIPIENTS}),
            )
        return answers

    @property
    def report(self) -> Report | None:
        """The one that is edited."""
        report: Report | None = self.step.data
        return report

    def _forgive(self, answers: dict[str, Any]) -> None:
        """Without a schedule nothing is asked but that; what is right is kept for later."""
        for name in ("starts_on", "time", "recipients"):
            self.errors.pop(name, None)
        answers.setdefault("recipients", [])
        answers |= {"every": None, "start": None}

    def _require(self, answers: dict[str, Any]) -> None:
        answers["every"] = Every(answers["every"])
        missing = {
            "starts_on": _("Enter the day of the first report."),
            "time": _("Enter the time of the first report."),
            "recipients": _("Enter at least one address: a scheduled report is sent by mail."),
        }
        for name, says in missing.items():
            if not answers.get(name) and name not in self.errors:
                self.add_error(name, says)
        if answers.get("starts_on") and answers.get("time"):
            answers["start"] = datetime.combine(answers["starts_on"], answers["time"])
            self._check_start(answers["start"])

    def _check_start(self, start: datetime) -> None:
        """The first moment is to come, but for that of a schedule which has begun already and goes on."""
        today = clock.now().astimezone(self.zone).date()
        if self.report and self.report.start == start:
            return
        if start.date() > today + MOST_AHEAD:
            self.add_error("starts_on", _("This is more than ten years ahead. Choose an earlier day."))
        elif start.date() < today or recurrence.first(start, self.zone) <= clock.now():
            self.add_error("starts_on", _("This is in the past. Choose a later day or time."))
