"""The workers' part: ids in, one action each. All of them may run twice."""

from typing import Any

from celery import shared_task
from celery.signals import worker_process_init
from django.conf import settings
from django.core.cache import cache


@shared_task
def process_order(pk: int) -> None:
    """See whether the order can go on, and let it."""
    from certificates.actions import processing
    from certificates.models import Order

    processing.process_order(Order.objects.get(pk=pk))


@shared_task
def check_caa(pk: int) -> None:
    """Ask the DNS whether CAA records let us issue, and let the order go on."""
    from certificates.actions import caa_checks
    from certificates.models import Order

    caa_checks.check(Order.objects.get(pk=pk))


@shared_task
def issue_order(pk: int) -> None:
    """Sign the certificate: on queue `ca`, by the one process that has the keys."""
    from certificates.issuing import issue_order as issue
    from certificates.models import Order

    issue(Order.objects.get(pk=pk))


ONE_MESSAGE = 60  # seconds for which a message that waits is taken for all; the sweep finds what a lost one would have


def waits_for(profile_pk: int) -> str:
    """The key in the cache that says that a message for the profile's orders is on its way."""
    return f"process-orders-of-{profile_pk}"


@shared_task
def process_orders_of(profile_pk: int) -> None:
    """Domains of the profile were decided: its orders may go on. What is decided from now on sends another message."""
    from certificates.models import Order

    cache.delete(waits_for(profile_pk))
    for pk in Order.objects.under_way().filter(profile=profile_pk).values_list("pk", flat=True):
        process_order.delay(pk)


@shared_task
def sweep_orders() -> None:
    """Find orders whose message was lost or whose worker died."""
    from certificates.actions import processing

    processing.sweep_orders()


@shared_task
def expire_certificates() -> None:
    """Set orders to Expired whose certificate has ended."""
    from certificates.actions import processing

    processing.expire_certificates()


@worker_process_init.connect
def warm_up(**kwargs: Any) -> None:
    """Load the linter when the `ca` worker starts, so that the first order does not wait for it."""
    if settings.CA_KEYS:
        from certificates.ca import lint

        lint.warm_up()
