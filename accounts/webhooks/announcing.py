"""Events become deliveries: a row for each, in the transaction of the event, sent by a worker afterwards."""

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder

from accounts.webhooks import tasks
from accounts.webhooks.models import Delivery, Webhook
from sslportal.kit import queue

AT_ONCE = 1000


@dataclass(frozen=True)
class Event:
    """What happened in an account: a dotted name, what is told of it, and the path of the portal's page about it.

    `key` names this one event: told twice, it is announced once. `data` is what JSON can hold, and moments and days.
    """

    account_id: int
    name: str
    data: dict[str, Any]
    key: str
    at: datetime
    path: str = ""


def event_name(notice: str) -> str:
    """The event that a notice of the catalogue tells of: `certificate-issued` is `certificate.issued`."""
    return notice.replace("-", ".", 1)


def announce_all(events: Iterable[Event]) -> None:
    """Tell the accounts' webhooks that are on. Of each thousand events, one query where there is none, else two."""
    todo = iter(events)
    while some := list(islice(todo, AT_ONCE)):
        _announce(some)


def _announce(events: list[Event]) -> None:
    on = Webhook.objects.filter(is_on=True, account__in={event.account_id for event in events})
    webhooks = dict(on.values_list("account", "pk"))
    rows = [delivery_of(webhooks[event.account_id], event) for event in events if event.account_id in webhooks]
    if rows:
        Delivery.objects.bulk_create(rows, ignore_conflicts=True)
        queue.once_after_commit(tasks.send_deliveries)


def delivery_of(webhook_id: int, event: Event) -> Delivery:
    """The row of an event, not saved yet."""
    uid = uuid.uuid4()
    body = {
        "id": str(uid),
        "event": event.name,
        "occurred_at": event.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "account": event.account_id,
        "url": f"{settings.PORTAL_URL}{event.path}" if event.path else None,
        "data": event.data,
    }
    text = json.dumps(body, ensure_ascii=False, cls=DjangoJSONEncoder)
    return Delivery(webhook_id=webhook_id, uid=uid, key=event.key, event=event.name, body=text)
