"""The workers' part in webhooks. Both may run twice."""

from datetime import timedelta

from celery import shared_task

from sslportal.kit import queue

KEPT = timedelta(days=30)


@shared_task
def send_deliveries() -> None:
    """Send what waits, for a while, so that other work of the queue comes in between."""
    from accounts.webhooks import sending

    queue.taken(send_deliveries)
    if sending.send_for_a_while():
        send_deliveries.delay()


@shared_task
def forget_old_deliveries() -> None:
    """The log goes back a month."""
    from accounts.webhooks import actions

    actions.forget_old(older_than=KEPT)
