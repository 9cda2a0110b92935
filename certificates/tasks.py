"""The workers' part: ids in, one action each. All of them may run twice."""

from typing import Any

from celery import shared_task
from celery.signals import worker_init
from django.conf import settings

from sslportal.kit import queue, tracing


@shared_task
def process_orders() -> None:
    """See whether orders can go on, and let them."""
    from certificates.actions import processing

    processing.process_orders(queue.take(process_orders, processing.BATCH))


@shared_task
def check_caa(pk: int) -> None:
    """Ask the DNS whether CAA records let us issue, and let the order go on."""
    from certificates.actions import caa_checks
    from certificates.models import Order

    with tracing.about(order_id=pk):
        caa_checks.check(Order.objects.get(pk=pk))


@shared_task
def issue_planned() -> None:
    """Sign certificates: on queue `ca`, by the one process that has the keys."""
    from certificates import issuing

    queue.taken(issue_planned)
    issuing.issue_planned()


@shared_task
def process_orders_of(profile_pk: int) -> None:
    """Domains of the profile were decided: its orders may go on. What is decided from now on sends another message."""
    from certificates.models import Order

    queue.taken(process_orders_of, profile_pk)
    waiting = Order.objects.under_way().filter(profile=profile_pk).values_list("pk", flat=True)
    queue.together_after_commit(process_orders, *waiting)


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


@shared_task
def publish_changes() -> None:
    """Sign OCSP answers, then lists, where certificates' status has changed; what is too much for once, in another turn."""
    from certificates.trust import answers, lists

    more_answers, more_lists = answers.publish_answers(), lists.publish_list()
    if more_answers or more_lists:
        publish_changes.delay()


@shared_task
def renew_status() -> None:
    """Sign OCSP answers and lists anew that grow old, a part at a time."""
    from certificates.trust import answers, lists, responders

    more_answers, more_lists = answers.renew_answers(), lists.renew_list()
    if more_answers or more_lists:
        renew_status.delay()
    else:
        responders.forget_old_keys()


@shared_task
def tidy_status() -> None:
    """Have answers signed that are missing, and forget questions for which nobody waits any more."""
    from certificates.trust import answers

    answers.ask_for_missing()
    answers.forget_old_questions()


@shared_task
def join_answers(pk: int) -> None:
    """Somebody waits for one answer about several certificates."""
    from certificates.models import OcspQuestion
    from certificates.trust import answers

    question = OcspQuestion.objects.filter(pk=pk, der=None).first()
    if question:
        answers.join_answers(question)


@worker_init.connect
def warm_up(**kwargs: Any) -> None:
    """Load the linter when the `ca` worker starts, so that the first order does not wait for it."""
    if settings.CA_KEYS:
        from certificates.ca import lint

        lint.warm_up()


@shared_task
def forget_old_visits() -> None:
    """Visits to request portals that are long over."""
    from certificates.outside import visits

    visits.forget_old()
