"""Two workers that are killed at moments of the test's choice, each followed by another at once."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection

ROOT = Path(__file__).parents[1]


class Workers:
    """The children of a module that says their numbers, in the database of the test. No mail leaves, unless `more` says how."""

    def __init__(self, module, **more):
        database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
        env = os.environ | {
            "DATABASE_URL": database,
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": "1",
            "LOG_LEVEL": "ERROR",
        }
        command = [sys.executable, "-W", "ignore", "-m", module]
        self.parent = subprocess.Popen(command, env=env | more, cwd=ROOT, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        self.children = [self.next_child(), self.next_child()]
        return self

    def __exit__(self, *error):
        with self.parent:
            self.parent.kill()
            for child in self.children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)

    def next_child(self):
        return int(self.parent.stdout.readline())

    def kill(self, *children):
        for child in children:
            os.kill(child, signal.SIGKILL)
        self.children = [child for child in self.children if child not in children]
        self.children += [self.next_child() for _child in children]
