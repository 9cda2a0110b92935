"""Sending what waits: webhooks in turn, many at once, each for a bounded time, and one at a time for each receiver."""

import asyncio
import logging
import ssl
import time
from datetime import timedelta
from typing import NamedTuple

from django.db import transaction

from accounts.webhooks import results, signing
from accounts.webhooks.models import Delivery, Webhook
from sslportal.kit import clock, outside, push
from sslportal.kit.push import Pushed

log = logging.getLogger(__name__)

LANES = 50  # webhooks that are served at the same time
LANE = 25  # deliveries of one webhook before it is the others' turn
LANE_SECONDS = 5  # after which a webhook's next delivery is left for its next turn
A_WHILE = 5  # seconds after which a task serves no further webhooks
LEASE = timedelta(
    minutes=2
)  # for which nobody else serves the webhook that one worker serves: much longer than it takes


class Lane(NamedTuple):
    """A webhook and what goes to it now."""

    webhook: Webhook
    deliveries: list[Delivery]


def send_for_a_while() -> bool:
    """Serve webhooks until A_WHILE is over. Returns whether there may be more to send."""
    until = time.monotonic() + A_WHILE
    while send_some():
        if time.monotonic() > until:
            return True
    return False


def send_some() -> bool:
    """Serve the LANES webhooks whose turn it is. Returns whether there were any. Safe to run twice, and at once."""
    lanes = [Lane(webhook, list(Delivery.objects.of_lane(webhook)[:LANE])) for webhook in _claim()]
    if not lanes:
        return False
    for lane, got in zip(lanes, outside.run(lambda: _serve_all(lanes)), strict=True):
        try:
            results.record(lane.webhook, got)
        except Exception:  # one that cannot be written down must not keep the others
            log.exception("What was sent to webhook %d could not be written down", lane.webhook.pk)
    return True


@transaction.atomic
def _claim() -> list[Webhook]:
    """Take the webhooks, so that another worker leaves them alone; one that dies with them costs the length of the lease."""
    taken = list(Webhook.objects.to_serve().select_for_update(no_key=True, skip_locked=True, of=("self",))[:LANES])
    Webhook.objects.filter(pk__in=[one.pk for one in taken]).update(leased_until=clock.now() + LEASE)
    return taken


async def _serve_all(lanes: list[Lane]) -> list[list[tuple[Delivery, Pushed]]]:
    tls = push.trusted()
    return await asyncio.gather(*(_serve(lane, tls) for lane in lanes))


async def _serve(lane: Lane, tls: ssl.SSLContext) -> list[tuple[Delivery, Pushed]]:
    """Send one after the other, until one fails or the time is up."""
    got: list[tuple[Delivery, Pushed]] = []
    until = time.monotonic() + LANE_SECONDS
    for delivery in lane.deliveries:
        got.append((delivery, await _send(lane.webhook, delivery, tls)))
        if not got[-1][1].is_success or time.monotonic() > until:
            break
    return got


async def _send(webhook: Webhook, delivery: Delivery, tls: ssl.SSLContext) -> Pushed:
    """Send once. Writes nothing, and raises nothing: what nobody has thought of must not keep the others."""
    try:
        body = delivery.body.encode()
        return await push.push(webhook.url, body, _headers(webhook, delivery, body), tls=tls)
    except Exception as error:
        log.exception("Sending %s failed", delivery)
        return Pushed(problem="failed", detail=type(error).__name__)


def _headers(webhook: Webhook, delivery: Delivery, body: bytes) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "X-Portal-Event": delivery.event,
        "X-Portal-Delivery": str(delivery.uid),
        "X-Portal-Signature": signing.signature(body, webhook.signing_secrets, int(clock.now().timestamp())),
    }
