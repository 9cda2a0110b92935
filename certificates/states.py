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
    move_from("mark_unused", {Status.ISSUED}, Status.UNUSED, _("Marked as unused")),
    move_from("restore", {Status.UNUSED}, Status.ISSUED, _("Restored")),
    move_from("revoke", {Status.ISSUED, Status.UNUSED}, Status.REVOKED, _("Revoked"), needs_reason=True),
    move_from("expire", {Status.ISSUED, Status.UNUSED}, Status.EXPIRED, _("Expired")),
)


class Kind(models.TextChoices):
    """How an order came about: by itself, as a copy of another one's certificate, or to follow on it."""

    NEW = "new", pgettext_lazy("order", "New")
    REISSUE = "re-issue", _("Re-issue")
    RENEWAL = "renewal", _("Renewal")


class Reason(models.TextChoices):
    """Why a certificate is not to be trusted: the six reasons that people choose from (E17), and being unused (E16)."""

    INACCURATE = "inaccurate", _("The information in the certificate is incorrect or inaccurate")
    CHANGED = "changed", _("There has been a material change in the information contained in the certificate")
    KEY = (
        "key",
        _("The private key associated with the Public Key listed in the certificate has been stolen or compromised"),
    )
    OWNERSHIP = "ownership", _("There has been a change in the ownership of my web server")
    UNAUTHORIZED = "unauthorized", _("The original Certificate Request was not authorized")
    OTHER = "other", _("Other reason")
    UNUSED = "unused", _("The certificate is marked as unused")


CHOSEN_REASONS = [reason for reason in Reason if reason != Reason.UNUSED]

# CRLReason (RFC 5280, 5.3.1): what CRL and OCSP say. BR 4.9.1.1 names the codes where it knows the case; for a change of what
# a certificate says of its subject BR 7.2.2 has one of its own.
CRL_REASONS = {
    Reason.INACCURATE: 9,  # privilegeWithdrawn
    Reason.CHANGED: 3,  # affiliationChanged
    Reason.KEY: 1,  # keyCompromise
    Reason.OWNERSHIP: 5,  # cessationOfOperation
    Reason.UNAUTHORIZED: 9,  # privilegeWithdrawn
    Reason.OTHER: 0,  # unspecified, which a CRL entry leaves out
    Reason.UNUSED: 6,  # certificateHold
}


class Hold(models.TextChoices):
    """Why a person must do something about an order before it goes on: the vetting team, or with CSR whoever asked for it."""

    NAMES = "names", _("the names mix letters of several scripts and could deceive: %(detail)s")
    IDN = "idn", _("a person must look at its international names: %(detail)s")
    FLAGGED = "flagged", _("its names hold words at which a person must look: %(detail)s")
    LINT = "lint", _("the check before signing found: %(detail)s")
    KEY = "key", _("its key must not be certified")
    CSR = "csr", _("a new CSR is needed: %(detail)s")


AWAIT_CSR = frozenset({Hold.KEY, Hold.CSR})  # whoever asked for the certificate must bring a new CSR


EVENTS = {  # what the history tells beside the moves
    "request": _("Requested"),
    "hold": _("Held for the vetting team"),
    "release": _("Released by the vetting team"),
    "replan": _("Planned anew"),
    "renewed": _("Renewed by another order"),
    "reissued": _("Re-issued by another order"),
    "refuse-caa": _("Held back by CAA records"),
    "ask-for-csr": _("The vetting team asked for a new CSR"),
    "ask-for-key": _("A new CSR is needed"),
    "supply-csr": _("New CSR supplied"),
    "report-key": _("Key reported as compromised"),
    "clear-key": _("Key found not to be compromised"),
    "edit": _("Edited"),
    "change": _("Changed before approval"),
    "comment": _("Comment by the requester"),
}

UNDER_WAY = frozenset({Status.PENDING, Status.CANCELING})  # a worker has something to do
DOWNLOADABLE = frozenset({Status.ISSUED})
LIVE = frozenset(
    {Status.ISSUED, Status.UNUSED}
)  # the certificate is there, not past its end, and could be trusted again
REISSUABLE = frozenset({Status.ISSUED, Status.UNUSED, Status.REVOKED, Status.EXPIRED})
RENEWABLE = frozenset({Status.ISSUED, Status.EXPIRED})
OVER = frozenset({Status.REVOKED, Status.EXPIRED})  # there was a certificate
FAILED = frozenset({Status.CANCELED, Status.REJECTED})  # nothing came of it

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
