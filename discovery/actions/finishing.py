"""The end of a scan: what has changed, and its results in the place of those before."""

from collections import Counter

from django.db import transaction
from django.db.models import Count, Exists, F, Func, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Now

from discovery import notices
from discovery.actions import asking
from discovery.actions.scans import drop_questions, heard_of
from discovery.models import Change, Finding, FoundCertificate, Miss, Scan
from discovery.scanner.results import EXCLUDED, FOUND, LOCAL
from discovery.states import OPEN, Changed, Revocation, Save, Status, Warned
from sslportal.kit import clock
from sslportal.kit.moves import lock, move


@transaction.atomic
def finish(scan: Scan) -> bool:
    """Make its results the current ones, if all was looked at and asked. Returns whether it is finished."""
    lock(scan.account)  # one scan of an account after the other
    scan = lock(scan)
    if scan.status == Status.FINISHED:
        return True
    heard_of(scan)
    if scan.status != Status.RUNNING or not scan.is_complete or asking.is_waiting(scan):
        return False
    changes = _compare(scan)
    _replace(scan)
    _warn_of_unknown_status(scan)
    drop_questions(scan)
    Miss.objects.filter(scan__account=scan.account).exclude(scan=scan).exclude(scan__status__in=OPEN).delete()
    found = scan.findings.aggregate(certificates=Count("certificate", distinct=True))["certificates"]
    outcomes = Counter(dict(scan.misses.values_list("outcome").annotate(count=Count("pk"))))
    outcomes[FOUND] = scan.findings.values("host", "port").distinct().count()
    move(scan, "finish", finished_at=clock.now(), outcomes=dict(outcomes), certificates=found, changes=changes)
    if scan.schedule and changes:
        notices.changed(scan, scan.schedule)
    return True


def _warn_of_unknown_status(scan: Scan) -> None:
    """Those of which neither their CA nor we could say whether they are revoked, wherever they are listed."""
    silent = Q(revocation=Revocation.UNKNOWN, is_self_signed=False, issued=None) & ~Q(not_after__lt=Now())
    unknown = Q(certificate__in=FoundCertificate.objects.filter(silent, account=scan.account))
    warned = Q(warnings__contains=[Warned.STATUS_UNKNOWN])
    listed = Finding.objects.filter(account=scan.account).current()
    for rows, change in (
        (listed.filter(unknown & ~warned), "array_append"),
        (listed.filter(warned & ~unknown), "array_remove"),
    ):
        rows.update(warnings=Func(F("warnings"), Value(Warned.STATUS_UNKNOWN.value), function=change))


def _compare(scan: Scan) -> int | None:
    """Write down what is otherwise at the addresses and ports of this scan. None where there is nothing to compare with.

    What is gone, but stays listed as results are merged, is told of once.
    """
    before = Finding.objects.filter(account=scan.account).current()
    if not before.exists():
        return None
    place = {"host": OuterRef("host"), "port": OuterRef("port")}
    same = {**place, "certificate": OuterRef("certificate")}
    seen = scan.misses.exclude(outcome__in=[EXCLUDED, LOCAL])  # where nobody was asked, nothing is known
    asked = Exists(scan.findings.filter(**place)) | Exists(seen.filter(**place))
    told = Change.objects.filter(
        kind=Changed.GONE, host=OuterRef("host"), port=OuterRef("port"), before=OuterRef("certificate"),
        scan__finished_at__gt=OuterRef("seen_at"),
    )  # fmt: skip
    come = _by_place(scan.findings.exclude(Exists(before.filter(**same))))
    gone = _by_place(before.filter(asked).exclude(Exists(scan.findings.filter(**same))).exclude(Exists(told)))
    changes = [change for place in sorted(come.keys() | gone.keys()) for change in _changes(scan, place, come, gone)]
    Change.objects.bulk_create(changes, batch_size=1000)
    return len(changes)


Place = tuple[str, int]


def _by_place(rows: QuerySet[Finding]) -> dict[Place, list[int]]:
    places: dict[Place, list[int]] = {}
    for host, port, certificate in rows.order_by("certificate").values_list("host", "port", "certificate"):
        places.setdefault((host, port), []).append(certificate)
    return places


def _changes(scan: Scan, place: Place, come: dict[Place, list[int]], gone: dict[Place, list[int]]) -> list[Change]:
    """What came beside what went: another certificate in its place; the rest is new, or gone."""
    new, old = come.get(place, []), gone.get(place, [])
    both = min(len(new), len(old))
    pairs: list[tuple[int | None, int | None]] = [*zip(old, new, strict=False)]
    pairs += [(None, one) for one in new[both:]] + [(one, None) for one in old[both:]]
    host, port = place
    return [
        Change(scan=scan, kind=_kind(before, after), host=host, port=port, before_id=before, after_id=after)
        for before, after in pairs
    ]


def _kind(before: int | None, after: int | None) -> str:
    if before and after:
        return Changed.OTHER
    return Changed.NEW if after else Changed.GONE


def _replace(scan: Scan) -> None:
    """The results that were there give way: all, or with Merge those of the same addresses and ports.

    With Merge, what was not found this time stays listed with the date when it was seen: a server may be off for a day.
    """
    former = Finding.objects.filter(account=scan.account).current()
    if scan.save_as == Save.MERGE:
        former = former.filter(Exists(scan.findings.filter(host=OuterRef("host"), port=OuterRef("port"))))
    former._raw_delete(former.db)
    scan.findings.update(is_current=True)
