"""The operator's command for the CA: `manage.py ca init|status|rotate|import|export|check` (docs/ca-operations.md)."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from certificates.authorities import NotPossible, checking, export, making, offline, status
from certificates.ca.dry_run import LintFailed
from certificates.ca.keys import ALGORITHMS, KeyStoreError
from certificates.models import Certificate, CertificateAuthority
from certificates.trust.responders import NoResponder

Role = CertificateAuthority.Role


class Command(BaseCommand):
    help = "Make the portal's CA, renew it, keep it safe, and look whether all is well with it (docs/ca-operations.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="verb", required=True)
        self._add_init(commands.add_parser("init", help="make the root, the policy CA and the issuing CA, once"))
        commands.add_parser("status", help="what CAs there are, until when, and what must be done")
        self._add_rotate(
            commands.add_parser("rotate", help="make a new issuing CA, or a new policy CA and one below it")
        )
        taken = commands.add_parser("import", help="take what an offline root has signed")
        taken.add_argument("files", nargs="+", type=Path, metavar="FILE", help="certificates and lists, in PEM or DER")
        self._add_export(commands.add_parser("export", help="write the CAs' certificates and lists into a folder"))
        commands.add_parser("check", help="walk all certificates, lists and answers, and tell what is wrong")

    def _add_init(self, parser: CommandParser) -> None:
        self._add_making(parser)
        parser.add_argument(
            "--country",
            default=settings.CA_COUNTRY,
            help="of the CAs' names, two letters; the policy public-trust needs it",
        )

    def _add_rotate(self, parser: CommandParser) -> None:
        self._add_making(parser)
        parser.add_argument("--role", choices=[Role.ISSUING, Role.POLICY], default=Role.ISSUING, help="of the new CA")

    def _add_making(self, parser: CommandParser) -> None:
        parser.add_argument("--algorithm", choices=list(ALGORITHMS), default="rsa-3072", help="of the keys: rsa-3072")
        parser.add_argument(
            "--offline-root",
            type=Path,
            metavar="FOLDER",
            help="the root's key is elsewhere: write into the folder what is to be signed there, and how",
        )

    def _add_export(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="where there is nothing yet")
        parser.add_argument("--keys", action="store_true", help="the private keys too, each encrypted")
        parser.add_argument("--passphrase-file", type=Path, metavar="FILE", help="what the keys are encrypted by")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        try:
            said = getattr(self, f"_{verb}")(**options)
        except (
            NotPossible,
            KeyStoreError,
            LintFailed,
            NoResponder,
            ImproperlyConfigured,
            ValueError,
            OSError,
        ) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(said)

    def _init(self, *, algorithm: str, country: str, offline_root: Path | None, **options: Any) -> str:
        if offline_root:
            return offline.ask_for_all(offline_root, algorithm, country)
        made = making.init(algorithm, country)
        return status.status() if made else f"The CA is there already.\n{status.status()}"

    def _status(self, **options: Any) -> str:
        return status.status()

    def _rotate(self, *, role: str, algorithm: str, offline_root: Path | None, **options: Any) -> str:
        if offline_root and role != Role.POLICY:
            raise NotPossible(
                "--offline-root goes with --role policy: an issuing CA is certified by a CA whose key is here."
            )
        if offline_root:
            return offline.ask_for_policy_ca(offline_root, algorithm)
        making.rotate(role, algorithm)
        return status.status()

    def _import(self, *, files: list[Path], **options: Any) -> str:
        return "\n".join([*offline.take(files), status.status()])

    def _export(self, *, folder: Path, keys: bool, passphrase_file: Path | None, **options: Any) -> str:
        if keys != bool(passphrase_file):
            raise NotPossible("--keys and --passphrase-file go together.")
        return "\n".join(export.export(folder, passphrase_file))

    def _check(self, **options: Any) -> str:
        seen: Counter[str] = Counter()
        for problem in checking.walk(seen, self._progress()):
            seen["problems"] += 1
            self.stdout.write(problem)
        self.stdout.write(checking.summary(seen))
        if seen["problems"]:
            raise CommandError(f"{seen['problems']} thing(s) are wrong.")
        return "All is well."

    def _progress(self) -> Callable[[int], None] | None:
        """Tells on a terminal how far it is."""
        if not self.stderr.isatty():
            return None
        of = Certificate.objects.count()
        return lambda done: self.stderr.write(f"\r{done:,} of {of:,} certificates", style_func=str, ending="")
