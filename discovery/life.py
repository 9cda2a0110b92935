"""What time does to scans: those that nobody runs lapse, and what nothing refers to any more is forgotten."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F, Sum, Window

from accounts.models import Account
from discovery.actions import scans
from discovery.models import Change, FoundCertificate, Scan
from discovery.states import OPEN
from sslportal.kit import clock
from sslportal.kit.moves import lock

KEPT = timedelta(days=400)
MOST_CHANGES = 200_000  # of an account, of its latest scans; one scan makes at most 131,068
AT_ONCE = 10_000


def sweep() -> None:
    """Safe to run twice."""
    for scan in Scan.objects.silent():
        scans.lapse(scan)
    forget()


def forget() -> None:
    """Old scans, unless their results are still listed, old changes, and certificates that are nowhere any more."""
    over = Scan.objects.exclude(status__in=OPEN)
    over.filter(created_at__lt=clock.now() - KEPT, findings=None).delete()
    Change.objects.filter(scan__in=_of_long_ago()).delete()
    unlisted = FoundCertificate.objects.unreferenced()
    for account in Account.objects.filter(pk__in=unlisted.values("account")):
        _forget_certificates(account)


@transaction.atomic
def _forget_certificates(account: Account) -> None:
    """The account is locked, so that no scan finds one of them again meanwhile."""
    unlisted = lock(account).found_certificates.unreferenced()
    while gone := list(unlisted.values_list("pk", flat=True)[:AT_ONCE]):
        FoundCertificate.objects.filter(pk__in=gone).delete()


def _of_long_ago() -> list[int]:
    """The scans before those that have made enough changes."""
    since = Window(Sum("changes"), partition_by=F("account"), order_by=F("pk").desc())
    changing = Scan.objects.filter(changes__gt=0).annotate(since=since)
    return list(changing.filter(since__gt=MOST_CHANGES).values_list("pk", flat=True))
