"""The workers' part in the outbox."""

from datetime import timedelta

from celery import shared_task

from sslportal.kit import clock, mail
from sslportal.kit.models import Draft, Heartbeat


@shared_task
def send_mail(pk: int) -> None:
    """Send one mail of the outbox."""
    mail.deliver(pk)


@shared_task
def send_waiting_mail() -> None:
    """Find mail whose message was lost, or whose next try has come; each is sent by a task of its own."""
    for pk in list(mail.waiting().values_list("pk", flat=True)[: mail.SWEEP_AT_ONCE]):
        send_mail.delay(pk)


@shared_task
def forget_old_drafts() -> None:
    """What was typed and not touched for a month. A set-up that waits keeps its draft, whose owner is nobody yet."""
    old = clock.now() - timedelta(days=30)
    Draft.objects.filter(updated_at__lt=old).exclude(owner=None).delete()


@shared_task
def heartbeat(queue: str) -> None:
    """The worker of the queue is there."""
    Heartbeat.objects.update_or_create(queue=queue, defaults={"at": clock.now()})
