"""What an approver does to a request from outside before approving it: another type, validity, other SANs."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from certificates import rules
from certificates.actions.requests import look_at_names, vetted_data
from certificates.models import Order
from certificates.outside import portal_notices
from profiles.states import Level
from sslportal.kit import audit, clock, edits, policy
from sslportal.kit.moves import MovedOn, Refused, lock, require
from sslportal.kit.words import english

if TYPE_CHECKING:
    from accounts.models import Administrator

VALIDITY = gettext_noop("Validity Period")


@transaction.atomic
def change_request(
    order: Order, *, level: str, validity: str, sans: list[str], seen: str | None = None, by: "Administrator"
) -> Order:
    """Change what is asked for, and tell the requester. `seen` is the edition that was looked at.

    Raises PermissionDenied, MovedOn, Refused.
    """
    order = lock(order)
    require(rules.may_approve(by, order) and order.is_from_outside)
    if not rules.may_change(by, order) or seen not in (None, order.edition):
        raise MovedOn(_("Somebody was faster: “%(thing)s” has changed meanwhile.") % {"thing": order})
    if level == Level.EV and order.profile.level != Level.EV:
        raise Refused(_("This organization profile is vetted to OV only."))
    before = order.validity
    changes = edits.write(order, {"level": level, "validity": validity, "sans": sans})
    if not changes:
        return order
    if validity != before:
        changes[VALIDITY] = [_validity_words(order, before), _validity_words(order, validity)]
    look_at_names(order)
    data = vetted_data(order.profile, level) | {"hold": order.hold, "hold_detail": order.hold_detail}
    Order.objects.filter(pk=order.pk).update(**data)
    entry = audit.record(order, "change", by=by, before=order.status, after=order.status, changes=changes)
    portal_notices.changed(order, changes, entry=entry.pk)
    return order


def _validity_words(order: Order, key: str) -> str:
    """The choice in the words of the policy, as the history keeps them; its key where it is no longer on offer."""
    choice = policy.at(clock.now()).find_validity(order.hash_algorithm, key)
    return english(choice.label) if choice else key
