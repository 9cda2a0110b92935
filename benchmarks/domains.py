"""`./portal bench domains [attempts]`: looking for the DNS records of many domains, by the one worker of a running portal."""

import json
import os
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

ATTEMPTS, LIMIT = 1_000, 60.0  # seconds for all of them
PATIENCE = 120.0


def main() -> int:
    """Print what was measured; returns 1 where a round is over its limit."""
    django.setup()
    attempts = int(sys.argv[1]) if len(sys.argv) > 1 else ATTEMPTS
    missing = seconds_until_looked_for(attempts, "missing")
    found = seconds_until_looked_for(attempts, "found")
    silent = seconds_at_silent_servers()
    say(f"seconds for {attempts} records that are not there", missing, LIMIT)
    say(f"seconds for {attempts} records that are there: their domains are Ready", found, LIMIT)
    say("seconds for one batch of which no server answers", silent, LIMIT)
    return int(max(missing, found, silent) > LIMIT)


def say(what: str, number: float, limit: float) -> None:
    sys.stdout.write(f"{what:75}{number:>10.2f}{limit:>10.0f}{'' if number <= limit else '  over'}\n")
    sys.stdout.flush()


def seconds_until_looked_for(count: int, verdict: str) -> float:
    """From the message to the worker until each of so many new attempts was looked for."""
    from domains.models import Check
    from domains.tasks import check_due_attempts

    values = make(count, verdict)
    if verdict == "found":
        publish(values)
    began = time.perf_counter()
    check_due_attempts.delay()
    while Check.objects.filter(verdict=verdict, attempt__name__startswith=f"{verdict}-").count() < count:
        if time.perf_counter() - began > PATIENCE:
            raise RuntimeError("The worker did not look for all of them.")
        time.sleep(0.1)
    return time.perf_counter() - began


def make(count: int, word: str) -> dict[str, str]:
    """New domains of the demo's company that wait for a record; returns the values by name."""
    from domains.models import Attempt, Domain
    from domains.states import Method
    from profiles.models import OrganizationProfile
    from profiles.states import Level
    from sslportal.kit import clock

    profile, now = OrganizationProfile.objects.get(name="Example OV"), clock.now()
    names = [f"{word}-{number}.example.net" for number in range(count)]
    domains = Domain.objects.bulk_create(Domain(profile=profile, name=name) for name in names)
    waiting: dict[str, Any] = {
        "profile": profile,
        "level": Level.OV,
        "method": Method.DNS,
        "expires_at": now + timedelta(days=14),
    }
    Attempt.objects.bulk_create(
        Attempt(domain=domain, name=domain.name, value=f"value-of-{domain.name}", next_check_at=now, **waiting)
        for domain in domains
    )
    return {name: f"value-of-{name}" for name in names}


def publish(values: dict[str, str]) -> None:
    """Put the records into the demo's DNS, all at once."""
    path = Path(os.environ["PORTAL_DEMO_WORLD"])
    rows = [{"kind": "TXT", "name": f"_sslportal-challenge.{name}", "value": value} for name, value in values.items()]
    path.write_text(json.dumps(rows), encoding="utf-8")


def seconds_at_silent_servers() -> float:
    """A batch of attempts in this process, whose DNS server takes questions and answers none."""
    from django.conf import settings

    from domains import checks
    from domains.models import Attempt
    from tests.dns_server import DNSServer

    with DNSServer() as server:
        settings.DNS_SERVERS = [server.address]
        names = [f"silent-{number}.example.net" for number in range(checks.BATCH)]
        server.fails.update({f"_sslportal-challenge.{name}": "silent" for name in names})
        attempts = [Attempt(name=name, method="dns", value="x") for name in names]
        began = time.perf_counter()
        findings = checks.look_for_all(attempts)
        assert {finding.code for finding in findings} == {"silent"}  # noqa: S101
        return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
