"""`manage.py dns check` and `manage.py dns ask`: whether the portal can ask DNS as it must, and what it is told."""

import time
from argparse import ArgumentTypeError
from collections.abc import Iterator
from typing import Any

import dns.exception
import dns.rdatatype
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from sslportal.kit import dns as kit_dns
from sslportal.kit import outside
from sslportal.kit.dns import Answer, Outcome
from sslportal.kit.outside import Server


class Command(BaseCommand):
    help = "Ask DNS as the portal does."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="verb", required=True)
        commands.add_parser("check", help="tell which servers are asked, and whether each validates DNSSEC")
        ask = commands.add_parser("ask", help="ask for the records of a name")
        ask.add_argument("kind", type=_kind, help="such as TXT, CAA, A or MX")
        ask.add_argument("name", help="such as www.example.com")

    def handle(self, *args: Any, verb: str, kind: str = "", name: str = "", **options: Any) -> None:
        if verb == "check":
            self._check()
            return
        answer = kit_dns.ask_now(name, kind)
        self.stdout.write("\n".join(_lines(answer)))
        if answer.outcome not in kit_dns.VERDICTS:
            raise CommandError(f"There is no answer that may be believed: {answer.outcome}")

    def _check(self) -> None:
        servers = kit_dns.servers()
        self.stdout.write(f"DNSSEC validation: {settings.DNS_VALIDATION}")
        if not servers:
            raise CommandError("No DNS server is known: set PORTAL_DNS_SERVERS.")
        faulty = [server for server in servers if not self._is_good(server)]
        if faulty:
            raise CommandError(f"Not to be used as they are: {', '.join(map(str, faulty))}")

    def _is_good(self, server: Server) -> bool:
        begun = time.monotonic()
        answer = outside.run(lambda: kit_dns.probe(server))
        milliseconds = 1000 * (time.monotonic() - begun)
        self.stdout.write(f"{server}  {_verdict(answer)}  {milliseconds:.0f} ms  {answer.detail}")
        return answer.outcome is Outcome.FOUND and (answer.is_secure or settings.DNS_VALIDATION == "off")


def _verdict(answer: Answer) -> str:
    if answer.outcome is not Outcome.FOUND:
        return "does not work"
    return "validates DNSSEC" if answer.is_secure else "does not validate DNSSEC"


def _lines(answer: Answer) -> Iterator[str]:
    yield f"{answer.question}: {answer.outcome} ({answer.detail})"
    yield f"asked {answer.asked or 'nobody'}, {'proven by DNSSEC' if answer.is_secure else 'not proven by DNSSEC'}"
    yield from (f"alias {alias}" for alias in answer.aliases)
    yield from (f"{answer.ttl} {answer.kind} {record.to_text()}" for record in answer.records)


def _kind(text: str) -> str:
    try:
        return dns.rdatatype.to_text(dns.rdatatype.from_text(text))
    except (dns.exception.DNSException, ValueError) as error:
        raise ArgumentTypeError(f"there is no kind of record “{text}”") from error
