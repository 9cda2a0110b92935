"""`manage.py policy show`: what the dated rules say on a day, and where that stands."""

from argparse import ArgumentTypeError
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, no_translations

from sslportal.kit import clock, policy, policy_words

HEAD = ("RULE", "VALUE", "SINCE", "UNTIL", "SOURCE")


class Command(BaseCommand):
    help = "Show the dated rules."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="verb", required=True)
        show = commands.add_parser("show", help="print what every rule says on a day")
        show.add_argument("--at", type=_day, metavar="DAY", help="such as 2027-03-15, in UTC; otherwise today")
        show.add_argument("--policy", metavar="NAME", help="private or public-trust; otherwise the one of the settings")

    @no_translations
    def handle(self, *args: Any, at: datetime | None = None, policy: str | None = None, **options: Any) -> None:
        self.stdout.write(show(at or clock.now(), policy))


def show(moment: datetime, name: str | None) -> str:
    """The rules of the moment as a table of plain text. Raises CommandError for a policy that cannot be used."""
    try:
        rules = policy.at(moment, name)
    except policy.PolicyError as error:
        raise CommandError(str(error)) from None
    rows = [HEAD, *_rows(rules)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return "\n".join([f"Policy {rules.policy} on {policy.day_of(moment)}", "", *lines])


def _rows(rules: policy.Rules) -> Iterator[tuple[str, ...]]:
    for what in policy.KINDS:
        told = policy_words.tell(rules, what)
        yield what, told.value, str(told.since or ""), str(told.next.on if told.next else ""), told.source


def _day(text: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError as error:
        raise ArgumentTypeError("a day is written like 2027-03-15") from error
