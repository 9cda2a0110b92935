"""What is asked of organization profiles."""

from typing import TYPE_CHECKING, Self

from django.db import models

from profiles import rules
from profiles.states import TAKES_ORDERS

if TYPE_CHECKING:
    from accounts.models import Administrator


class ProfileQuerySet(models.QuerySet):
    """Organization profiles."""

    def visible_to(self, person: "Administrator") -> Self:
        """Those that the person may see: all of the account for a Global Administrator, else those with a role in them."""
        return self.filter(rules.seen_by(person)).distinct()

    def refusing_orders_of(self, person: "Administrator") -> Self:
        """Those in which the person has a role, and for which nobody can request certificates now."""
        return self.filter(accesses__administrator=person).exclude(status__in=TAKES_ORDERS).distinct()

    def orderable_by(self, person: "Administrator") -> Self:
        """Those that the person may request certificates for now."""
        return self.filter(accesses__administrator=person, status__in=TAKES_ORDERS).distinct()
