"""The states of a certificate order and the moves between them (requirement E3)."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sslportal.kit.moves import Badge, move_from, moves


class Status(models.TextChoices):
    APPROVE = "approve", pgettext_lazy("status", "Approve")
    PENDING = "pending", _("Pending")
    ISSUED = "issued", _("Issued")
    CANCELING = "canceling", _("Canceling")
    CANCELED = "canceled", _("Canceled")
    REJECTED = "rejected", _("Rejected")
    EXPIRED = "expired", _("Expired")
    REVOKED = "revoked", _("Revoked")
    UNUSED = "unused", _("Unused")


MOVES = moves(
    move_from("approve", {Status.APPROVE}, Status.PENDING, _("Approved and submitted")),
    move_from("cancel", {Status.APPROVE}, Status.CANCELED, _("Canceled")),
    move_from("ask_to_cancel", {Status.PENDING}, Status.CANCELING, _("Cancelation requested")),
    move_from("finish_canceling", {Status.CANCELING}, Status.CANCELED, _("Canceled")),
    move_from("issue", {Status.PENDING}, Status.ISSUED, _("Issued")),
    move_from("reject", {Status.APPROVE, Status.PENDING}, Status.REJECTED, _("Rejected"), needs_reason=True),
    move_from("expire", {Status.ISSUED, Status.UNUSED}, Status.EXPIRED, _("Expired")),
)


class Hold(models.TextChoices):
    """Why a person of the vetting team must look at an order before it goes on."""

    NAMES = "names", _("the names mix letters of several scripts and could deceive: %(detail)s")
    LINT = "lint", _("the check before signing found: %(detail)s")


EVENTS = {  # what the history tells beside the moves
    "request": _("Requested"),
    "hold": _("Held for the vetting team"),
    "release": _("Released by the vetting team"),
    "replan": _("Planned anew"),
    "refuse-caa": _("Held back by CAA records"),
}

UNDER_WAY = frozenset({Status.PENDING, Status.CANCELING})  # a worker has something to do
DOWNLOADABLE = frozenset({Status.ISSUED})

BADGES = {
    Status.APPROVE: Badge("waiting", "hand-raised"),
    Status.PENDING: Badge("working", "clock"),
    Status.ISSUED: Badge("good", "check-circle"),
    Status.CANCELING: Badge("working", "arrow-path"),
    Status.CANCELED: Badge("ended", "minus-circle"),
    Status.REJECTED: Badge("bad", "no-symbol"),
    Status.EXPIRED: Badge("ended", "x-circle"),
    Status.REVOKED: Badge("bad", "shield-exclamation"),
    Status.UNUSED: Badge("ended", "archive-box"),
}
