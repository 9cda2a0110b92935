"""The real portal for end-to-end tests: `./portal up` with a state and a port of its own."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
READY_WITHIN = 150  # seconds


class Portal:
    """A running `./portal up`."""

    def __init__(self, state, port):
        self.state, self.port, self.said = state, port, []
        env = {name: value for name, value in os.environ.items() if name not in CONNECTIONS}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sslportal.embedded", "up", "--state", str(state), "--port", str(port)],
            cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.ready = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()
        assert self.ready.wait(READY_WITHIN), "".join(self.said)

    def _listen(self):
        for line in self.process.stdout:
            self.said.append(line)
            if PERSON.match(line.strip()) and "stranger" in line:
                self.ready.set()

    @property
    def url(self):
        return f"http://localhost:{self.port}"

    @property
    def people(self):
        found = (PERSON.match(line.strip()) for line in self.said)
        return {match["email"]: match["password"] for match in found if match}

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


CONNECTIONS = {
    "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SECRET_KEY_FILE", "DJANGO_SETTINGS_MODULE", "PORTAL_URL", "STATIC_ROOT",
    "CA_KEYS", "CA_PASSPHRASE_FILE", "PORTAL_DEMO", "PORTAL_DEMO_PEOPLE",
}  # fmt: skip
PERSON = re.compile(r"(?P<email>\S+@\S+)\s+(?P<password>\S+)\s+(?P<role>\S.*)")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def portal(tmp_path_factory):
    running = Portal(tmp_path_factory.mktemp("portal"), free_port())
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """The system's Chromium, which talks to nobody but the portal."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine; install the package “chromium” to run the browser tests")
    quiet = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    return {**browser_type_launch_args, "executable_path": path, "args": quiet}
