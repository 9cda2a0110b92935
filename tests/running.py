"""A real `./portal up` with a state and a port of its own, for tests of the commands and for end-to-end tests."""

import contextlib
import os
import signal
import subprocess
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import psycopg

from sslportal.embedded import places
from sslportal.embedded.state import State

ROOT = Path(__file__).parents[1]
OF_THE_TESTS = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "PORTAL_", "CA_", "EMAIL_")


class Portal:
    """A portal in a folder, running or not, and what it said since it was last started."""

    def __init__(self, folder):
        self.state, self.port = State(folder), places.free_port()
        self.process = None
        self.said = []

    @classmethod
    def somewhere(cls):
        """Directly in the folder for temporary files, where `nobody` reaches it when root runs the tests."""
        return cls(Path(tempfile.mkdtemp(prefix="portal-test-state-")))

    def end(self):
        """Stop it, if it runs, and take everything away."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)
        self.state.remove()

    def command(self, *words):
        env = {name: value for name, value in os.environ.items() if not name.startswith(OF_THE_TESTS)}
        return {"args": [ROOT / "portal", *words], "env": env, "text": True}

    def call(self, *words):
        """Run another of the commands on the same state, to its end."""
        return subprocess.run(**self.command(*words), capture_output=True, timeout=60)

    def up(self):
        """Start it, unless it runs, and wait until it is ready."""
        if self.process is None or self.process.poll() is not None:
            options = self.command("up", "--state", str(self.state.folder), "--port", str(self.port))
            self.said = []
            self.process = subprocess.Popen(
                **options, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
            )
            threading.Thread(target=self._listen, args=[self.process]).start()
        self.wait_for("Ctrl-C stops the portal", 120)
        return self

    def _listen(self, process):
        with process.stdout:
            self.said.extend(process.stdout)

    def wait_for(self, words, seconds):
        """Wait for it to say these words; fail at once where it has ended."""
        wait_until(lambda: self.has_said(words) or self.process.poll() is not None, seconds, lambda: self.said)
        assert self.has_said(words), self.said

    def has_said(self, words):
        return any(words in line for line in self.said)

    @property
    def url(self):
        return f"http://localhost:{self.port}"

    @property
    def people(self):
        """The demo's passwords by address, as they were printed."""
        lines = [line.split() for line in self.said if "@" in line]
        return {words[0]: words[1] for words in lines if len(words) > 2}

    def answers(self):
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://localhost:{self.port}/healthz", timeout=2):
            return True
        return False

    def execute(self, statement, *values):
        """Run a statement in the portal's database; returns the rows, if there are any."""
        where = {"host": str(self.state.sockets), "port": 5432, "user": "sslportal", "dbname": "sslportal"}
        with psycopg.connect(**where, autocommit=True) as connection:
            done = connection.execute(statement, values)
            return done.fetchall() if done.description else []

    def processes(self):
        """The numbers and command lines of all its processes: what the front has started, and whatever names the state."""
        found, parents = {}, _parents()
        for pid in parents:
            with contextlib.suppress(OSError):
                ours = self.process.pid in _ancestors(pid, parents) or self._is_named_by(pid)
                if ours and (words := _read(pid, "cmdline")):
                    found[pid] = words
        return found

    def _is_named_by(self, pid):
        folder = f"{self.state.folder}/"
        where = f"{Path(f'/proc/{pid}/cwd').readlink()}/"
        return where.startswith(folder) or folder in _read(pid, "cmdline") + _read(pid, "environ")

    def pid_of(self, words):
        """The oldest process whose command line has these words."""
        return min((pid for pid, line in self.processes().items() if words in line), default=None)

    def environment_of(self, words):
        return dict(entry.partition("=")[::2] for entry in _read(self.pid_of(words), "environ").split("\0") if entry)

    def wait_until_gone(self, before, seconds=30):
        """Until nothing of `before` is left, nor anything else that names the state."""
        self.process.wait(seconds)
        wait_until(
            lambda: not self.processes() and not any(map(_is_alive, before)),
            seconds,
            lambda: self.processes() | {pid: words for pid, words in before.items() if _is_alive(pid)},
        )


def wait_until(condition, seconds, otherwise):
    """Raises AssertionError with what `otherwise` returns, where the condition does not come true in time."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, otherwise()
        time.sleep(0.1)


def _read(pid, name):
    return Path(f"/proc/{pid}/{name}").read_bytes().decode("utf-8", "replace")


def _is_alive(pid):
    """Whether it runs; one that has ended and waits to be buried has no command line."""
    with contextlib.suppress(OSError):
        return bool(_read(pid, "cmdline"))
    return False


def _parents():
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parents[int(folder.name)] = int(_read(folder.name, "stat").rpartition(")")[2].split()[1])
    return parents


def _ancestors(pid, parents):
    """The process itself, its parent, and so on."""
    while pid:
        yield pid
        pid = parents.get(pid)
