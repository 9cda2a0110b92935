"""Who may see and change a report, and by whose eyes it looks at certificates and domains."""

from typing import TYPE_CHECKING

from django.db.models import Q

if TYPE_CHECKING:
    from accounts.models import Administrator
    from reporting.models import Report, Run


def seen_by(person: "Administrator", path: str = "") -> Q:
    """Their own, and for Global Administrators all of the account (G3). `path` leads to the report from what is asked of."""
    if not (person.account_id and person.may("reports.see")):
        return Q(pk__in=[])
    of_account = Q(**{f"{path}account_id": person.account_id})
    return of_account if person.is_global else of_account & Q(**{f"{path}owner": person})


def may_change(person: "Administrator", report: "Report") -> bool:
    is_theirs = person.is_global or report.owner_id == person.pk
    return person.may("reports.make") and person.account_id == report.account_id and is_theirs


def profiles_of(person: "Administrator") -> frozenset[int]:
    """Those in which the person has a role, and so sees certificates and domains."""
    return frozenset(person.accesses.values_list("profile", flat=True))


def may_have_files(person: "Administrator", run: "Run", profiles: frozenset[int]) -> bool:
    """Global Administrators; and the owner, while all that the files tell of is theirs to see. `profiles` are the person's."""
    return person.is_global or (run.reader_id == person.pk and profiles.issuperset(run.profiles))


def reader_of(report: "Report", person: "Administrator | None" = None) -> "Administrator | None":
    """By whose eyes it is made: its owner's (G4). Once that person has left, those of the Global Administrator who asks."""
    if has_owner(report):
        return report.owner
    return person if person and person.is_global and may_change(person, report) else None


def has_owner(report: "Report") -> bool:
    """Whether who made it, or took it over, is still an administrator of the account. Else the Global Administrators own it."""
    return report.owner.is_active and report.owner.account_id == report.account_id
