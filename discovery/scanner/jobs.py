"""What the portal wants to be done: a scan, or a close look at a few servers."""

from __future__ import annotations

from typing import Any, Callable, Protocol

from discovery.scanner.checkup import Checkup
from discovery.scanner.run import Progress, Scan
from discovery.scanner.settings import HEALTH, Settings
from discovery.scanner.targets import BadTargets, parse
from discovery.scanner.trouble import Trouble
from discovery.scanner.upload import Reports, Results, Source


class Work(Protocol):
    """A Scan or a Checkup."""

    @property
    def progress(self) -> Progress: ...

    def cancel(self) -> None: ...

    async def run(self) -> Progress: ...


class Job(Protocol):
    """`total` counts what the portal names a position among, `unit` what the progress is counted in."""

    plan: str
    total: int
    unit: str

    def begin(self, start: int, call: Callable[[], Any]) -> tuple[Work, Source]:
        """The work from a position on, and where what comes of it waits for the courier, whom `call` gets."""


def job(settings: Settings) -> Job:
    """Raises Trouble."""
    return HealthJob(settings) if settings.kind == HEALTH else ScanJob(settings)


class ScanJob:
    unit = "pairs"

    def __init__(self, settings: Settings) -> None:
        try:
            self._targets = parse(settings.include, settings.exclude, settings.ports)
        except BadTargets as bad:
            raise Trouble(f"This cannot be scanned; set it up anew in the portal.\n{bad}") from None
        self._speed = settings.speed
        self.total = self._targets.count
        self.plan = f"Looks for certificates at {self.total:,} pairs of address and port, {self._speed} speed"

    def begin(self, start: int, call: Callable[[], Any]) -> tuple[Work, Source]:
        results = Results(start, lambda: scan.progress.position, call)
        scan = Scan(self._targets, self._speed, results.take, start=start)
        return scan, results


class HealthJob:
    unit = "probes"

    def __init__(self, settings: Settings) -> None:
        self._endpoints = settings.endpoints
        self.total = len(self._endpoints)
        self.plan = f"Looks closely at {self.total:,} addresses"

    def begin(self, start: int, call: Callable[[], Any]) -> tuple[Work, Source]:
        reports = Reports()
        return Checkup(self._endpoints, reports.take, reports.step, start=start), reports
