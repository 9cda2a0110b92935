"""What each role grants, in one table. A grant that is not in it does not exist, and asking for it raises KeyError."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _


class Role(StrEnum):
    """GLOBAL and MEMBER belong to a person, PRIMARY and STANDARD to a person in one organization profile."""

    MEMBER = "member"  # every administrator of a customer account
    GLOBAL = "global"
    PRIMARY = "primary"
    STANDARD = "standard"
    VETTER = "vetter"  # the operator's vetting team: no customer account


NAMES = {
    Role.MEMBER: _("Administrator"),
    Role.GLOBAL: _("Global Administrator"),
    Role.PRIMARY: _("Primary Administrator"),
    Role.STANDARD: _("Standard Administrator"),
    Role.VETTER: _("Vetting Team"),
}

GRANTS: dict[str, frozenset[Role]] = {
    # seeing: lists show what the rules of each app let through
    "orders.see": frozenset({Role.MEMBER}),
    "domains.see": frozenset({Role.MEMBER}),
    "account.see": frozenset({Role.MEMBER}),
    "administrators.see": frozenset({Role.MEMBER}),
    "introduction.see": frozenset({Role.MEMBER}),
    "profiles.see": frozenset({Role.MEMBER}),
    "notices.see": frozenset({Role.MEMBER}),
    "discovery.see": frozenset({Role.MEMBER}),
    "reports.see": frozenset({Role.MEMBER}),
    "history.see": frozenset({Role.GLOBAL}),
    # doing, in the account
    "account.change": frozenset({Role.GLOBAL}),
    "profiles.add": frozenset({Role.GLOBAL}),
    "administrators.manage": frozenset({Role.GLOBAL}),
    "portal.manage": frozenset({Role.GLOBAL}),
    "preferences.change": frozenset({Role.MEMBER, Role.VETTER}),
    "discovery.scan": frozenset({Role.MEMBER}),
    "reports.make": frozenset({Role.MEMBER}),
    # doing, in a profile
    "orders.request": frozenset({Role.PRIMARY, Role.STANDARD}),
    "orders.edit": frozenset({Role.PRIMARY, Role.STANDARD}),  # recipients and comments
    "orders.approve": frozenset({Role.PRIMARY}),  # and Standard, where the profile's policy says so
    "orders.revoke": frozenset({Role.PRIMARY}),  # the same: revoke, and mark as unused
    "profiles.edit": frozenset({Role.PRIMARY}),  # and Global Administrators
    "orders.cancel": frozenset({Role.PRIMARY, Role.STANDARD}),
    "domains.manage": frozenset({Role.PRIMARY, Role.STANDARD}),
    # the operator's side
    "vetting.decide": frozenset({Role.VETTER}),
    "accounts.activate": frozenset({Role.VETTER}),
}


def grants(role: str, grant: str) -> bool:
    """Whether the role carries the grant. Raises KeyError for a grant that nobody knows."""
    return role in GRANTS[grant]
