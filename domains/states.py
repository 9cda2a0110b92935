"""The states of a domain and of an attempt to confirm it, and the moves between them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from sslportal.kit.moves import Badge, move_from, moves


class Status(models.TextChoices):
    READY = "ready", _("Ready")
    PENDING = "pending", _("Pending")
    UPGRADING = "upgrading", _("Upgrading")
    RE_VETTING = "re-vetting", _("Re-vetting")
    EXPIRING = "expiring", _("Expiring")
    EXPIRED = "expired", _("Expired")
    SUSPENDED = "suspended", _("Suspended")
    DECLINED = "declined", _("Declined")


CONFIRMED = frozenset({Status.READY, Status.EXPIRING, Status.RE_VETTING})  # at the level that the domain has
CONFIRMED_AT_OV = CONFIRMED | {Status.UPGRADING}

BADGES = {
    Status.READY: Badge("good", "check-circle"),
    Status.PENDING: Badge("waiting", "clock"),
    Status.UPGRADING: Badge("working", "arrow-up-circle"),
    Status.RE_VETTING: Badge("working", "arrow-path"),
    Status.EXPIRING: Badge("warning", "exclamation-triangle"),
    Status.EXPIRED: Badge("bad", "x-circle"),
    Status.SUSPENDED: Badge("bad", "pause-circle"),
    Status.DECLINED: Badge("bad", "no-symbol"),
}

MOVES = moves(
    move_from("confirm", {Status.PENDING, Status.UPGRADING}, Status.READY, _("Confirmed")),
    move_from("upgrade", {Status.READY}, Status.UPGRADING, _("Upgrade to EV requested")),
    move_from("refuse_upgrade", {Status.UPGRADING}, Status.READY, _("Upgrade to EV declined"), needs_reason=True),
    move_from("decline", {Status.PENDING}, Status.DECLINED, _("Declined"), needs_reason=True),
)


EVENTS = {"add": _("Added"), "delete": _("Deleted")}  # what the history tells beside the moves


class Method(models.TextChoices):
    """How control of a domain is confirmed."""

    MAIL = "mail", _("Mail to an administrative address")
    MANUAL = "manual", _("Manually Validate")


class Outcome(models.TextChoices):
    """What became of an attempt."""

    WAITING = "waiting", _("Waiting")
    APPROVED = "approved", _("Approved")
    DENIED = "denied", _("Denied")


ATTEMPT_MOVES = moves(
    move_from("approve", {Outcome.WAITING}, Outcome.APPROVED, _("Approved")),
    move_from("deny", {Outcome.WAITING}, Outcome.DENIED, _("Denied")),
)
