"""`manage.py restore FOLDER`: brings back what `manage.py backup` has written (docs/operations.md)."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sslportal import backups


class Command(BaseCommand):
    help = "Bring a copy back into an empty database, while nothing of the portal runs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="what `manage.py backup` has written")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            self.stdout.write(backups.restore(folder))
        except (backups.NotPossible, OSError) as error:
            raise CommandError(str(error)) from error
