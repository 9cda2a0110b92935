"""How much of what scans find the portal keeps for one account, so that nobody fills the database of all."""

from collections.abc import Iterable

from django.db.models import Sum
from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from discovery.models import Finding, FoundCertificate
from sslportal.kit.moves import Refused

MOST_BYTES = 1_000_000_000  # of certificates, one of which has about 1,500
AROUND = 1_000  # bytes that are kept beside each
MOST_PLACES = 500_000  # that the results list; a scan adds at most 131,068, two for each pair


class NoRoom(Refused):
    """The account has too much already. What it is told is written when it is shown, in the language in use."""


def require_room(account: Account, more: Iterable[FoundCertificate]) -> None:
    """For these, which are new. Raises NoRoom."""
    kept = account.found_certificates.aggregate(size=Sum(Length("der") + AROUND))["size"] or 0
    if kept + sum(len(row.der) + AROUND for row in more) > MOST_BYTES:
        raise NoRoom(
            _(
                "Scans have found certificates of 1 GB for your account, and the portal keeps no more for one. Cancel scans"
                " that you do not need, or set up one of fewer addresses that deletes the previous results. Certificates"
                " that are listed nowhere any more make room within an hour."
            )
        )


def require_places(account: Account) -> None:
    """For what a scan adds to the results. Raises NoRoom."""
    if Finding.objects.filter(account=account).current().count() > MOST_PLACES:
        raise NoRoom(
            _(
                "Your scan results list more than 500,000 addresses and ports, and nothing is added to so many. Set up a"
                " scan that deletes the previous results."
            )
        )
