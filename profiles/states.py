"""The states of an organization profile, and what each allows."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from sslportal.kit.moves import Badge, Move


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


MOVES: dict[str, Move] = {}  # decisions of the vetting team come with its desk

EVENTS = {"add": _("Added"), "access": _("Access changed")}  # what the history tells beside the moves


def allows(status: str, profile_level: str, wanted: str) -> bool:
    """Whether orders of the wanted level go through: an upgrading profile takes OV only, an OV profile never EV."""
    if status not in TAKES_ORDERS:
        return False
    return wanted == Level.OV or (profile_level == Level.EV and status != Status.UPGRADING)
