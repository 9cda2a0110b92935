"""The operator's command for the CA: `manage.py ca init` and `manage.py ca status`."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from certificates import authorities
from certificates.ca.dry_run import LintFailed
from certificates.ca.keys import KeyStoreError


class Command(BaseCommand):
    help = "Make the portal's CA, and look at it."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="verb", required=True)
        init = commands.add_parser("init", help="make the root, the policy CA and the issuing CA, once")
        init.add_argument(
            "--algorithm", default="rsa-3072", help="of the keys: rsa-3072, rsa-4096, ecdsa-p256, ecdsa-p384"
        )
        init.add_argument(
            "--country",
            default=settings.CA_COUNTRY,
            help="of the CAs' names, two letters; the policy public-trust needs it",
        )
        commands.add_parser("status", help="what CAs there are, until when, and whether their keys are here")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        try:
            self.stdout.write(self._init(**options) if verb == "init" else authorities.status())
        except (KeyStoreError, LintFailed, ValueError) as error:
            raise CommandError(str(error)) from error

    def _init(self, *, algorithm: str, country: str, **options: Any) -> str:
        return authorities.init(algorithm, country)
