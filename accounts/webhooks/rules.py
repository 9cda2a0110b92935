"""Who may see and change an account's webhook: its Global Administrators, nobody else."""

from typing import TYPE_CHECKING

from django.db.models import Q

if TYPE_CHECKING:
    from accounts.models import Account, Administrator


def may_manage(person: "Administrator", account: "Account") -> bool:
    return person.account_id == account.pk and person.may("account.change")


def webhook_seen_by(person: "Administrator") -> Q:
    """The same as may_manage, for a query."""
    return Q(account_id=person.account_id) if person.account_id and person.may("account.change") else Q(pk__in=[])


def delivery_seen_by(person: "Administrator") -> Q:
    """The deliveries of a webhook that the person may manage."""
    may = person.account_id and person.may("account.change")
    return Q(webhook__account_id=person.account_id) if may else Q(pk__in=[])
