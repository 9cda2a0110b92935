"""What is measured for whoever watches the portal: read out of PostgreSQL, so that it is the same whichever process is asked.

What the queues in Redis hold is the exception. The text is the exposition format of Prometheus, version 0.0.4.
"""

import math
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db.models import Count, Min, QuerySet

from accounts.webhooks import states as webhooks
from accounts.webhooks.models import Delivery
from certificates.models import CertificateAuthority, Issuance, OcspAnswer, Order, StatusChange
from certificates.states import Status
from certificates.trust.needed import needed_lists
from discovery.health.models import HealthCheck
from discovery.models import Scan
from domains.models import Attempt
from reporting.models import Run
from sslportal.kit import clock, outbox
from sslportal.kit.models import Heartbeat, OutgoingMail
from sslportal.kit.queue import cache

SEEN_WITHIN = timedelta(minutes=2)  # a worker says every twenty seconds that it is there
WAITING = (Status.APPROVE, Status.PENDING, Status.CANCELING)


class Sample(NamedTuple):
    """A value, and what tells it from others of the same name."""

    value: float
    labels: dict[str, str] = {}


Samples = Iterator[Sample]
MEASURES: dict[str, tuple[str, Callable[[], Samples]]] = {}


def measure(name: str, says: str) -> Callable[[Callable[[], Samples]], Callable[[], Samples]]:
    """The function yields the samples of this name."""

    def keep(samples: Callable[[], Samples]) -> Callable[[], Samples]:
        MEASURES[f"sslportal_{name}"] = (says, samples)
        return samples

    return keep


def text() -> str:
    """All of it, as Prometheus reads it."""
    return "".join(f"{line}\n" for name, (says, samples) in MEASURES.items() for line in _lines(name, says, samples()))


def _lines(name: str, says: str, samples: Samples) -> Iterator[str]:
    yield f"# HELP {name} {says}"
    yield f"# TYPE {name} gauge"
    for value, labels in samples:
        told = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        yield f"{name}{{{told}}} {_number(value)}" if told else f"{name} {_number(value)}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    return "+Inf" if math.isinf(value) else f"{value:.3f}".rstrip("0").rstrip(".")


def _age(moment: datetime | None) -> float:
    """Seconds since the moment; 0 where there is none, or it is to come."""
    return max(0.0, (clock.now() - moment).total_seconds()) if moment else 0.0


# Processes


def workers_seen() -> list[str]:
    """The queues whose worker was there lately."""
    seen = Heartbeat.objects.filter(at__gt=clock.now() - SEEN_WITHIN)
    return list(seen.order_by("queue").values_list("queue", flat=True))


@measure("heartbeat_age_seconds", "Since a worker of the queue last said that it is there, at the request of beat.")
def _heartbeats() -> Samples:
    seen = dict(Heartbeat.objects.values_list("queue", "at"))
    for name in settings.QUEUES:
        yield Sample(_age(seen[name]) if name in seen else math.inf, {"queue": name})


@measure("queue_messages", "Messages that wait in Redis for a worker of the queue. Nothing while Redis is away.")
def _messages() -> Samples:
    for name in settings.QUEUES:
        if (length := cache.messages(name)) is not None:
            yield Sample(length, {"queue": name})


# Work


def _work() -> dict[str, tuple[QuerySet, str]]:
    """What workers have to do now, by its kind, and the field that says since when."""
    events = Delivery.objects.filter(status=webhooks.Status.WAITING, next_try_at__lte=clock.now())
    return {
        "issue": (Issuance.objects.due(), "due_at"),
        "publish": (StatusChange.objects.all(), "at"),
        "mail": (outbox.waiting(), "next_try_at"),
        "webhooks": (events.filter(webhook__is_on=True, webhook__paused_until__lte=clock.now()), "next_try_at"),
        "domains": (Attempt.objects.to_check(), "next_check_at"),
        "scans": (Scan.objects.of_workers(), "leased_until"),
        "health checks": (HealthCheck.objects.to_run(), "leased_until"),
        "reports": (Run.objects.free(), "leased_until"),
    }


