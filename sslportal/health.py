"""What those who look after the portal ask it: is it up, can it answer, what waits. See docs/operations.md."""

import logging
from collections.abc import Iterator

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache

from certificates.models import CertificateAuthority
from sslportal import measures
from sslportal.kit.access import public

log = logging.getLogger(__name__)

_seen = {"is_migrated": False}  # which this process need not look at again


@public("load balancers ask whether the process is up")
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@public("load balancers ask whether requests can be answered")
def readyz(request: HttpRequest) -> HttpResponse:
    """200 where the database answers, as this code knows it. What else is missing is told, but pages are answered without."""
    if without_database := _database_lacks():
        return JsonResponse({"ready": False, "missing": [without_database]}, status=503)
    redis, workers = redis_answers(), measures.workers_seen()
    return JsonResponse({"ready": True, "redis": redis, "workers": workers, "missing": list(_lacks(redis, workers))})


def _database_lacks() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        is_migrated = _is_migrated()
    except DatabaseError as error:
        log.warning("the database does not answer: %s", error)
        return "The database does not answer."
    return "" if is_migrated else "The database is older than the portal: manage.py migrate"


def _is_migrated() -> bool:
    if not _seen["is_migrated"]:
        executor = MigrationExecutor(connection)
        _seen["is_migrated"] = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _seen["is_migrated"]


def _lacks(redis: bool, workers: list[str]) -> Iterator[str]:
    if not redis:
        yield "Redis does not answer."
    for queue in settings.QUEUES:
        if queue not in workers:
            yield f"No worker of the queue “{queue}” was seen for two minutes."
    if not CertificateAuthority.objects.exists():
        yield "There is no CA: manage.py ca init"


def redis_answers() -> bool:
    cache.set("readyz", "1", 10)
    return cache.get("readyz") == "1"


@never_cache
@public("it asks for a token of its own")
def metrics(request: HttpRequest) -> HttpResponse:
    """What Prometheus reads, for whoever shows PORTAL_METRICS_TOKEN. Where none is set there is no such page."""
    if not settings.METRICS_TOKEN:
        raise Http404
    if not constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}"):
        return HttpResponse(
            "Send the token of PORTAL_METRICS_TOKEN: Authorization: Bearer …\n",
            status=401,
            headers={"WWW-Authenticate": "Bearer"},
            content_type="text/plain; charset=utf-8",
        )
    try:
        text = measures.text()
    except DatabaseError as error:
        log.warning("the database does not answer: %s", error)
        return HttpResponse("The database does not answer.\n", status=503, content_type="text/plain")
    return HttpResponse(text, content_type="text/plain; version=0.0.4; charset=utf-8")
