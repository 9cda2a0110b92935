"""The history of a request as its requester outside reads it: no names of others, no reasons but one's own words."""

from dataclasses import dataclass
from datetime import datetime

from certificates.models import Order
from sslportal.kit import audit

OWN_WORDS = ("request", "comment")
TOLD = frozenset(
    {
        *OWN_WORDS, "change", "approve", "cancel", "ask_to_cancel", "finish_canceling", "issue", "reject", "mark_unused",
        "restore", "revoke", "expire", "ask-for-csr", "ask-for-key", "supply-csr",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """What happened, when; what was changed; what the requester said."""

    says: str
    at: datetime
    edited: list[tuple[str, str, str]]
    text: str


def of(order: Order) -> list[Line]:
    """Oldest first."""
    return [_line(told) for told in audit.story(order) if told.entry.verb in TOLD]


def _line(told: audit.Told) -> Line:
    verb = told.entry.verb
    return Line(
        says=told.says,
        at=told.entry.at,
        edited=told.edited if verb == "change" else [],
        text=told.entry.reason if verb in OWN_WORDS else "",
    )
