"""What is asked of people and subscriptions."""

import datetime
from typing import TYPE_CHECKING, Any, Self

from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.db import models

from accounts import rules
from accounts.states import SHOWN, Status

if TYPE_CHECKING:
    from accounts.models import Administrator


class AdministratorQuerySet(models.QuerySet):
    """People who sign in, or did."""

    def visible_to(self, person: "Administrator") -> Self:
        """The administrators of the person's own account, but for those who were removed."""
        return self.filter(rules.seen_by(person), status__in=SHOWN)

    def with_marks(self) -> Self:
        """Each with `has_factor`, whether more than a password is asked for, and `tries`, the wrong passwords in a row."""
        factors = Authenticator.objects.filter(user=models.OuterRef("pk")).exclude(
            type=Authenticator.Type.RECOVERY_CODES
        )
        counted = AccessAttempt.objects.filter(username=models.OuterRef("email")).values("username")
        tries = counted.annotate(count=models.Sum("failures_since_start")).values("count")
        return self.annotate(has_factor=models.Exists(factors), tries=models.Subquery(tries))

    def at_address(self, email: str) -> "Administrator | None":
        """Whoever has the address now, Pending or Active."""
        person: Any = self.filter(email=email.strip().lower(), status__in=SHOWN).first()
        return person

    def active_globals(self) -> Self:
        """The Global Administrators who can sign in."""
        return self.filter(is_global=True, status=Status.ACTIVE)


class SubscriptionQuerySet(models.QuerySet):
    """What customers bought."""

    def running(self, day: datetime.date) -> Self:
        """Those that hold on the day."""
        return self.filter(starts_on__lte=day, ends_on__gte=day)
