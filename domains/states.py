"""The states of a domain and of an attempt to confirm it, and the moves between them."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

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
UP = CONFIRMED_AT_OV  # serves orders, until its end
UNDER_WAY = frozenset({Status.PENDING, Status.UPGRADING, Status.RE_VETTING})  # somebody is confirming it

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
    # control was proved: by the reader of a mail, by a record or a file, or by the vetting team
    move_from("confirm", {Status.PENDING}, Status.READY, _("Confirmed")),
    move_from("finish_upgrade", {Status.UPGRADING}, Status.READY, _("Upgraded to EV")),
    move_from("reconfirm", {Status.RE_VETTING, Status.EXPIRED}, Status.READY, _("Confirmed again")),
    # it was refused
    move_from("decline", {Status.PENDING}, Status.DECLINED, _("Declined"), needs_reason=True),
    move_from("refuse_upgrade", {Status.UPGRADING}, Status.READY, _("Upgrade to EV declined"), needs_reason=True),
    move_from("refuse_revetting", {Status.RE_VETTING}, Status.EXPIRING, _("Re-vetting declined"), needs_reason=True),
    # by the customer
    move_from("upgrade", {Status.READY, Status.EXPIRING}, Status.UPGRADING, _("Upgrade to EV requested")),
    move_from("revet", {Status.READY, Status.EXPIRING, Status.EXPIRED}, Status.RE_VETTING, _("Re-vetting started")),
    # by the vetting team
    move_from("suspend", UP, Status.SUSPENDED, _("Suspended"), needs_reason=True),
    move_from("resume", {Status.SUSPENDED}, Status.READY, _("Resumed")),
    # by time
    move_from("expiring", {Status.READY}, Status.EXPIRING, _("Expires soon")),
    move_from("renew", {Status.READY, Status.EXPIRING}, Status.READY, _("Confirmed again by its DNS record")),
    move_from("settle", {Status.EXPIRING}, Status.READY, _("The confirmation still holds")),
    move_from("time_out_upgrade", {Status.UPGRADING}, Status.READY, _("Upgrade to EV not confirmed in time")),
    move_from("time_out_revetting", {Status.RE_VETTING}, Status.EXPIRING, _("Re-vetting not confirmed in time")),
    move_from("expire", UP, Status.EXPIRED, _("Expired")),  # Suspended stays so until the vetting team resumes it
)

EVENTS = {  # what the history tells beside the moves
    "add": _("Added"),
    "delete": _("Deleted"),
    "choose": _("Way of confirming changed"),
    "time_out": _("Not confirmed in time"),
    "no_reminders": _("No more reminders until it expires"),
    "record_gone": _("Its DNS record is gone"),
}


class Method(models.TextChoices):
    """How control of a domain is confirmed; the keys are those of the policy's rows."""

    MAIL = "mail", _("Mail to an administrative address")
    DNS_CONTACT = "dns-contact", _("Mail to a contact named in DNS")
    WHOIS = "whois", _("Mail to a contact named in WHOIS")
    DNS = "dns", _("DNS record")
    FILE = "file", _("File on the web server")
    MANUAL = "manual", _("Manually Validate")


BY_MAIL = frozenset({Method.MAIL, Method.DNS_CONTACT, Method.WHOIS})
CHECKED = frozenset({Method.DNS, Method.FILE})  # a worker looks until it is there


class Outcome(models.TextChoices):
    """What became of an attempt."""

    WAITING = "waiting", pgettext_lazy("attempt", "Waiting")
    PROVED = "proved", _("Control proved, the vetting team finishes")
    APPROVED = "approved", _("Approved")
    DENIED = "denied", _("Denied")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    TIMED_OUT = "timed-out", _("Not answered in time")


OPEN = frozenset({Outcome.WAITING, Outcome.PROVED})

ATTEMPT_MOVES = moves(
    move_from("prove", {Outcome.WAITING}, Outcome.PROVED, _("Control proved")),
    move_from("approve", OPEN, Outcome.APPROVED, _("Approved")),
    move_from("deny", OPEN, Outcome.DENIED, _("Denied")),
    move_from("withdraw", OPEN, Outcome.WITHDRAWN, _("Withdrawn")),
    move_from("time_out", {Outcome.WAITING}, Outcome.TIMED_OUT, _("Not answered in time")),
)
