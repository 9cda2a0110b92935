"""The states of a scan and the moves between them; the statuses and warnings of what is found."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sslportal.kit.moves import Badge, move_from, moves


class Status(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("scan", "Not started")
    RUNNING = "running", pgettext_lazy("scan", "Running")
    STOPPED = "stopped", pgettext_lazy("scan", "Stopped")
    FINISHED = "finished", pgettext_lazy("scan", "Finished")
    CANCELED = "canceled", pgettext_lazy("scan", "Canceled")
    FAILED = "failed", pgettext_lazy("scan", "Failed")
    LAPSED = "lapsed", pgettext_lazy("scan", "Lapsed")


OPEN = frozenset({Status.WAITING, Status.RUNNING, Status.STOPPED})  # something may still come of it

BADGES = {
    Status.WAITING: Badge("waiting", "clock"),
    Status.RUNNING: Badge("working", "arrow-path"),
    Status.STOPPED: Badge("waiting", "pause-circle"),
    Status.FINISHED: Badge("good", "check-circle"),
    Status.CANCELED: Badge("neutral", "no-symbol"),
    Status.FAILED: Badge("bad", "x-circle"),
    Status.LAPSED: Badge("neutral", "archive-box"),
}

MOVES = moves(
    move_from("start", {Status.WAITING, Status.STOPPED}, Status.RUNNING, _("Scan started")),
    move_from("stop", {Status.RUNNING}, Status.STOPPED, _("Scan stopped")),
    move_from("finish", {Status.RUNNING}, Status.FINISHED, _("Scan finished")),
    move_from("cancel", OPEN, Status.CANCELED, _("Scan canceled")),
    move_from("fail", {Status.WAITING, Status.RUNNING}, Status.FAILED, _("Scan failed"), needs_reason=True),
    move_from("lapse", OPEN, Status.LAPSED, _("Scan given up: nothing was heard of it for a week")),
)

EVENTS = {
    "set_up": _("Scan set up"),
    "download": _("Scan program downloaded"),
}

SCHEDULE_EVENTS = {
    "set_up": _("Scan schedule set up"),
    "end": _("Scan schedule ended"),
}


class Place(models.TextChoices):
    """Where a scan runs."""

    COMPUTER = "computer", _("Your own computer")
    PORTAL = "portal", _("The portal")


class Speed(models.TextChoices):
    """How many connections at once; the engine knows them by the same keys."""

    SLOW = "slow", _("Slow")
    NORMAL = "normal", _("Normal")
    FAST = "fast", _("Fast")


class Save(models.TextChoices):
    """What becomes of the results that are there."""

    REPLACE = "replace", _("Delete previous scan results and replace new results")
    MERGE = "merge", _("Merge scan results with previously saved results")


class Verdict(models.TextChoices):
    """What is said of a certificate that was found (F4)."""

    GOOD = "good", pgettext_lazy("certificate", "Good")
    WARNING = "warning", pgettext_lazy("certificate", "Warning")
    EXPIRED = "expired", _("Expired")
    REVOKED = "revoked", _("Revoked")


VERDICT_BADGES = {
    Verdict.GOOD: Badge("good", "check-circle"),
    Verdict.WARNING: Badge("warning", "exclamation-triangle"),
    Verdict.EXPIRED: Badge("bad", "x-circle"),
    Verdict.REVOKED: Badge("bad", "no-symbol"),
}


class Warned(models.TextChoices):
    """What a certificate that was found is warned of (F4). EXPIRING and NOT_YET_VALID go by the day and are kept nowhere."""

    KEY_LENGTH = "key-length", _("Key Length")
    WEAK_KEY = "weak-key", _("Weak Key")
    CRIME = "crime", _("Crime")
    SELF_SIGNED = "self-signed", _("Self-signed")
    STATUS_UNKNOWN = "status-unknown", _("Status Unknown")
    EXPIRING = "expiring", pgettext_lazy("certificate", "Expiring")
    SHA1 = "sha-1", _("SHA-1")
    NAME_MISMATCH = "name-mismatch", _("Name Mismatch")
    INCOMPLETE_CHAIN = "incomplete-chain", _("Incomplete Chain")
    NOT_YET_VALID = "not-yet-valid", _("Not Yet Valid")
    UNREADABLE = "unreadable", pgettext_lazy("certificate", "Unreadable")


class Revocation(models.TextChoices):
    """What the CA says of a certificate, by OCSP or its revocation list."""

    UNKNOWN = "unknown", pgettext_lazy("certificate", "Unknown")
    GOOD = "good", pgettext_lazy("certificate", "Not revoked")
    REVOKED = "revoked", _("Revoked")


class Changed(models.TextChoices):
    """What is not as it was before a scan."""

    NEW = "new", pgettext_lazy("certificate", "New")
    OTHER = "other", _("Another certificate")
    GONE = "gone", pgettext_lazy("certificate", "Gone")


CHANGE_BADGES = {
    Changed.NEW: Badge("good", "plus-circle"),
    Changed.OTHER: Badge("working", "arrows-right-left"),
    Changed.GONE: Badge("warning", "minus-circle"),
}
