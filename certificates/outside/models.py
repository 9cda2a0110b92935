"""An account's request portal, visits to it, who asked by it for an order, and captchas that were solved."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from certificates.outside.queries import RequestPortalQuerySet
from certificates.outside.states import EVENTS
from sslportal.kit import clock
from sslportal.kit.models import Draft


class RequestPortal(models.Model):
    """The request portal of an account. It keeps its address when it is switched off and on again."""

    MOVES: dict[str, Any] = {}
    EVENTS = EVENTS

    account = models.OneToOneField(Account, on_delete=models.PROTECT, related_name="request_portal")
    slug = models.CharField(max_length=40, unique=True, help_text="What its address ends in; nobody can guess it.")
    is_enabled = models.BooleanField(default=False)
    contact = models.EmailField(_("Contact Email"), max_length=254)
    header = models.CharField(_("Header String"), max_length=100, blank=True)
    shows_logo = models.BooleanField(_("Use your logo"), default=False)
    logo = models.BinaryField(default=b"", help_text="A PNG of our own making (certificates/outside/logos.py).")
    logo_width = models.PositiveSmallIntegerField(default=0, help_text="In which it is shown.")
    logo_height = models.PositiveSmallIntegerField(default=0)
    filters_domains = models.BooleanField(_("Enable email address domain filtering"), default=False)
    mail_domains = ArrayField(
        models.CharField(max_length=253),
        default=list,
        verbose_name=_("Email Address Domains"),
        help_text="As A-labels, in lower case.",
    )
    requires_captcha = models.BooleanField(_("Require Captcha for certificate request portal access"), default=False)
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    objects = RequestPortalQuerySet.as_manager()

    class Meta:
        verbose_name = _("request portal")
        verbose_name_plural = _("request portals")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(filters_domains=False) | ~models.Q(mail_domains=[]), name="filter_lets_somebody_in"
            ),
        ]

    def __str__(self) -> str:
        return self.contact

    def get_absolute_url(self) -> str:
        return reverse("request-portal:settings")

    @property
    def url(self) -> str:
        """Where people without an account find it."""
        return settings.PORTAL_URL + reverse("outside:entrance", args=[self.slug])

    @property
    def title(self) -> str:
        return self.header or gettext("Certificate Request Portal")

    @property
    def has_logo(self) -> bool:
        return self.shows_logo and bool(self.logo)


class FromOutside(models.Model):
    """Somebody's mail address, and by what limits are counted: the mailbox, its domain, and the network."""

    email = models.EmailField(max_length=254, help_text="In lower case, the domain as A-labels.")
    mailbox = models.CharField(max_length=254, help_text="The same without what stands behind a plus sign.")
    mail_domain = models.CharField(max_length=253)
    network = models.CharField(max_length=45, help_text="Where the request came from, without the last bits.")
    language = models.CharField(max_length=2, choices=settings.LANGUAGES, default="en", help_text="Of the browser.")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.email


class Visit(FromOutside):
    """Somebody at the request portal, for an hour: the browser's cookie has the key. It is no administrator's session.

    The address is proved by the code, or by the link in the same mail; visits by a link have it proved.
    """

    portal = models.ForeignKey(RequestPortal, on_delete=models.CASCADE, related_name="visits", db_index=False)
    key = models.BinaryField(max_length=32, unique=True, help_text="SHA-256 of what the cookie holds.")
    is_by_link = models.BooleanField(default=False)
    is_proved = models.BooleanField(default=False)
    code = models.CharField(max_length=64, blank=True, help_text="An HMAC of the code; none counts where it is empty.")
    code_until = models.DateTimeField(null=True)
    code_tries = models.PositiveSmallIntegerField(default=0)
    draft = models.OneToOneField(Draft, on_delete=models.SET_NULL, null=True, related_name="+")
    steps = models.PositiveIntegerField(default=0, help_text="How many pages were sent.")
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["portal", "created_at"], name="visits_of_portal"),
            models.Index(fields=["expires_at"], name="visits_by_end"),
        ]


class Outsider(FromOutside):
    """Who asked for one order by the request portal, as known at that moment: one row an order."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    reference = models.CharField(
        max_length=16, unique=True, help_text="What the request is called outside; nobody can guess another one's."
    )
    was_proved = models.BooleanField(help_text="Whether the address was proved before the request was sent.")

    class Meta:
        indexes = [
            models.Index(fields=["account", "created_at"], name="outsiders_of_account"),
            models.Index(fields=["account", "email"], name="outsiders_by_address"),
        ]


class SpentCaptcha(models.Model):
    """A captcha that was solved, which counts once. Kept here, since the cache may forget."""

    digest = models.BinaryField(max_length=32, unique=True)
    at = models.DateTimeField(default=clock.now, db_index=True)

    def __str__(self) -> str:
        return bytes(self.digest).hex()
