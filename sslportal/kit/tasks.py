"""The workers' part in the outbox."""

from datetime import timedelta

from celery import shared_task

from sslportal.kit import clock, outbox, queue
from sslportal.kit.models import Draft, Heartbeat, OutgoingMail

REMEMBERED = timedelta(days=400)  # longer than a year, so that a yearly event is told apart from the last one


@shared_task
def send_waiting_mail() -> None:
    """Send mail for a while, then let others have the worker."""
    queue.taken(send_waiting_mail)
    if outbox.send_waiting():
        queue.once_after_commit(send_waiting_mail)


@shared_task
def forget_old_drafts() -> None:
    """What was typed and not touched for a month. A set-up that waits keeps its draft, whose owner is nobody yet."""
    old = clock.now() - timedelta(days=30)
    Draft.objects.filter(updated_at__lt=old).exclude(owner=None).delete()


@shared_task
def forget_old_mail() -> None:
    """What was sent or has failed long ago: nothing that it was about can happen again."""
    OutgoingMail.objects.filter(created_at__lt=clock.now() - REMEMBERED).exclude(
        status=OutgoingMail.Status.WAITING
    ).delete()


@shared_task
def heartbeat(queue: str) -> None:
    """The worker of the queue is there."""
    Heartbeat.objects.update_or_create(queue=queue, defaults={"at": clock.now()})
