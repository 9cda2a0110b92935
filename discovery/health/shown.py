"""A health check as its page shows it: what belongs together in one place, with what to do about it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import pgettext_lazy

from accounts.models import Administrator
from certificates import downloads
from certificates.models import Order
from certificates.servers import Step
from discovery.health.findings import Finding, Fix, Level
from discovery.health.fixes import Server
from discovery.health.models import CheckedUrl, HealthCheck
from discovery.health.states import VERDICT_BADGES
from sslportal.kit.moves import Badge

_BADGES = {level: VERDICT_BADGES[level.verdict] for level in Level} | {Level.HINT: Badge("ended", "information-circle")}
_WORDS = {level: level.verdict.label for level in Level} | {Level.HINT: pgettext_lazy("finding", "Hint")}


@dataclass(frozen=True)
class Sentence:
    """One finding: how bad, what it says, and the order that it tells of, where the reader may see that."""

    level: Level
    says: str
    order: Order | None

    @property
    def badge(self) -> Badge:
        return _BADGES[self.level]

    @property
    def is_hint(self) -> bool:
        return self.level == Level.HINT

    @property
    def word(self) -> str:
        return str(_WORDS[self.level])


@dataclass(frozen=True)
class Group:
    """Findings about one aspect, what to do about them, and the change of the configuration that helps."""

    sentences: list[Sentence]
    todos: list[str]
    fix: Fix | None
    steps: list[Step]

    @property
    def needs_files(self) -> bool:
        return self.fix == Fix.INSTALL


@dataclass(frozen=True)
class ShownUrl:
    """A URL and what is to be said of it."""

    url: CheckedUrl
    groups: list[Group]


def urls_of(check: HealthCheck, reader: Administrator, server: Server) -> list[ShownUrl]:
    """All URLs of the check, with the changes for this kind of server. As many questions to the database as of one URL."""
    urls = list(check.urls.all())
    orders = _orders(urls, reader)
    site = downloads.site_of(check.order)
    steps = {fix: server.steps(fix, site) for fix in Fix}
    return [ShownUrl(url, list(_groups(url.found, orders, steps))) for url in urls]


def _orders(urls: list[CheckedUrl], reader: Administrator) -> Mapping[int, Order]:
    """The orders of which the findings tell, as far as the reader may see them."""
    numbers = {finding.order for url in urls for finding in url.found} - {None}
    return Order.objects.visible_to(reader).only("common_name").in_bulk(numbers) if numbers else {}


def _groups(findings: list[Finding], orders: Mapping[int, Order], steps: Mapping[Fix, list[Step]]) -> Iterator[Group]:
    """The findings of an aspect together, the worst aspects first."""
    groups = [list(some) for _aspect, some in groupby(findings, key=lambda finding: finding.kind.aspect)]
    for some in sorted(groups, key=lambda some: -max(finding.level for finding in some)):
        fix = next((finding.kind.fix for finding in some if finding.kind.fix), None)
        yield Group(
            sentences=[Sentence(one.level, one.says, orders.get(one.order or 0)) for one in some],
            todos=list(dict.fromkeys(finding.todo for finding in some if finding.todo)),
            fix=fix,
            steps=steps[fix] if fix else [],
        )
