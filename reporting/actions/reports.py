"""Adding, editing, duplicating, taking over, pausing, resuming and deleting reports."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Account, Administrator
from reporting import definition, rules, words
from reporting.definition import BadDefinition, Definition
from reporting.models import MOST_NAME, MOST_RECIPIENTS, Report
from sslportal.kit import audit, clock, edits
from sslportal.kit.moves import MovedOn, Refused, lock, require
from sslportal.kit.recurrence import Every

MOST = 20  # of an account (G1)


@dataclass(frozen=True)
class Plan:
    """What a report is to be. `start` is what the account's clock shows at the first run; without `every` there is none."""

    name: str
    description: str
    definition: Definition
    every: Every | None = None
    start: datetime | None = None
    recipients: tuple[str, ...] = ()

    @property
    def fields(self) -> dict[str, Any]:
        """As the columns of a report."""
        return {
            "name": self.name,
            "description": self.description,
            "definition": self.definition.to_json(),
            "every": self.every or "",
            "starts_on": self.start.date() if self.every and self.start else None,
            "time": self.start.time() if self.every and self.start else None,
            "recipients": list(self.recipients),
        }


def require_room(account: Account) -> None:
    """Raises Refused where the account has as many as it may have."""
    if account.reports.count() >= MOST:
        says = _("Your account has %(count)d reports, and can have no more. Delete one first, or edit one.")
        raise Refused(says % {"count": MOST})


@transaction.atomic
def add(plan: Plan, *, by: Administrator) -> Report:
    """A new report, owned by the person. Raises Refused where the account has too many."""
    require(by.may("reports.make") and len(plan.recipients) <= MOST_RECIPIENTS)
    account: Account = lock(by.own_account)
    require_room(account)
    report = Report(account=account, owner=by, **plan.fields)
    report.due_at = report.next_after(clock.now())
    report.save()
    audit.record(report, "add", by=by)
    return report


@transaction.atomic
def edit(report: Report, plan: Plan, *, by: Administrator) -> Report:
    """Make it what is planned; what was mailed before is compared with no more where it tells of other records then.

    Raises MovedOn where it is gone.
    """
    report = _locked(report, by)
    require(len(plan.recipients) <= MOST_RECIPIENTS)
    values, defined = plan.fields, report.definition
    if (plan.every or "", plan.start) != (report.every, report.start):
        values["due_at"] = Report(account=report.account, **values).next_after(clock.now())
    told = _in_words(defined)
    report.definition = values.pop("definition")
    changes = edits.write(report, values)
    is_other = report.definition != defined
    if not (changes or is_other) and report.has_owner:
        return report
    if is_other:
        report.seen = report.seen_at = None
        changes |= {word: [told[word], now] for word, now in _in_words(report.definition).items() if now != told[word]}
    _take_over(report, by)
    _save(report)
    audit.record(report, "edit", by=by, changes=changes)
    return report


def _in_words(defined: dict[str, Any]) -> dict[str, str]:
    """What the history keeps of a definition."""
    with override("en"):
        try:
            one = definition.from_json(defined)
        except BadDefinition:
            return {"Fields": "", "Records": ""}
        return {"Fields": ", ".join(str(field.label) for field in one.fields), "Records": words.sentence(one)}


@transaction.atomic
def duplicate(report: Report, *, by: Administrator) -> Report:
    """The same once more, owned by the person, without schedule and recipients, so that nobody gets the same mail twice."""
    require(rules.may_change(by, report))
    copied = _("Copy of %(name)s")
    room = MOST_NAME - len(copied % {"name": ""})
    name = copied % {"name": report.name[:room]}
    return add(Plan(name, report.description, report.defined), by=by)


@transaction.atomic
def pause(report: Report, *, by: Administrator | None) -> None:
    """Nothing is run by the schedule until it is resumed. Without `by`, the portal does it."""
    report = _locked(report, by) if by else lock(report)
    if report.due_at is None:
        raise MovedOn(_("Somebody was faster: the schedule of “%(report)s” is paused.") % {"report": report})
    report.due_at = None
    _save(report)
    audit.record(report, "pause", by=by)


@transaction.atomic
def resume(report: Report, *, by: Administrator) -> Report:
    """Go on with the schedule, from its next moment on."""
    report = _locked(report, by)
    if not report.is_paused:
        raise MovedOn(_("Somebody was faster: the schedule of “%(report)s” is not paused.") % {"report": report})
    report.due_at = report.next_after(clock.now())
    _take_over(report, by)
    _save(report)
    audit.record(report, "resume", by=by)
    return report


@transaction.atomic
def delete(reports: list[Report], *, by: Administrator) -> None:
    """All of them, or none: with what was run and its files."""
    for report in sorted(reports, key=lambda one: one.pk):
        gone = _locked(report, by)
        audit.record(gone, "delete", by=by)
        gone.delete()


def _locked(report: Report, by: Administrator) -> Report:
    report = lock(report)
    require(rules.may_change(by, report))
    return report


def _take_over(report: Report, by: Administrator) -> None:
    """Whose owner has left belongs to the Global Administrator who goes on with it."""
    if not report.has_owner:
        report.owner = by
        report.seen = report.seen_at = None
        audit.record(report, "take_over", by=by)


def _save(report: Report) -> None:
    report.updated_at = clock.now()
    report.save()
