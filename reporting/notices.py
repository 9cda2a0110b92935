"""The mails of reports: what was made by a schedule, and why something was not."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.conf import settings
from django.template.defaultfilters import floatformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, override

from accounts.models import Administrator
from profiles.notifications import telling, unsubscribing
from profiles.notifications.telling import News
from reporting import making
from reporting.outputs.table import in_words
from reporting.states import Format
from sslportal.kit import catalogue, clock, mail
from sslportal.kit.catalogue import Priority, To, notice
from sslportal.kit.mail import File, Letter, Post
from sslportal.kit.moves import Text

if TYPE_CHECKING:
    from reporting.models import Report, Run

MAILED = (Format.CSV, Format.PDF)  # G3

READY = notice(
    "report-ready",
    Priority.INFORMATIONAL,
    when="A report was made by its schedule, or somebody had it made and mailed.",
    to=[To.READERS],
    subject=gettext_lazy("Report: %(name)s"),
    lines=["%(count)s", "%(since)s", "%(limit)s", "%(notes)s"],
    attached=gettext_lazy("The report is attached, as a table (CSV) and for reading (PDF)."),
    action=gettext_lazy("Show the report in the portal"),
    after=["%(why)s"],
    is_listed=False,
)
FAILED = notice(
    "report-failed",
    Priority.CRITICAL,
    when="A report cannot be made by its schedule.",
    to=[To.OWNER],
    subject=gettext_lazy("The report “%(name)s” could not be made"),
    lines=[
        gettext_lazy("The report “%(name)s” was to be made by its schedule, and failed. The reason: %(reason)s"),
        gettext_lazy("Nothing was mailed. The portal tries again at the next moment of the schedule."),
    ],
    action=gettext_lazy("Show the report"),
)
PAUSED = notice(
    "report-paused",
    Priority.CRITICAL,
    when="The owner of a scheduled report has left. Its schedule is paused.",
    to=[To.GLOBALS],
    subject=gettext_lazy("The report “%(name)s” is paused, since its owner has left"),
    lines=[
        gettext_lazy(
            "%(owner)s, who owned the report “%(name)s”, is no longer an administrator of your account. A report tells what"
            " its owner may see, so with another owner it may tell its recipients more than before, or less."
        ),
        gettext_lazy(
            "So nothing is mailed for the time being. Look at its recipients and its rules, then resume the schedule to take"
            " it over, or delete it."
        ),
    ],
    action=gettext_lazy("Show the report"),
)


def ready(run: "Run", report: "Report", files: Mapping[str, bytes]) -> None:
    """Mail it, in the language that its files are in."""
    language = run.reader.language
    known = dict.fromkeys(report.recipients, language)
    with override(language):
        letter = _letter(run, report, files)
        posts = [
            Post(
                letter,
                address,
                f"{READY.key}:{run.pk}",
                language,
                unsubscribing.url(address, about(report), report.name),
            )
            for address in catalogue.addresses(READY, {To.READERS: lambda: known})
        ]
    stopped = {*unsubscribing.stopped_at(about(report)), *telling.people_gone(known)}
    mail.post_all(post for post in posts if post.to not in stopped)


def about(report: "Report") -> str:
    """What those stop who want this report no more."""
    return f"report:{report.pk}"


def _letter(run: "Run", report: "Report", files: Mapping[str, bytes]) -> Letter:
    now = run.finished_at or clock.now()
    return READY.letter(
        {
            "name": report.name,
            "count": _count(run, report),
            "since": _since(run, report),
            "limit": _limit(run),
            "notes": " ".join(run.defined.notes),
            "why": _("You get this mail because your address is on the list of recipients of this report."),
        },
        facts=_facts(report),
        url=settings.PORTAL_URL + run.get_absolute_url(),
        files=[
            File(making.file_name(report, now, format), making.CONTENT_TYPES[format], files[format])
            for format in MAILED
            if format in files
        ],
    )


def _count(run: "Run", report: "Report") -> str:
    if not run.total:
        return _("No record matches the report “%(name)s” now.") % {"name": report.name}
    said = ngettext(
        "The report “%(name)s” has %(count)s record.", "The report “%(name)s” has %(count)s records.", run.total
    )
    return said % {"name": report.name, "count": floatformat(run.total, "0g")}


def _since(run: "Run", report: "Report") -> str:
    """What has changed: in signs, and in words."""
    if run.compared_with is None:
        return ""
    when = in_words(run.compared_with, report.account.zone)
    if not (run.added or run.gone):
        return _("Since the last run (%(when)s): the same records.") % {"when": when}
    numbers = {"when": when, "added": floatformat(run.added, "0g"), "gone": floatformat(run.gone, "0g")}
    return _("Since the last run (%(when)s): +%(added)s, −%(gone)s (new in it, no longer in it).") % numbers


def _limit(run: "Run") -> str:
    if (run.total or 0) <= settings.REPORT_ROWS:
        return ""
    return _("The files have the first %(count)s of them.") % {"count": floatformat(settings.REPORT_ROWS, "0g")}


def _facts(report: "Report") -> list[tuple[str, str]]:
    facts = [(_("Account"), report.account.name), (_("Owner"), making.owner(report))]
    if report.every:
        facts.append((_("Schedule"), report.get_every_display()))
    if report.description:
        facts.append((_("Description"), report.description))
    return facts


def failed(run: "Run", report: "Report", reason: Text) -> None:
    """It came to nothing, and why."""

    def write() -> Letter:
        return FAILED.letter({"name": report.name, "reason": str(reason)}, facts=_facts(report), url=_url(report))

    owners = (
        [report.owner] if report.has_owner else Administrator.objects.filter(account=report.account).active_globals()
    )
    languages = {person.email: person.language for person in owners}
    to = catalogue.addresses(FAILED, {To.OWNER: lambda: languages})
    data, letters = {"report": report.pk, "url": _url(report)}, catalogue.in_each_language(write)
    telling.tell(News(FAILED, f"{FAILED.key}:{run.pk}", report.account, None, letters, to, data, languages))


def paused(report: "Report") -> None:
    """Its moment has come, and nobody is there to whom it belongs."""

    def write() -> Letter:
        words = {"name": report.name, "owner": report.owner.email}
        return PAUSED.letter(words, facts=[*_facts(report), *_recipients(report)], url=_url(report))

    key = f"{report.pk}:{report.owner_id}:{report.updated_at:%Y-%m-%dT%H:%M:%S}"
    telling.tell(telling.about_account(PAUSED, key, report.account, write, {"report": report.pk, "url": _url(report)}))


def _recipients(report: "Report") -> list[tuple[str, str]]:
    return [(_("Recipients"), ", ".join(report.recipients) or "—")]


def _url(report: "Report") -> str:
    return settings.PORTAL_URL + reverse("reporting:report", args=[report.pk])
