"""What apps above this one have to say of an order, and a page of theirs about it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sslportal.kit.moves import Badge

if TYPE_CHECKING:
    from certificates.models import Order


@dataclass(frozen=True)
class Beyond:
    """A button on the order's page, and a line there with the moment that it tells of; either where there is one."""

    label: str
    icon: str
    url: str
    has_button: bool
    says: str = ""
    at: datetime | None = None
    badge: Badge | None = None


# Each app adds what it has for an order, be it nothing; asked for orders that the person may see
SOURCES: list[Callable[["Order"], Beyond | None]] = []


def of(order: "Order") -> list[Beyond]:
    return [beyond for source in SOURCES if (beyond := source(order))]
