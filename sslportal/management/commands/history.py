"""`manage.py history verify` and `manage.py history head`: whether the history is what was written."""

from argparse import ArgumentTypeError
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sslportal.kit import chain

MOST_FAULTS = 20  # told at once


class Command(BaseCommand):
    help = "Verify the chain over the history."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="verb", required=True)
        verify = commands.add_parser("verify", help="find rows that were changed, taken away or put in")
        verify.add_argument("--head", type=_head, help="a head that was printed earlier and kept elsewhere")
        commands.add_parser("head", help="print the head: how many rows there are, and the digest of the last")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        if verb == "head":
            self.stdout.write(str(chain.head()))
        else:
            self.stdout.write(self._verify(options.get("head")))

    def _verify(self, noted: chain.Head | None) -> str:
        with chain.at_one_moment():
            found, head = list(islice(chain.faults(noted), MOST_FAULTS + 1)), chain.head()
        if found:
            more = ["There are more."] if len(found) > MOST_FAULTS else []
            raise CommandError("\n".join(["The history is not what was written.", *found[:MOST_FAULTS], *more]))
        return f"{head.position} rows are as they were written. Head: {head}"


def _head(text: str) -> chain.Head:
    try:
        return chain.Head.parse(text)
    except ValueError as error:
        raise ArgumentTypeError(
            "a head is a number, a colon and hexadecimal digits, as `history head` prints it"
        ) from error
