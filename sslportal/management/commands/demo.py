"""The demo: `manage.py demo create` makes it once, `manage.py demo people` prints who may sign in."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from sslportal import demo, environment


class Command(BaseCommand):
    help = "Make the demo, and print who may sign in to it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=["create", "people"])

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        if not settings.PORTAL_DEMO:
            raise CommandError("The demo is not switched on: PORTAL_DEMO is not set.")
        file = Path(environment.text("PORTAL_DEMO_PEOPLE", "demo-people.json"))
        if verb == "create" and not file.exists():
            file.touch(mode=0o600)
            file.write_text(json.dumps(demo.new_passwords()), encoding="utf-8")
        if not file.exists():
            raise CommandError("There is no demo. Make it with: manage.py demo create")
        passwords = json.loads(file.read_text(encoding="utf-8"))
        if verb == "create":
            demo.create(passwords)
        self.stdout.write(demo.people(passwords))
