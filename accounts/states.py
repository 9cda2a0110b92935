"""The states of an administrator, and the moves between them."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sslportal.kit.moves import Badge, move_from, moves


class Status(models.TextChoices):
    PENDING = "pending", pgettext_lazy("person", "Pending")  # invited, set-up not complete
    ACTIVE = "active", _("Active")
    REMOVED = "removed", _("Removed")  # kept for the history only; the address is free again


SHOWN = (Status.ACTIVE, Status.PENDING)  # on the list of administrators

BADGES = {
    Status.PENDING: Badge("waiting", "clock"),
    Status.ACTIVE: Badge("good", "check-circle"),
    Status.REMOVED: Badge("ended", "no-symbol"),
}

MOVES = moves(
    move_from("set_up", {Status.PENDING}, Status.ACTIVE, _("Set-up completed")),
    move_from("remove", {Status.PENDING, Status.ACTIVE}, Status.REMOVED, _("Deleted")),
)

# What the history tells of a person beside the moves
EVENTS = {
    "create": pgettext_lazy("event", "Created"),
    "invite": _("Invited"),
    "invite_again": _("Invitation sent again"),
    "edit": _("Edited"),
    "sign_in": _("Signed in"),
    "sign_out": _("Signed out"),
    "lock": _("Locked after too many wrong passwords or codes"),
    "unlock": _("Unlocked"),
    "ask_reset": _("Password reset requested"),
    "reset_password": _("Password reset"),
    "change_password": _("Password changed"),
    "add_factor": _("Second factor added"),
    "remove_factor": _("Second factor removed"),
    "new_recovery_codes": _("New recovery codes made"),
    "end_session": _("Session ended"),
}

# What the history tells of an account
ACCOUNT_EVENTS = {
    "activate": _("Activated"),
    "send_setup": _("Set-up link sent"),
    "set_up": _("Set-up completed"),
    "edit": _("Edited"),
    "sso_configure": _("Single sign-on configured"),
    "sso_on": _("Single sign-on switched on"),
    "sso_off": _("Single sign-on switched off"),
    "sso_remove": _("Single sign-on removed"),
    "sso_link": _("Signed in by single sign-on for the first time"),
    "sso_unlink": _("Single sign-on of a person taken back"),
    "sso_refused": _("Refused at single sign-on"),
}
