"""`manage.py backup FOLDER`: a copy of the database and of the evidence (docs/operations.md)."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sslportal import backups


class Command(BaseCommand):
    help = (
        "Write a copy of the database and of the vetting team's evidence into a new folder, while the portal goes on."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="where there is nothing yet")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            self.stdout.write(backups.make(folder))
        except (backups.NotPossible, OSError) as error:
            raise CommandError(str(error)) from error
