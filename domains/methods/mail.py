"""Mail to one of the five constructed addresses, at the domain and at each parent (BR 3.2.2.4.4)."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from domains import notices
from domains.methods.base import Contacts, Explanation, Finding, Offer
from domains.states import Method
from sslportal.kit import clock, names, policy, tokens
from sslportal.kit.names import Name

if TYPE_CHECKING:
    from domains.models import Attempt, Check

CONFIRM = "confirm-domain"  # what the link is for


def offer(name: Name, known: Contacts) -> list[Offer]:
    return [of_address(address, Method.MAIL) for address in names.constructed_addresses(name.ascii)]


def of_address(address: str, method: Method, help_: str = "") -> Offer:
    """An address as a choice: its value is the address itself, whatever makes it eligible."""
    return Offer(value=address, method=method, label=address, help=help_, address=address)


def start(attempt: "Attempt") -> None:
    """Send the link. Its random value is 32 bytes, for this mail only."""
    lifetime = timedelta(days=policy.at(clock.now()).confirmation_lifetime_days)
    notices.please_confirm(attempt, tokens.issue(CONFIRM, attempt.pk, lifetime), lifetime)


async def check(name: str, value: str) -> Finding | None:
    """The reader of the mail answers; there is nothing to look for."""
    return None


def explain(attempt: "Attempt", last: "Check | None") -> Explanation:
    words = {"address": attempt.address, "day": _day(attempt)}
    says = [
        _("A mail with a link is on its way to %(address)s. Whoever reads it approves, or does not approve.") % words,
        _("The link works once, until %(day)s. If the mail has not arrived, look among the unwanted mail, send it "
          "again, or choose another way.") % words,
    ]  # fmt: skip
    return Explanation(says)


def _day(attempt: "Attempt") -> str:
    end = attempt.expires_at
    return date_format(end.astimezone(attempt.profile.account.zone), "DATE_FORMAT") if end else ""
