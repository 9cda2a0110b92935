"""The states of a vetting case."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from profiles.states import Status as ProfileStatus
from sslportal.kit.moves import move_from, moves


class Status(models.TextChoices):
    OPEN = "open", _("Open")
    APPROVED = "approved", _("Approved")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


MOVES = moves(
    move_from("approve", {Status.OPEN}, Status.APPROVED, _("Approved")),
    move_from("decline", {Status.OPEN}, Status.DECLINED, _("Declined"), needs_reason=True),
    move_from("withdraw", {Status.OPEN}, Status.WITHDRAWN, _("Withdrawn")),
)

# Which move of the profile approves its case, and which declines it; in no other status is a case decided
APPROVING: dict[str, str] = {
    ProfileStatus.PENDING: "approve",
    ProfileStatus.UPGRADING: "approve_ev",
    ProfileStatus.RE_VETTING: "renew",
}
DECLINING: dict[str, str] = {
    ProfileStatus.PENDING: "decline",
    ProfileStatus.UPGRADING: "refuse_ev",
    ProfileStatus.RE_VETTING: "decline",
}
DECIDABLE = frozenset(APPROVING)
