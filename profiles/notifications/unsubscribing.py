"""Stopping the reminders of one thing for one address, or a report, by a link in the mail, without signing in (RFC 8058)."""

from typing import NamedTuple

from django.conf import settings
from django.core import signing
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.text import Truncator

from profiles.notifications.models import Unsubscribed

SALT = "unsubscribe"
LONGEST_NAME = 60  # so that the link fits into a line of a mail's head, which ends at 998 characters


class Reminders(NamedTuple):
    """The reminders of the end of one thing that go to one address, or one report that is mailed there again and again.

    `name` is what the mail called the thing.
    """

    address: str
    about: str
    name: str

    @property
    def veiled_address(self) -> str:
        """As those may see it who have only the link: "p…@example.com"."""
        local, _at, domain = self.address.rpartition("@")
        return f"{local[:1]}…@{domain}"

    @property
    def is_report(self) -> bool:
        return self.about.startswith("report:")

    @property
    def are_stopped(self) -> bool:
        return Unsubscribed.objects.filter(address=self.address, about=self.about).exists()


def url(address: str, about: str, name: str) -> str:
    """Where somebody at the address stops the reminders of the thing. It works for ever, and nobody else can make it."""
    reminders = Reminders(address, about, Truncator(name).chars(LONGEST_NAME))
    return settings.PORTAL_URL + reverse("unsubscribe", args=[signing.dumps(reminders, salt=SALT, compress=True)])


def read(token: str) -> Reminders | None:
    """What the link is about; None for a link that we did not make."""
    try:
        return Reminders(*signing.loads(token, salt=SALT))
    except signing.BadSignature:
        return None


def unsubscribe(address: str, about: str) -> None:
    """No more reminders of the thing go to the address; safe to call twice."""
    Unsubscribed.objects.get_or_create(address=address, about=about)


def subscribe_again(address: str, about: str) -> None:
    Unsubscribed.objects.filter(address=address, about=about).delete()


def stopped_at(about: str) -> QuerySet[Unsubscribed, str]:
    """The addresses that have stopped the reminders of the thing."""
    return Unsubscribed.objects.filter(about=about).values_list("address", flat=True)
