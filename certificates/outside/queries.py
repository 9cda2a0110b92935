"""What is asked of request portals, and of the profiles that they show."""

from typing import TYPE_CHECKING, Self

from django.db import models

from certificates.outside import rules
from profiles.models import OrganizationProfile
from profiles.states import TAKES_ORDERS

if TYPE_CHECKING:
    from accounts.models import Administrator
    from certificates.outside.models import RequestPortal


class RequestPortalQuerySet(models.QuerySet):
    """Request portals."""

    def visible_to(self, person: "Administrator") -> Self:
        return self.filter(rules.managed_by(person))

    def open(self) -> Self:
        """Those that answer; the others are not told from those that never were."""
        return self.filter(is_enabled=True).select_related("account")


def profiles_of(portal: "RequestPortal") -> models.QuerySet[OrganizationProfile]:
    """The profiles that can be asked for certificates by it now."""
    return OrganizationProfile.objects.filter(
        account=portal.account_id, in_request_portal=True, status__in=TAKES_ORDERS
    )
