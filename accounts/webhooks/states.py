"""The states of a delivery, why a webhook is off, and what its history tells."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sslportal.kit.moves import Badge


class Status(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("delivery", "Waiting")
    DELIVERED = "delivered", pgettext_lazy("delivery", "Delivered")
    FAILED = "failed", pgettext_lazy("delivery", "Failed")  # not tried again unless somebody asks for it


BADGES = {
    Status.WAITING: Badge("waiting", "clock"),
    Status.DELIVERED: Badge("good", "check-circle"),
    Status.FAILED: Badge("bad", "x-circle"),
}


class OffBecause(models.TextChoices):
    """Why the portal has switched a webhook off."""

    FAILING = "failing"  # nothing got through for three days
    GONE = "gone"  # the receiver said so


EVENTS = {
    "create": pgettext_lazy("event", "Created"),
    "edit": _("Edited"),
    "switch_on": _("Switched on"),
    "switch_off": _("Switched off"),
    "new_secret": _("New secret made"),
    "give_up": _("Switched off: nothing got through for three days"),
    "gone": _("Switched off: the receiver answered that it is gone"),
}
