"""The downloaded program as people have it: a file in a folder, run by a Python."""

import os
import shutil
import signal
import subprocess
import sys
import threading

import pytest

from discovery import download
from tests.discovery.servers import LONG


class Program:
    """The file with these settings. `run` it to its end, or `start` it and see what it says."""

    def __init__(self, folder, settings, **environment):
        self.home = folder / "home"
        self.home.mkdir(exist_ok=True)
        self.file = folder / "download" / "scanner.pyz"
        self.file.parent.mkdir(exist_ok=True)
        self.file.write_bytes(download.program(settings))
        self.state = self.file.parent / f"scanner-{settings['uid']}.state"
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), **environment}

    def start(self, *arguments, python=(sys.executable,)):
        return Run([*python, self.file, *arguments], self.environment)

    def run(self, *arguments, python=(sys.executable,)):
        return self.start(*arguments, python=python).end()


class Run:
    """One run, with what it has said so far as `output`, and at the end its `code`."""

    def __init__(self, command, environment):
        self.output = ""
        self.changed = threading.Condition()
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        with self.process.stdout:
            for line in self.process.stdout:
                with self.changed:
                    self.output += line
                    self.changed.notify_all()

    def wait_until_it_says(self, text):
        with self.changed:
            assert self.changed.wait_for(lambda: text in self.output, LONG), self.output

    def interrupt(self, number=signal.SIGINT):
        self.process.send_signal(number)

    def end(self):
        """Wait for the end."""
        try:
            self.code = self.process.wait(4 * LONG)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        self.reader.join()
        return self


def another_python(version):
    """The path of another Python; without one the test is skipped."""
    name = shutil.which(f"python{version}")
    asked = name and subprocess.run(
        [name, "-c", "import sys; print(sys.executable)"], check=False, capture_output=True, text=True
    )
    if not asked or asked.returncode:
        pytest.skip(f"no Python {version} on this machine")
    return asked.stdout.strip()
