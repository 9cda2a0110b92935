"""Who may do what with the people of an account."""

from typing import TYPE_CHECKING

from django.db.models import Q

if TYPE_CHECKING:
    from accounts.models import Account, Administrator


def may_view(person: "Administrator", other: "Administrator") -> bool:
    """Everybody sees the administrators of the own account."""
    return person.account_id is not None and person.account_id == other.account_id


def seen_by(person: "Administrator") -> Q:
    """The same as may_view, for a query."""
    return Q(account_id=person.account_id) if person.account_id else Q(pk__in=[])


def may_manage(person: "Administrator", account: "Account | None") -> bool:
    """Global Administrators add, edit, unlock and remove the administrators of their account, and edit the account."""
    return account is not None and person.account_id == account.pk and person.may("administrators.manage")
