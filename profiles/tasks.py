"""The workers' part in organization profiles: ids in, one action each. All of them may run twice."""

from datetime import timedelta

from celery import shared_task

from sslportal.kit import clock

REMEMBERED = timedelta(days=400)


@shared_task
def send_ev_copy(pk: int) -> None:
    """Make the copy of what the contract signer accepted, and mail it."""
    from profiles import ev_copy
    from profiles.models import EvRequest

    ev_copy.send(EvRequest.objects.get(pk=pk))


@shared_task
def send_lost_ev_copies() -> None:
    """Find acceptances whose message was lost or whose worker died."""
    from profiles import ev_contacts

    for pk in ev_contacts.without_copy().values_list("pk", flat=True):
        send_ev_copy.delay(pk)


@shared_task
def sweep_profiles() -> None:
    """Expire, tell of the end, and fall back to OV, where it is due."""
    from profiles import life

    life.sweep()


@shared_task
def remind_of_ends() -> None:
    """Tell people of certificates, domains and profiles that come near their end."""
    from profiles.notifications import expiry

    expiry.sweep()


@shared_task
def forget_old_notices() -> None:
    """What was told long ago: the page goes back 90 days, and nothing of it can happen again."""
    from profiles.models import Notice

    Notice.objects.filter(created_at__lt=clock.now() - REMEMBERED).delete()
