"""A walk through all that the CAs have signed: whether it is there, is right, and says the same everywhere.

It reads what is there and takes no lock, so that all goes on meanwhile. What is being changed at the moment is passed over.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Min
from django.utils import timezone

from certificates.authorities.checking import cas, certificates, lists, orders
from certificates.trust.models import Service, StatusChange

PATIENCE = timedelta(minutes=1)  # within which a change of status is published
SERVICES: dict[str, str] = {Service.OCSP: "OCSP", Service.CRL: "revocation lists"}


def walk(seen: Counter[str], tell: Callable[[int], None] | None = None) -> Iterator[str]:
    """What is wrong, a sentence each. Counts what was looked at, and tells after each part how many certificates so far."""
    yield from cas.problems(seen)
    yield from orders.problems(seen)
    if seen["unreadable CAs"]:
        yield "What the CAs have signed was not looked at, since a CA's certificate cannot be read."
        return
    yield from certificates.problems(seen, tell)
    yield from lists.problems(seen)
    yield from _unpublished()


def summary(seen: Counter[str]) -> str:
    """What was looked at."""
    words = ("CAs", "orders", "certificates", "OCSP answers", "revocation lists", "entries of them")
    counts = ", ".join(f"{seen[word]:,} {word}" for word in words)
    keys = f"{seen['keys']:,} keys" if settings.CA_KEYS else "no keys, which this process does not have"
    return f"Looked at {counts}, {keys}."


def _unpublished() -> Iterator[str]:
    late = StatusChange.objects.filter(at__lt=timezone.now() - PATIENCE)
    for row in late.values("service").annotate(number=Count("pk"), first=Min("at")).order_by("service"):
        yield (
            f"{row['number']:,} change(s) of status are not published by {SERVICES[row['service']]}, the first since "
            f"{row['first']:%Y-%m-%d %H:%M} UTC. Does the ca worker run?"
        )
