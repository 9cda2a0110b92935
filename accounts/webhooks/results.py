"""What comes of sending: when a delivery is tried again, when its webhook pauses, and when it is switched off."""

from datetime import timedelta

from django.db import transaction

from accounts.webhooks import notices
from accounts.webhooks.models import TEST, Delivery, Webhook
from accounts.webhooks.states import OffBecause, Status
from sslportal.kit import audit, clock
from sslportal.kit.moves import lock
from sslportal.kit.push import Pushed

WAITS = [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360)]  # after the first try, the second, …
LONGEST_PAUSE = timedelta(minutes=30)
GIVE_UP_AFTER = timedelta(days=3)
GONE = 410
MOST_ANSWER = 2048  # bytes that are kept

_SAYS = {OffBecause.FAILING: "give_up", OffBecause.GONE: "gone"}  # in the history


@transaction.atomic
def record(webhook: Webhook, results: list[tuple[Delivery, Pushed]]) -> None:
    """Write down what came of one webhook's deliveries, and let go of it."""
    sent_to, webhook = webhook.url, lock(webhook)
    pks = [delivery.pk for delivery, _pushed in results]
    rows = Delivery.objects.select_for_update(no_key=True).in_bulk(pks)  # what was forgotten meanwhile is not there
    for delivery, pushed in results:
        if row := rows.get(delivery.pk):
            _record(row, pushed)
            if webhook.url == sent_to:  # it says nothing of another receiver
                _judge(webhook, row, pushed)
    webhook.leased_until = clock.now()
    webhook.save(update_fields=["is_on", "off_because", "failures", "well_at", "paused_until", "leased_until"])


def _record(delivery: Delivery, pushed: Pushed) -> None:
    delivery.tries += 1
    delivery.tried_at, delivery.is_urgent = clock.now(), False
    delivery.http_status, delivery.problem, delivery.detail = pushed.status, pushed.problem, pushed.detail
    delivery.answer = pushed.body[:MOST_ANSWER].decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
    if pushed.is_success:
        delivery.status = Status.DELIVERED
    elif _is_final(delivery, pushed):
        delivery.status = Status.FAILED
    else:
        delivery.status, delivery.next_try_at = Status.WAITING, clock.now() + _wait(delivery.tries)
    delivery.save()


def _is_final(delivery: Delivery, pushed: Pushed) -> bool:
    return pushed.status == GONE or delivery.event == TEST or clock.now() - delivery.created_at >= GIVE_UP_AFTER


def _wait(failures: int) -> timedelta:
    return WAITS[min(failures, len(WAITS)) - 1]


def _judge(webhook: Webhook, delivery: Delivery, pushed: Pushed) -> None:
    """What the try says of the receiver. A pause after a failure lets others go first, and the receiver recover."""
    if pushed.is_success:
        webhook.failures, webhook.well_at, webhook.paused_until = 0, clock.now(), clock.now()
    elif pushed.status == GONE:
        _switch_off(webhook, OffBecause.GONE)
    elif delivery.event != TEST:
        webhook.failures += 1
        webhook.paused_until = clock.now() + min(_wait(webhook.failures), LONGEST_PAUSE)
        if delivery.status == Status.FAILED and webhook.well_at <= delivery.created_at:
            _switch_off(webhook, OffBecause.FAILING)


def _switch_off(webhook: Webhook, because: OffBecause) -> None:
    """The portal's own doing. What waits stays, and goes on its way once somebody switches it on again."""
    if webhook.is_on:
        webhook.is_on, webhook.off_because = False, because
        webhook.save(update_fields=["is_on", "off_because"])  # or it would be told of its own end
        audit.record(webhook, _SAYS[because])
        notices.switched_off(webhook)
