"""How many unique domains an account has, and whether its subscriptions have room for more (D16)."""

from collections.abc import Iterable

from django.db.models import Count
from django.utils.translation import ngettext

from accounts import subscriptions
from accounts.models import Account
from domains.models import Domain
from sslportal.kit.moves import Refused


class OverSubscription(Refused):
    """The account has as many unique domains as it has subscribed to."""


def unique_domains(account: Account) -> int:
    """How many names count against the subscriptions: each once, however many profiles have it."""
    ours = Domain.objects.counted().filter(profile__account=account)
    return int(ours.aggregate(count=Count("name", distinct=True))["count"])


def over_subscription(account: Account, wanted: Iterable[str] = ()) -> int:
    """By how many unique domains the account is over its running subscriptions, once it has these names too.

    An account that never had a subscription has no limit.
    """
    if not account.subscriptions.exists():
        return 0
    ours = Domain.objects.counted().filter(profile__account=account)
    new = set(wanted) - set(ours.filter(name__in=wanted).values_list("name", flat=True))
    return max(0, unique_domains(account) + len(new) - subscriptions.allowed_domains(account))


def says(over: int) -> str:
    """The sentence about names that are too many."""
    return ngettext(
        "Your subscription has no room for this domain. Remove one that you no longer use, or ask for a larger "
        "subscription.",
        "Your subscription has room for %(count)d domains less than these. Remove some that you no longer use, or ask "
        "for a larger subscription.",
        over,
    ) % {"count": over}
