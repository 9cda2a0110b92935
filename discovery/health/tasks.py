"""The workers' part in health checks. Both may run twice."""

from celery import shared_task

from sslportal.kit import clock, queue


@shared_task
def run_health_check(pk: int) -> None:
    """Look at the URLs of one health check."""
    from discovery.health import working

    queue.taken(run_health_check, pk)
    working.run(pk)


@shared_task
def sweep_health_checks() -> None:
    """Go on with those that no worker has in hand, and wait no longer for programs that can no longer be run."""
    from discovery.health import actions
    from discovery.health.models import HealthCheck
    from discovery.programs import TOKEN_LASTS

    for pk in HealthCheck.objects.to_run().values_list("pk", flat=True):
        queue.once_after_commit(run_health_check, pk)
    for check in HealthCheck.objects.handed_before(clock.now() - TOKEN_LASTS):
        actions.lapse(check)
