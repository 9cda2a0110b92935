"""Who may see scans and what they found: every administrator of the account."""

from typing import TYPE_CHECKING

from django.db.models import Q

if TYPE_CHECKING:
    from accounts.models import Administrator
    from discovery.models import Scan


def may_scan(person: "Administrator", account_id: int) -> bool:
    return person.account_id == account_id and person.may("discovery.scan")


def may_be_heard(scan: "Scan") -> bool:
    """Whether what its program says counts: not once the person who runs it has left."""
    return scan.run_by is None or may_scan(scan.run_by, scan.account_id)


def seen_by(person: "Administrator") -> Q:
    """Those of the person's account."""
    return Q(account_id=person.account_id) if person.account_id and person.may("discovery.see") else Q(pk__in=[])


def changes_seen_by(person: "Administrator") -> Q:
    may = person.account_id and person.may("discovery.see")
    return Q(scan__account_id=person.account_id) if may else Q(pk__in=[])
