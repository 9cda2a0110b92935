"""An account's webhook, and its deliveries: one event each, as it is sent."""

import uuid
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Greatest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from yarl import URL

from accounts.webhooks import rules, states
from accounts.webhooks.states import OffBecause, Status
from sslportal.kit import clock
from sslportal.kit.sealing import seal, unseal

if TYPE_CHECKING:
    from accounts.models import Administrator

TEST = "webhook.test"  # the event that a person sends to try the webhook


class WebhookQuerySet(models.QuerySet):
    """Webhooks."""

    def visible_to(self, person: "Administrator") -> Self:
        return self.filter(rules.webhook_seen_by(person))

    def to_serve(self) -> Self:
        """Those with something to send now that no worker has in hand, the one that waits longest first."""
        now = clock.now()
        waiting = Delivery.objects.filter(webhook=OuterRef("pk"), status=Status.WAITING)
        due = waiting.filter(is_urgent=False, next_try_at__lte=now)
        in_turn = Q(Exists(due), is_on=True, paused_until__lte=now)
        return self.filter(in_turn | Q(Exists(waiting.filter(is_urgent=True))), leased_until__lte=now).order_by(
            "leased_until"
        )


class Webhook(models.Model):
    """Where an account's events go. `well_at`: something last got through, or it was pointed there or switched on."""

    MOVES: dict[str, Any] = {}
    EVENTS = states.EVENTS

    account = models.OneToOneField("accounts.Account", on_delete=models.PROTECT, related_name="webhook")
    url = models.CharField(_("URL"), max_length=2000)
    is_on = models.BooleanField(_("Send events"), default=False)
    off_because = models.CharField(max_length=10, choices=OffBecause, blank=True)
    sealed_secret = models.TextField()
    sealed_former_secret = models.TextField(blank=True)
    former_until = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0, help_text="In a row.")
    well_at = models.DateTimeField(default=clock.now)
    paused_until = models.DateTimeField(default=clock.now)
    leased_until = models.DateTimeField(default=clock.now, help_text="Until then one worker has it in hand.")
    created_at = models.DateTimeField(default=clock.now)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self) -> str:
        return URL(self.url).host or ""

    def get_absolute_url(self) -> str:
        return reverse("accounts:webhook")

    @property
    def secret(self) -> str:
        return unseal(self.sealed_secret)

    @secret.setter
    def secret(self, secret: str) -> None:
        self.sealed_secret = seal(secret)

    @property
    def has_former_secret(self) -> bool:
        """Whether the secret before this one still signs."""
        return self.former_until is not None and clock.now() < self.former_until

    @property
    def signing_secrets(self) -> list[str]:
        """By which a delivery is signed now: the secret, and for a day the one before it."""
        return [self.secret, unseal(self.sealed_former_secret)] if self.has_former_secret else [self.secret]


class DeliveryQuerySet(models.QuerySet):
    """Deliveries."""

    def visible_to(self, person: "Administrator") -> Self:
        return self.filter(rules.delivery_seen_by(person))

    def of_lane(self, webhook: Webhook) -> Self:
        """What to send now of a webhook that `to_serve` has found: first what people ask for, then in turn."""
        now, rows = clock.now(), self.filter(webhook=webhook, status=Status.WAITING)
        in_turn = Q(next_try_at__lte=now) if webhook.is_on and webhook.paused_until <= now else Q(pk__in=[])
        return rows.filter(in_turn | Q(is_urgent=True)).order_by("-is_urgent", "next_try_at", "pk")

    def with_next_try(self) -> Self:
        """Each with `next_try`, when it is tried next: not before the pause of its webhook is over."""
        moment = Greatest("next_try_at", F("webhook__paused_until"))
        return self.annotate(
            next_try=models.Case(models.When(status=Status.WAITING, webhook__is_on=True, then=moment), default=None)
        )


class Delivery(models.Model):
    """One event on its way to the receiver. The body is written once, so that every try sends the same bytes."""

    BADGES = states.BADGES

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    uid = models.UUIDField(default=uuid.uuid4, help_text="The same at every try: receivers drop doubles by it.")
    key = models.CharField(max_length=200, help_text="What the event is: it is announced once.")
    event = models.CharField(_("Event"), max_length=80)
    body = models.TextField()
    status = models.CharField(_("Status"), max_length=10, choices=Status, default=Status.WAITING)
    is_urgent = models.BooleanField(
        default=False, help_text="A person asks for it: no pause, and also while it is off."
    )
    tries = models.PositiveIntegerField(_("Tries"), default=0)
    next_try_at = models.DateTimeField(default=clock.now)
    tried_at = models.DateTimeField(null=True)
    http_status = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=20, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    answer = models.TextField(blank=True, help_text="The beginning of what was answered, as text.")
    created_at = models.DateTimeField(_("When"), default=clock.now)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="delivery_status_known"),
            models.UniqueConstraint(fields=["webhook", "key"], name="one_delivery_an_event"),
        ]
        indexes = [
            models.Index(
                fields=["webhook", "is_urgent", "next_try_at"],
                name="deliveries_waiting",
                condition=Q(status=Status.WAITING.value),
            ),
            models.Index(fields=["webhook", "-id"], name="deliveries_of_webhook"),
            models.Index(fields=["created_at"], name="deliveries_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.uid}"

    def get_absolute_url(self) -> str:
        return reverse("accounts:webhook-delivery", args=[self.pk])
