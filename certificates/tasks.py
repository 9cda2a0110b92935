"""The workers' part: ids in, one action each. All of them may run twice."""

from typing import Any

from celery import shared_task
from celery.signals import worker_process_init
from django.conf import settings


@shared_task
def process_order(pk: int) -> None:
    """See whether the order can go on, and let it."""
    from certificates import actions
    from certificates.models import Order

    actions.process_order(Order.objects.get(pk=pk))


@shared_task
def issue_order(pk: int) -> None:
    """Sign the certificate: on queue `ca`, by the one process that has the keys."""
    from certificates.issuing import issue_order as issue
    from certificates.models import Order

    issue(Order.objects.get(pk=pk))


@shared_task
def process_orders_of(profile_pk: int) -> None:
    """A domain of the profile was decided: its orders may go on."""
    from certificates.models import Order

    for pk in Order.objects.under_way().filter(profile=profile_pk).values_list("pk", flat=True):
        process_order.delay(pk)


@shared_task
def sweep_orders() -> None:
    """Find orders whose message was lost or whose worker died."""
    from certificates import actions

    actions.sweep_orders()


@shared_task
def expire_certificates() -> None:
    """Set orders to Expired whose certificate has ended."""
    from certificates import actions

    actions.expire_certificates()


@worker_process_init.connect
def warm_up(**kwargs: Any) -> None:
    """Load the linter when the `ca` worker starts, so that the first order does not wait for it."""
    if settings.CA_KEYS:
        from certificates.ca import lint

        lint.warm_up()
