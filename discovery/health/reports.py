"""What a program reports of a health check, read as from anybody."""

from dataclasses import dataclass

from discovery.health.models import CheckedUrl
from discovery.scanner import health
from discovery.scanner.health import PROBES, Health
from discovery.scanner.results import BadResult, fields_of


@dataclass(frozen=True)
class Report:
    """About the URL at the index: what came of it, or how far it is."""

    index: int
    health: Health | None
    done: int


def read(data: object) -> Report:
    """Raises BadResult."""
    fields = fields_of(data, ("index", "health", "done", "of"))
    index, done = fields.get("index"), fields.get("done", 0)
    if type(index) is not int or type(done) is not int or not 0 <= done <= PROBES:
        raise BadResult("index or done")
    return Report(index, health.from_json(fields["health"]) if "health" in fields else None, done)


def url_of(report: Report, urls: list[CheckedUrl]) -> CheckedUrl:
    """The URL that it is about. Raises BadResult for another one."""
    if not 0 <= report.index < len(urls):
        raise BadResult("index")
    url = urls[report.index]
    if report.health and (report.health.found.host, report.health.found.port) != (url.host, url.port):
        raise BadResult("host or port")
    return url
