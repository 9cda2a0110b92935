"""The notices about scans that the portal runs by a schedule."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Count
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Administrator
from discovery.states import Changed, Warned
from profiles.notifications import telling
from profiles.notifications.telling import News
from sslportal.kit import catalogue, clock
from sslportal.kit.catalogue import Kind, Priority, To, notice
from sslportal.kit.mail import Letter
from sslportal.kit.moves import Text

if TYPE_CHECKING:
    from discovery.models import Change, FoundCertificate, Scan, Schedule

LISTED = 20  # changes in one mail; the rest is counted, and the page has them all
LONGEST = 200  # characters of a list of addresses

CHANGED = notice(
    "scan-changed",
    Priority.INFORMATIONAL,
    when="A scan of a schedule has found something otherwise than it was in the results before.",
    to=[To.SCHEDULER],
    subject=gettext_lazy("Scan #%(number)d found changes in your network"),
    lines=[gettext_lazy("A scan that the portal runs by a schedule found something otherwise than it was before.")],
    action=gettext_lazy("Show changes"),
    after=["%(more)s"],
)
FAILED = notice(
    "scan-failed",
    Priority.CRITICAL,
    when="A scan of a schedule cannot be run.",
    to=[To.SCHEDULER],
    subject=gettext_lazy("Scan #%(number)d of your network failed"),
    lines=[
        gettext_lazy("A scan that the portal was to run by a schedule failed. The reason: %(reason)s"),
        gettext_lazy("The results are as they were before. The portal tries again at the next moment of the schedule."),
    ],
    action=gettext_lazy("Show the scan schedules"),
)


def changed(scan: "Scan", schedule: "Schedule") -> None:
    """What is otherwise now, and how near the end is of what was found."""
    counts = {str(kind): count for kind, count in scan.changed.values_list("kind").annotate(Count("pk"))}
    ends = {
        "expiring": _certificates(scan.findings.warned_of(Warned.EXPIRING)),
        "expired": _certificates(scan.findings.filter(not_after__lt=clock.now())),
    }
    first = list(
        scan.changed.select_related("before", "after").defer("before__der", "after__der").order_by("pk")[:LISTED]
    )
    url = settings.PORTAL_URL + reverse("discovery:changes", args=[scan.pk])

    def write() -> Letter:
        facts = [
            *_facts(scan, schedule),
            *((str(Changed(kind).label), str(counts.get(kind, 0))) for kind in Changed.values),
            (_("Certificates that expire within 30 days"), str(ends["expiring"])),
            (_("Expired certificates"), str(ends["expired"])),
            *(_line(change, scan) for change in first),
        ]
        return CHANGED.letter({"number": scan.pk, "more": _more(sum(counts.values()))}, facts=facts, url=url)

    telling.tell(_news(CHANGED, scan, write, {**counts, **ends, "url": url}))


def failed(scan: "Scan", schedule: "Schedule", reason: Text) -> None:
    """It came to nothing, and why; the reason is written in each language."""
    url = settings.PORTAL_URL + reverse("discovery:schedules")

    def write() -> Letter:
        return FAILED.letter({"number": scan.pk, "reason": str(reason)}, facts=_facts(scan, schedule), url=url)

    telling.tell(_news(FAILED, scan, write, {"url": url}))


def _news(kind: Kind, scan: "Scan", write: Callable[[], Letter], data: dict[str, Any]) -> News:
    """News of the scan, for who has set its schedule up, in that person's language."""
    languages = {person.email: person.language for person in _schedulers(scan)}
    to = catalogue.addresses(kind, {To.SCHEDULER: lambda: languages})
    letters = catalogue.in_each_language(write)
    about = {"scan": scan.pk, **data}
    return News(kind, f"{kind.key}:{scan.pk}", scan.account, None, letters, to, about, languages)


def _schedulers(scan: "Scan") -> list[Administrator]:
    """Who has set it up; where that person has left, those who answer for the account, which owns it."""
    people = Administrator.objects.filter(account=scan.account)
    return list(people.filter(pk=scan.by_id, is_active=True) or people.active_globals())


def _certificates(findings: Any) -> int:
    return int(findings.aggregate(count=Count("certificate", distinct=True))["count"])


def _facts(scan: "Scan", schedule: "Schedule") -> list[tuple[str, str]]:
    include = Truncator(" ".join(scan.include.split())).chars(LONGEST)
    return [(_("Include Addresses"), include), (_("Repeat"), str(schedule.get_every_display()))]


def _line(change: "Change", scan: "Scan") -> tuple[str, str]:
    """Where, and what is there in whose place."""
    place = f"[{change.host}]:{change.port}" if ":" in change.host else f"{change.host}:{change.port}"
    return place, f"{_shown(change.before, scan)} → {_shown(change.after, scan)}"


def _shown(certificate: "FoundCertificate | None", scan: "Scan") -> str:
    if certificate is None:
        return "—"
    if certificate.not_after is None:
        return str(certificate)
    return _("%(name)s (until %(day)s)") % {"name": certificate, "day": _day(certificate.not_after, scan)}


def _day(moment: datetime, scan: "Scan") -> str:
    return date_format(localtime(moment, scan.account.zone), "DATE_FORMAT")


def _more(count: int) -> str:
    more = count - LISTED
    if more <= 0:
        return ""
    said = ngettext(
        "%(count)d more change is not listed here; the page has it.",
        "%(count)d more changes are not listed here; the page has them all.",
        more,
    )
    return said % {"count": more}
