"""Confirmation by the vetting team, which finds out by itself and writes down how."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from domains.methods.base import Contacts, Explanation, Finding, Offer
from domains.states import Method
from sslportal.kit.names import Name

if TYPE_CHECKING:
    from domains.models import Attempt, Check

VALUE = "manual"


def offer(name: Name, known: Contacts) -> list[Offer]:
    why = _("The vetting team makes sure that the organization controls the domain. This takes longer.")
    return [Offer(VALUE, Method.MANUAL, _("Manually Validate"), why)]


def start(attempt: "Attempt") -> None:
    """It is at the desk by being written."""


async def check(name: str, value: str) -> Finding | None:
    """People look; there is nothing for a worker."""
    return None


def explain(attempt: "Attempt", last: "Check | None") -> Explanation:
    return Explanation(
        [
            _(
                "The vetting team is confirming that the organization controls the domain, and may call or write to "
                "you. There is nothing to do here meanwhile."
            )
        ]
    )
