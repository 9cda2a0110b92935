"""The states of an organization profile, and what each allows."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from sslportal.kit.moves import Badge, move_from, moves


class Level(models.TextChoices):
    """To what level something is vetted."""

    OV = "OV", "OV"
    EV = "EV", "EV"


class Status(models.TextChoices):
    PENDING = "pending", _("Pending")
    READY = "ready", _("Ready")
    UPGRADING = "upgrading", _("Upgrading")
    SUSPENDED = "suspended", _("Suspended")
    RE_VETTING = "re-vetting", _("Re-vetting")
    EXPIRING = "expiring", _("Expiring")
    EXPIRED = "expired", _("Expired")
    DECLINED = "declined", _("Declined")


TAKES_ORDERS = frozenset({Status.READY, Status.UPGRADING, Status.RE_VETTING, Status.EXPIRING})

BADGES = {
    Status.PENDING: Badge("waiting", "clock"),
    Status.READY: Badge("good", "check-circle"),
    Status.UPGRADING: Badge("working", "arrow-up-circle"),
    Status.SUSPENDED: Badge("bad", "pause-circle"),
    Status.RE_VETTING: Badge("working", "arrow-path"),
    Status.EXPIRING: Badge("warning", "exclamation-triangle"),
    Status.EXPIRED: Badge("bad", "x-circle"),
    Status.DECLINED: Badge("bad", "no-symbol"),
}


UP = frozenset({Status.READY, Status.UPGRADING, Status.RE_VETTING, Status.EXPIRING})  # serves orders, until its end

MOVES = moves(
    # by the vetting team
    move_from("approve", {Status.PENDING}, Status.READY, _("Approved")),
    move_from("decline", {Status.PENDING, Status.RE_VETTING}, Status.DECLINED, _("Declined"), needs_reason=True),
    move_from("approve_ev", {Status.UPGRADING}, Status.READY, _("Upgraded to EV")),
    move_from("refuse_ev", {Status.UPGRADING}, Status.READY, _("Upgrade to EV declined"), needs_reason=True),
    move_from("suspend", UP, Status.SUSPENDED, _("Suspended"), needs_reason=True),
    move_from("resume", {Status.SUSPENDED}, Status.READY, _("Resumed")),
    move_from("resume_upgrade", {Status.SUSPENDED}, Status.UPGRADING, _("Resumed")),
    move_from("revet", {Status.READY, Status.EXPIRING, Status.EXPIRED}, Status.RE_VETTING, _("Re-vetting started")),
    move_from("renew", {Status.RE_VETTING}, Status.READY, _("Vetted again")),
    # by the customer and the contract signer
    move_from("request_ev", {Status.READY}, Status.UPGRADING, _("Upgrade to EV requested")),
    move_from("cancel_ev", {Status.UPGRADING}, Status.READY, _("Upgrade to EV canceled")),
    move_from("decline_ev", {Status.UPGRADING}, Status.READY, _("EV terms declined by the contract signer")),
    # by time
    move_from("expiring", {Status.READY}, Status.EXPIRING, _("Expires soon")),
    move_from("settle", {Status.EXPIRING}, Status.READY, _("OV vetting still holds")),
    move_from("expire", UP | {Status.SUSPENDED}, Status.EXPIRED, _("Expired")),
)

EVENTS = {  # what the history tells beside the moves
    "add": _("Added"),
    "access": _("Access changed"),
    "edit": _("Edited"),
    "resend_ev": _("EV terms sent to the contract signer again"),
    "accept_ev": _("EV terms accepted by the contract signer"),
    "lapse_ev": _("EV vetting has lapsed, OV still holds"),
    "check": _("Checked"),
    "take": _("Taken by a vetter"),
    "release": _("Given back by a vetter"),
    "first_approval": _("First of two approvals"),
}


def allows(status: str, profile_level: str, wanted: str) -> bool:
    """Whether orders of the wanted level go through: an upgrading profile takes OV only, an OV profile never EV."""
    if status not in TAKES_ORDERS:
        return False
    return wanted == Level.OV or (profile_level == Level.EV and status != Status.UPGRADING)
