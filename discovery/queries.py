"""What is asked of scans and of what they found."""

from datetime import timedelta
from typing import TYPE_CHECKING, Self, TypeVar

from django.apps import apps
from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Cast

from certificates.states import Status as OrderStatus
from discovery import rules
from discovery.states import OPEN, Place, Revocation, Status, Verdict, Warned
from sslportal.kit import clock

if TYPE_CHECKING:
    from accounts.models import Administrator

R = TypeVar("R", bound=models.QuerySet)
SOON = timedelta(days=30)  # before its end a certificate is warned of (F4)
SILENCE = timedelta(days=7)  # after which nothing is expected of a scan any more


class ScheduleQuerySet(models.QuerySet):
    """Schedules of scans."""

    def visible_to(self, person: "Administrator") -> Self:
        return self.filter(rules.seen_by(person))

    def going_on(self) -> Self:
        """Those that were not ended."""
        return self.filter(due_at__isnull=False)

    def due(self) -> Self:
        """Those of which a moment has come, the longest ago first; with its scan before under way, one waits."""
        under_way = apps.get_model("discovery", "Scan").objects.filter(schedule=OuterRef("pk")).open()
        return self.filter(~Exists(under_way), due_at__lte=clock.now()).order_by("due_at", "pk")


class ScanQuerySet(models.QuerySet):
    """Scans."""

    def visible_to(self, person: "Administrator") -> Self:
        return self.filter(rules.seen_by(person))

    def open(self) -> Self:
        """Those of which something may still come."""
        return self.filter(status__in=OPEN)

    def last_finished(self) -> Self:
        return self.filter(status=Status.FINISHED).order_by("-finished_at", "-pk")

    def of_workers(self) -> Self:
        """Those that a worker is to go on with now, and none has in hand: accounts take turns, and the scans of each."""
        by_portal = self.filter(place=Place.PORTAL)
        lately = by_portal.filter(account=OuterRef("account")).order_by("-leased_until").values("leased_until")[:1]
        mine = by_portal.filter(status__in={Status.WAITING, Status.RUNNING}, leased_until__lte=clock.now())
        return mine.alias(served=Subquery(lately)).order_by("served", "leased_until", "pk")

    def silent(self) -> Self:
        """Those of which nothing was heard for so long that nothing will be."""
        return self.filter(status__in=OPEN, last_word_at__lte=clock.now() - SILENCE)


def by_place(rows: R) -> R:
    """With `place`, by which addresses are sorted as numbers; names have none, and come after them."""
    is_address = Q(host__contains=":") | Q(host__regex=r"^[0-9.]+$")  # no name ends with a number
    as_number = Cast("host", models.GenericIPAddressField())
    return rows.annotate(place=Case(When(is_address, then=as_number), output_field=models.GenericIPAddressField()))


def revoked(path: str = "") -> Q:
    """Certificates that were found and are revoked: by what their CA said then, or by what we know ourselves now.

    `path` leads to them from what is asked about.
    """
    ours = {OrderStatus.REVOKED, OrderStatus.UNUSED}
    by_us = Q(**{f"{path}issued__isnull": False, f"{path}issued__order__status__in": ours})
    return Q(**{f"{path}revocation": Revocation.REVOKED}) | by_us


class FindingQuerySet(models.QuerySet):
    """Certificates where they were found."""

    def visible_to(self, person: "Administrator") -> Self:
        return self.filter(rules.seen_by(person))

    def current(self) -> Self:
        """Those that the results list."""
        return self.filter(is_current=True)

    def with_status(self) -> Self:
        """Each with `status`, a Verdict, as it is now."""
        now = clock.now()
        return self.annotate(
            status=Case(
                When(revoked("certificate__"), then=Value(Verdict.REVOKED.value)),
                When(not_after__lt=now, then=Value(Verdict.EXPIRED.value)),
                When(~Q(warnings=[]) | self.expiring() | self.not_yet_valid(), then=Value(Verdict.WARNING.value)),
                default=Value(Verdict.GOOD.value),
                output_field=models.CharField(),
            )
        )

    @staticmethod
    def expiring() -> Q:
        """They end soon, and have not yet."""
        now = clock.now()
        return Q(not_after__gte=now, not_after__lt=now + SOON)

    @staticmethod
    def not_yet_valid() -> Q:
        return Q(certificate__not_before__gt=clock.now())

    def warned_of(self, warning: str) -> Self:
        if warning == Warned.EXPIRING:
            return self.filter(self.expiring())
        if warning == Warned.NOT_YET_VALID:
            return self.filter(self.not_yet_valid())
        return self.filter(warnings__contains=[warning])


class FoundQuerySet(models.QuerySet):
    """Certificates that were found, whatever the place."""

    def unreferenced(self) -> Self:
        """Those that nothing refers to any more: no place, no change, no certificate that it issued."""
        model = apps.get_model
        here = OuterRef("pk")
        return self.exclude(
            Exists(model("discovery", "Finding").objects.filter(certificate=here))
            | Exists(model("discovery", "Change").objects.filter(Q(before=here) | Q(after=here)))
            | Exists(self.model._default_manager.filter(issuer_certificate=here))
        )
