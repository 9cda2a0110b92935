"""What scans have found, in numbers: the tiles and charts of the overview (F5). All count certificates, each once."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from urllib.parse import urlencode

from django.contrib.postgres.aggregates import BoolOr
from django.db.models import Count, DateField, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import Administrator
from discovery.filters import ANY, OURS, by_issuer, by_key, key_name
from discovery.models import Finding, FoundCertificate, Scan
from discovery.queries import FindingQuerySet, revoked
from discovery.states import Verdict, Warned
from discovery.tables import FindingTable
from sslportal.kit import clock
from sslportal.kit.charts import MOST_BARS, Bar, BarChart, Chart, ColumnChart, with_others

MONTHS = 12


@dataclass(frozen=True)
class Numbers:
    """How many certificates are listed, and how many of them are what. `places` are their addresses and ports."""

    places: int
    certificates: int
    expired: int
    expiring: int
    warned: int
    ours: int
    self_signed: int
    later: int
    endless: int

    @property
    def ending(self) -> int:
        return self.expired + self.expiring


@dataclass(frozen=True)
class Overview:
    """What the page shows: the scan that was finished last, those that are not over, and what is listed."""

    last: Scan | None
    under_way: list[Scan]
    numbers: Numbers
    charts: list[Chart]


def of(person: Administrator) -> Overview:
    """What the person may see. Seven questions to the database, however much was found."""
    scans = Scan.objects.visible_to(person)
    findings = Finding.objects.visible_to(person).current()
    found = FoundCertificate.objects.filter(pk__in=findings.values("certificate"))
    numbers = _numbers(findings, found)
    return Overview(
        last=scans.last_finished().first(),
        under_way=list(scans.open().order_by("-pk")),
        numbers=numbers,
        charts=[_by_expiration(found, numbers), _by_key(found), _by_issuer(found, numbers)],
    )


def results(**narrowed: str) -> str:
    """The address of the results, narrowed by nothing else: the list remembers what was chosen last."""
    cleared = dict.fromkeys(("q", "status", *(one.name for one in FindingTable.filters)), "")
    return f"{reverse('discovery:results')}?{urlencode(cleared | narrowed)}"


def links() -> dict[str, str]:
    """Where what the tiles count is listed."""
    return {
        "all": results(),
        "expired": results(status=Verdict.EXPIRED),
        "expiring": results(warning=Warned.EXPIRING),
        "warned": results(warning=ANY),
        "ours": results(issued=OURS),
    }


def _numbers(findings: FindingQuerySet, found: QuerySet[FoundCertificate]) -> Numbers:
    def those(which: Q) -> Count:
        return Count("pk", filter=which)

    warned = Count("certificate", distinct=True, filter=~Q(status=Verdict.GOOD))
    return Numbers(
        **findings.with_status().aggregate(places=Count("pk"), warned=warned),
        **found.aggregate(
            certificates=Count("pk"),
            expired=those(Q(not_after__lt=clock.now()) & ~revoked()),
            expiring=those(findings.expiring()),
            ours=those(Q(issued__isnull=False)),
            self_signed=those(Q(is_self_signed=True)),
            later=those(Q(not_after__gte=_midnight(_months()[-1]))),
            endless=those(Q(not_after=None)),
        ),
    )


def _by_expiration(found: QuerySet[FoundCertificate], numbers: Numbers) -> Chart:
    """A column for what is expired, one for each of the coming months, one for what comes after them."""
    months = _months()
    ending = found.filter(not_after__gte=clock.now(), not_after__lt=_midnight(months[-1]))
    by_month = TruncMonth("not_after", output_field=DateField())
    counted = dict(ending.annotate(month=by_month).values_list("month").annotate(Count("pk")))
    expired, later = _("Expired"), pgettext("date", "Later")
    bars = [
        Bar(expired, numbers.expired, "bad", results(status=Verdict.EXPIRED), expired),
        *(_month(begin, end, counted.get(begin, 0)) for begin, end in pairwise(months)),
        Bar(later, numbers.later, "", results(since=months[-1].isoformat()), later),
    ]
    if numbers.endless:
        bars.append(Bar(_("No expiration date"), numbers.endless, "ended", short=pgettext("date", "None")))
    return ColumnChart("expiration", _("Certificates by Expiration"), _("Expires"), _("Certificates"), bars)


def _month(begin: date, end: date, count: int) -> Bar:
    """Of this month only what is left of it is listed."""
    since = max(begin, timezone.localdate(clock.now()))
    tone = "warning" if since > begin else ""
    url = results(since=since.isoformat(), until=(end - timedelta(days=1)).isoformat())
    return Bar(date_format(begin, "YEAR_MONTH_FORMAT"), count, tone, url, date_format(begin, "M"))


def _months() -> list[date]:
    """The first days of this month, of those that follow, and of the one after them, by the account's clock."""
    today = timezone.localdate(clock.now())
    first = today.year * 12 + today.month - 1
    return [date(month // 12, month % 12 + 1, 1) for month in range(first, first + MONTHS + 1)]


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _by_key(found: QuerySet[FoundCertificate]) -> Chart:
    """The most frequent first; those that are too short say so."""
    is_short = BoolOr(Q(warnings__contains=[Warned.KEY_LENGTH]))
    keys = found.values_list("key_type", "key_bits").annotate(count=Count("pk"), is_short=is_short)
    bars = [
        Bar(
            _("%(key)s (too short)") % {"key": key_name(kind, bits)} if is_short else key_name(kind, bits),
            count,
            "bad" if is_short else "",
            results(key=by_key(kind, bits)),
        )
        for kind, bits, count, is_short in keys.order_by("-count", "key_type")
    ]
    return BarChart("key-length", _("Certificates by Key Length"), _("Key Length"), _("Certificates"), bars)


def _by_issuer(found: QuerySet[FoundCertificate], numbers: Numbers) -> Chart:
    """The CAs that issued most. What has signed itself is no CA's, and each of it would be a name of its own."""
    issued = found.filter(is_self_signed=False).values_list("issuer_name").annotate(count=Count("pk"))
    rows = issued.order_by("-count", "issuer_name")[: MOST_BARS + 1]
    bars = [Bar(name or _("Unknown"), count, "", _issued_by(name)) for name, count in rows]
    bars = with_others(bars, numbers.certificates - numbers.self_signed)
    if numbers.self_signed:
        bars.append(Bar(_("Self-signed"), numbers.self_signed, "bad", results(warning=Warned.SELF_SIGNED)))
    return BarChart("ca", _("Certificates by CA"), _("Issuer"), _("Certificates"), bars)


def _issued_by(name: str) -> str:
    value = by_issuer(name)
    return results(issued=value) if value else ""