@measure("work_waiting", "What workers have to do by now, and have not done yet.")
def _waiting() -> Samples:
    for name, (rows, _since) in _work().items():
        yield Sample(rows.order_by().count(), {"work": name})


@measure("work_overdue_seconds", "For how long the oldest of it is due.")
def _overdue() -> Samples:
    for name, (rows, since) in _work().items():
        yield Sample(_age(rows.order_by().aggregate(first=Min(since))["first"]), {"work": name})


@measure("orders", "Orders by their status.")
def _orders() -> Samples:
    counted = dict(Order.objects.order_by().values_list("status").annotate(Count("pk")))
    for status in Status:
        yield Sample(counted.get(status, 0), {"status": status})


@measure("orders_oldest_seconds", "Since the last move of the order that waits longest in the status.")
def _oldest_orders() -> Samples:
    for status in WAITING:
        first = Order.objects.filter(status=status).aggregate(first=Min("updated_at"))["first"]
        yield Sample(_age(first), {"status": status})


@measure("orders_awaiting_vetting", "Orders at which a person of the vetting team must look.")
def _vetting() -> Samples:
    yield Sample(Order.objects.awaiting_vetting().count())


# Mail


@measure(
    "mail", "Mail that waits, also for its next try; that nobody knows of whether it was sent; that failed in 30 days."
)
def _mail() -> Samples:
    trouble = outbox.in_trouble()
    yield Sample(OutgoingMail.objects.filter(status=OutgoingMail.Status.WAITING).count(), {"state": "waiting"})
    for state in ("uncertain", "failed"):
        yield Sample(trouble[state], {"state": state})


@measure("mail_oldest_seconds", "Since the oldest mail that waits was written.")
def _oldest_mail() -> Samples:
    waiting = OutgoingMail.objects.filter(status=OutgoingMail.Status.WAITING)
    yield Sample(_age(waiting.aggregate(first=Min("created_at"))["first"]))


@measure("mail_server_away", "1 while the mail server takes no mail.")
def _mail_server() -> Samples:
    yield Sample(1 if outbox.server_trouble() else 0)


# The CA


def _living() -> QuerySet[CertificateAuthority]:
    return CertificateAuthority.objects.filter(not_after__gt=clock.now()).order_by("pk")


@measure("ca_end_timestamp_seconds", "When the CA's certificate ends.")
def _ends() -> Samples:
    for ca in _living():
        use = "yes" if ca.is_current else "no"
        yield Sample(ca.not_after.timestamp(), {"ca": ca.name, "role": ca.role, "current": use})


@measure("crl_end_timestamp_seconds", "When the first of the CA's revocation lists that are needed runs out.")
def _lists() -> Samples:
    ends = needed_lists().order_by().values_list("authority__name").annotate(Min("next_update"))
    for name, end in sorted(ends):
        yield Sample(end.timestamp() if end else 0, {"ca": name})


@measure(
    "ocsp_oldest_answer_seconds",
    "Since the oldest of the CA's OCSP answers was signed; each is signed anew once a day.",
)
def _answers() -> Samples:
    for ca in _living().filter(role=CertificateAuthority.Role.ISSUING):
        first = OcspAnswer.objects.filter(authority=ca).aggregate(first=Min("this_update"))["first"]
        yield Sample(_age(first), {"ca": ca.name})


@measure(
    "ocsp_responder_end_timestamp_seconds", "When the certificate of the CA's last responder ends; 0 where it has none."
)
def _responders() -> Samples:
    for ca in _living().filter(role=CertificateAuthority.Role.ISSUING):
        last = ca.responders.first()
        yield Sample(last.not_after.timestamp() if last else 0, {"ca": ca.name})
