"""`./portal check`: every gate that a commit passes, apart from the tests."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sslportal.embedded import environments
from sslportal.embedded.processes import PYTHON, ROOT, Program
from sslportal.embedded.terminal import say, tail

SCRIPT = str(ROOT / "portal")  # Python without the ending .py, so that the tools must be told of it
MANAGE = [PYTHON, "-W", "ignore:Got an error checking a consistent", str(ROOT / "manage.py")]  # no database is there
GATES = {  # the slow ones first, so that the quick ones run beside them
    "types": [PYTHON, "-m", "mypy"],
    "template lint": [PYTHON, "-m", "djlint", "--lint", "templates"],
    "template format": [PYTHON, "-m", "djlint", "--check", "templates"],
    "import contracts": [str(Path(PYTHON).parent / "lint-imports")],
    "deployment settings": [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"],
    "migrations": [*MANAGE, "makemigrations", "--check", "--dry-run"],
    "translations": [*MANAGE, "translations", "check"],
    "lint": [PYTHON, "-m", "ruff", "check", ".", SCRIPT],
    "format": [PYTHON, "-m", "ruff", "format", "--check", ".", SCRIPT],
}


@dataclass
class Gate:
    """A gate that is running: its process, and the file that takes what it says."""

    name: str
    process: subprocess.Popen[str]
    said: IO[str]
    began: float

    def result(self) -> bool:
        """Say in one line how it went, and what it said if it failed. Returns whether it passed."""
        seconds = time.monotonic() - self.began
        passed = self.process.returncode == 0
        say(f"{'passed' if passed else 'FAILED':7} {self.name} ({seconds:.0f} s)")
        if not passed:
            say(tail(Path(self.said.name), lines=200))
        self.said.close()
        return passed


def check(words: list[str]) -> int:
    """Run all gates, as many at once as there are cores. Returns 1 if one failed."""
    results = list(_results(len(os.sched_getaffinity(0))))
    failed = results.count(False)
    say(f"{failed} of {len(results)} gates failed." if failed else f"All {len(results)} gates passed.")
    return 1 if failed else 0


def _results(at_once: int) -> Iterator[bool]:
    waiting = list(GATES.items())
    gates: list[Gate] = []
    env = environments.deployment()
    while waiting or gates:
        while waiting and len(gates) < at_once:
            gates.append(_start(*waiting.pop(0), env))
        time.sleep(0.05)
        done = [gate for gate in gates if gate.process.poll() is not None]
        gates = [gate for gate in gates if gate not in done]
        yield from (gate.result() for gate in done)


def _start(name: str, command: list[str], env: dict[str, str]) -> Gate:
    said = tempfile.NamedTemporaryFile("w", prefix="portal-check-")  # noqa: SIM115 - closed with its result
    process = Program(name, command, env).logged(said.fileno(), stdout=said.fileno())
    return Gate(name, process, said, time.monotonic())
