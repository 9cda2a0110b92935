"""The lifecycles as diagrams: `manage.py lifecycles` prints what docs/lifecycles.md holds."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand

from accounts import states as administrators
from certificates import states as orders
from discovery.health import states as health_checks
from domains import states as domains
from profiles import states as profiles
from reporting import states as reports
from sslportal.kit.moves import Move

TABLES = {
    "Administrators": administrators.MOVES,
    "Organization profiles": profiles.MOVES,
    "Certificate orders": orders.MOVES,
    "Domains": domains.MOVES,
    "Attempts to confirm control of a domain": domains.ATTEMPT_MOVES,
    "Health checks of certificates": health_checks.MOVES,
    "Runs of reports": reports.MOVES,
}


class Command(BaseCommand):
    help = "Print the lifecycles as a page with diagrams."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(page())


def page() -> str:
    """The page, made of the tables of moves."""
    parts = ["# Lifecycles\n", "Made of the tables of moves by `./portal manage lifecycles > docs/lifecycles.md`.\n"]
    for title, table in TABLES.items():
        parts += [f"## {title}\n", "```mermaid", "stateDiagram-v2", *_arrows(table), "```\n"]
    return "\n".join(parts)


def _arrows(table: dict[str, Move]) -> Iterator[str]:
    for row in table.values():
        for source in sorted(row.sources):
            yield f"    {_word(source)} --> {_word(row.target)}: {row.name}"


def _word(status: str) -> str:
    return status.replace("-", "_")
