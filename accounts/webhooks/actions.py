"""What Global Administrators do with their account's webhook and its deliveries."""

import uuid
from datetime import timedelta

from django.db import transaction

from accounts.models import Account, Administrator
from accounts.webhooks import rules, signing, tasks
from accounts.webhooks.announcing import Event, delivery_of
from accounts.webhooks.models import TEST, Delivery, Webhook
from accounts.webhooks.states import Status
from sslportal.kit import audit, clock, queue
from sslportal.kit.moves import lock, require
from sslportal.kit.sealing import seal

FORMER_LASTS = timedelta(hours=24)


@transaction.atomic
def configure(account: Account, *, url: str, is_on: bool, by: Administrator) -> str:
    """Set the webhook up, or change it. Returns the secret of a new one, which nobody is told again; else nothing."""
    account = lock(account)
    require(rules.may_manage(by, account))
    webhook = Webhook.objects.select_for_update(no_key=True).filter(account=account).first()
    if webhook is None:
        return _set_up(account, url, is_on, by)
    _change(webhook, url, is_on, by)
    return ""


def _set_up(account: Account, url: str, is_on: bool, by: Administrator) -> str:
    secret = signing.new_secret()
    webhook = Webhook.objects.create(account=account, url=url, is_on=is_on, sealed_secret=seal(secret))
    audit.record(webhook, "create", by=by, changes={"URL": ["", url]})
    if is_on:
        audit.record(webhook, "switch_on", by=by)
    return secret


def _change(webhook: Webhook, url: str, is_on: bool, by: Administrator) -> None:
    """What waits is tried at once where the URL is another, or it is switched on."""
    was_url, was_on = webhook.url, webhook.is_on
    webhook.url, webhook.is_on = url, is_on
    if url != was_url or is_on > was_on:
        webhook.well_at = webhook.paused_until = clock.now()
        webhook.failures, webhook.off_because = 0, ""
        webhook.deliveries.filter(status=Status.WAITING).update(next_try_at=clock.now())
    webhook.save(update_fields=["url", "is_on", "well_at", "paused_until", "failures", "off_because"])
    if url != was_url:
        audit.record(webhook, "edit", by=by, changes={"URL": [was_url, url]})
    if is_on != was_on:
        audit.record(webhook, "switch_on" if is_on else "switch_off", by=by)
    queue.once_after_commit(tasks.send_deliveries)


@transaction.atomic
def make_secret(webhook: Webhook, *, by: Administrator) -> str:
    """A new secret, which nobody is told again. The one before it signs too for a day, so that receivers can change over."""
    webhook = lock(webhook)
    require(rules.may_manage(by, webhook.account))
    secret = signing.new_secret()
    webhook.sealed_former_secret, webhook.former_until = webhook.sealed_secret, clock.now() + FORMER_LASTS
    webhook.secret = secret
    webhook.save(update_fields=["sealed_secret", "sealed_former_secret", "former_until"])
    audit.record(webhook, "new_secret", by=by)
    return secret


@transaction.atomic
def send_test(webhook: Webhook, *, by: Administrator) -> Delivery:
    """Send an event that is none, once, also while the webhook is off."""
    require(rules.may_manage(by, webhook.account))
    event = Event(
        account_id=webhook.account_id,
        name=TEST,
        data={"message": "If you can read this and the signature is right, the webhook works."},
        key=f"test:{uuid.uuid4()}",
        at=clock.now(),
        path=webhook.get_absolute_url(),
    )
    delivery = delivery_of(webhook.pk, event)
    delivery.is_urgent = True
    delivery.save()
    queue.once_after_commit(tasks.send_deliveries)
    return delivery


@transaction.atomic
def send_again(delivery: Delivery, *, by: Administrator) -> None:
    """Send it now, whatever came of it before."""
    delivery = lock(delivery)
    require(rules.may_manage(by, delivery.webhook.account))
    delivery.status, delivery.is_urgent = Status.WAITING, True
    delivery.save(update_fields=["status", "is_urgent"])
    queue.once_after_commit(tasks.send_deliveries)


@transaction.atomic
def forget_old(*, older_than: timedelta) -> None:
    """Deliveries from before that time, and former secrets that no longer sign."""
    Delivery.objects.filter(created_at__lt=clock.now() - older_than).delete()
    Webhook.objects.filter(former_until__lt=clock.now()).update(sealed_former_secret="", former_until=None)
