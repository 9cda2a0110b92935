"""The pages of making and editing a report, and what they add up to."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Administrator
from reporting import rule_forms, rules
from reporting.actions.reports import Plan
from reporting.definition import BadDefinition
from reporting.forms import DISABLED, FieldsForm, NameForm, ScheduleForm
from reporting.models import Report
from reporting.rule_forms import RulesForm
from reporting.subjects import SUBJECTS
from sslportal.kit.models import Draft
from sslportal.kit.wizard import Step, Wizard

STAGES = [
    ("report", _("Report")),
    ("fields", _("Fields")),
    ("records", _("Records")),
    ("schedule", _("Schedule")),
]


class ReportWizard(Wizard):
    """A report that is being made; or edited, then it is `report`.

    Raises Report.DoesNotExist where that is gone, or its editor may no longer see it.
    """

    kind = "report"

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft)
        assert draft.owner  # noqa: S101  # somebody's, as all of the kind
        self.person: Administrator = draft.owner
        self.report = _report(draft, self.person)

    def steps(self) -> list[Step]:
        title = _("Edit Report") if self.report else _("Create New Report")
        first = Step("report", title, "reporting/builder/report.html", NameForm)
        if (named := self.answers("report", step=first)) is None:
            return [first]
        subject = SUBJECTS[named["type"]]
        fields = Step("fields", _("Fields Included in Report"), "reporting/builder/fields.html", FieldsForm, subject)
        if (chosen := self.answers("fields", step=fields)) is None:
            return [first, fields]
        records = Step(
            "records",
            _("Records Included in Report"),
            "reporting/builder/records.html",
            RulesForm,
            (subject, chosen["selected"]),
        )
        if self.answers("records", step=records) is None:
            return [first, fields, records]
        schedule = Step("schedule", _("Schedule Report"), "reporting/builder/schedule.html", ScheduleForm, self.report)
        return [first, fields, records, schedule]

    def plan(self) -> Plan | None:
        """What the report is to be; None while a page is missing or wrong."""
        pages = {step.key: self.answers(step.key, step=step) for step in self.listed}
        named, records, schedule = pages.get("report"), pages.get("records"), pages.get("schedule")
        if not (named and records and schedule):
            return None
        return Plan(
            named["name"],
            named["description"],
            records["definition"],
            schedule["every"],
            schedule["start"],
            tuple(schedule["recipients"]),
        )

    @property
    def reader(self) -> Administrator:
        """By whose eyes the report will be made."""
        return (self.report and rules.reader_of(self.report, self.person)) or self.person

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out of the report that is edited, since it no longer exists."""
        if self.report is None:
            return ()
        try:
            return self.report.defined.notes
        except BadDefinition as bad:
            return tuple(problem.says for problem in bad.problems)


def to_edit(report: Report, person: Administrator) -> Draft:
    """A draft, not saved yet, in which all pages are answered as the report is."""
    data: dict[str, Any] = {
        "source": report.pk,
        "report": {"name": [report.name], "description": [report.description]},
        "schedule": _schedule(report),
    }
    try:
        made = report.defined
    except BadDefinition:
        pass  # the notes say so, and the pages begin anew
    else:
        data["report"]["type"] = [made.subject.key]
        data |= {"fields": {"selected": [field.key for field in made.fields]}, "records": rule_forms.typed_of(made)}
    return Draft(kind=ReportWizard.kind, owner=person, data=data)


def _schedule(report: Report) -> dict[str, list[str]]:
    typed = {"every": [report.every or DISABLED], "recipients": ["\n".join(report.recipients)]}
    if report.start:
        typed |= {"starts_on": [report.start.date().isoformat()], "time": [report.start.strftime("%H:%M")]}
    return typed


def _report(draft: Draft, person: Administrator) -> Report | None:
    if "source" not in draft.data:
        return None
    return Report.objects.visible_to(person).select_related("owner__account", "account").get(pk=draft.data["source"])
