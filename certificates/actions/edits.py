"""The verbs of what stays editable on an order: who is told of it, and the comments."""

from typing import TYPE_CHECKING, Any

from django.db import transaction

from certificates import rules
from certificates.models import Order
from sslportal.kit import audit, edits
from sslportal.kit.moves import lock, require

if TYPE_CHECKING:
    from accounts.models import Administrator


@transaction.atomic
def edit_order(order: Order, *, by: "Administrator", **values: Any) -> Order:
    """Write `recipients` or `comments`, whatever became of the order."""
    order = lock(order)
    require(rules.may_edit(by, order))
    if changes := edits.write(order, values):
        audit.record(order, "edit", by=by, changes=changes)
    return order
