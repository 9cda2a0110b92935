"""What an account has subscribed to, and how much of it is used: the app that knows says how to count."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from accounts.models import Account, Subscription
from sslportal.kit import clock

_counters: list[Callable[[Account], int]] = []


def count_domains_by(count: Callable[[Account], int]) -> None:
    """Say who counts the unique domains of an account (D16): the app of domains, which stands above this one."""
    _counters[:] = [count]


def used_domains(account: Account) -> int:
    """How many unique domains the account uses."""
    return sum(count(account) for count in _counters)


@dataclass(frozen=True)
class Told:
    """A subscription, and whether it runs today in the account's time zone."""

    subscription: Subscription
    state: str  # "running", "ended" or "later"


def of(account: Account) -> list[Told]:
    """The account's subscriptions, the first to begin first."""
    today = clock.now().astimezone(account.zone).date()
    return [Told(one, _state(one, today)) for one in account.subscriptions.all()]


def _state(subscription: Subscription, today: date) -> str:
    if subscription.ends_on < today:
        return "ended"
    return "later" if subscription.starts_on > today else "running"


def allowed_domains(account: Account) -> int:
    """How many unique domains the running subscriptions allow together."""
    return sum(told.subscription.domains for told in of(account) if told.state == "running")
