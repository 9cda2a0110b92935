"""A machine of the test's own, on which the commands of the help are carried out as they stand on the page.

What differs from an administrator's machine stands in `here` and in the small programs of the folder `bin`: /etc and
/usr/local/share are folders of the test, the ports are free ones, every name leads to this machine, and what systemd would
do to a service is done to a server that the test has started.
"""

import os
import re
import signal
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

from sslportal.embedded.places import free_port
from tests.running import wait_until

PASSWORD = "changeit"
SYSTEM_FOLDERS = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"


class Block(NamedTuple):
    """What is shown to be copied: a command, or what belongs into the file."""

    code: str
    file: str


def blocks(html, section):
    """The blocks in the section with this id, in turn."""
    reader = _Reader(section)
    reader.feed(html)
    return reader.blocks


class _Reader(HTMLParser):
    def __init__(self, section):
        super().__init__()
        self.section, self.is_inside, self.inside = section, False, ""
        self.blocks, self.file = [], ""

    def handle_starttag(self, tag, attrs):
        if tag == "section":
            self.is_inside = dict(attrs).get("id") == self.section
        elif tag == "figure":
            self.file = ""
        elif tag == "pre" and self.is_inside:
            self.blocks.append(Block("", self.file))
        self.inside = tag

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        if self.inside == "figcaption":
            self.file = data
        elif self.inside == "pre" and self.is_inside:
            self.blocks[-1] = Block(self.blocks[-1].code + data, self.file)


class Machine:
    """A home for the administrator, an /etc, and at most one server."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.home, self.etc, self.bin, self.run = (folder / name for name in ("home", "etc", "bin", "run"))
        for place in (self.home, self.etc, self.bin, self.run):
            place.mkdir()
        self.environment = {"PATH": f"{self.bin}:{SYSTEM_FOLDERS}", "HOME": str(self.home), "LC_ALL": "C.UTF-8"}
        (self.home / ".curlrc").write_text(f'connect-to = "::127.0.0.1:{self.port}"\n')
        self.program("sudo", 'exec "$@"')
        self.program(
            "until-it-answers",
            f"for _ in $(seq 300); do openssl s_client -connect 127.0.0.1:{self.port} </dev/null >/dev/null 2>&1"
            " && exit; sleep 0.1; done; exit 1",
        )
        self.process = None
        self.frames = {}  # of files into which a piece belongs: where they are, and what is around the piece

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.terminate()
            self.process.wait(30)
        for file in self.run.glob("*.pid"):  # servers that went into the background
            os.kill(int(file.read_text()), signal.SIGKILL)

    def program(self, name, script):
        """A command of this machine."""
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def start(self, *command, pid=None):
        """Start a server, and wait until it has written its process id, if it does."""
        self.process = subprocess.Popen(command, cwd=self.home, env=self.environment)
        wait_until(lambda: pid is None or (pid.exists() and pid.read_text().strip()), 30, lambda: command)

    def write(self, name, text):
        """Write a file of /etc; returns its path."""
        path = self.etc / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def follow(self, steps):
        """Write the files and run the commands, in turn; returns what the commands said. Fails where one fails."""
        said = []
        for code, file in steps:
            if file:
                self.put(here(file, self), here(code, self))
            else:
                done = self.call(code)
                assert done.returncode == 0, f"{code}\n{done.stdout}{done.stderr}"
                said.append(done.stdout)
        return "".join(said)

    def put(self, file, text):
        """Into its frame, or to the end of the file, which need not be there yet."""
        path, frame = self.frames.get(file, (self.home / file, "{}"))
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as there:
            there.write(frame.replace("{}", text).lstrip() + "\n")

    def call(self, code):
        """Run a command; where it asks for a password, it gets one."""
        return subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", here(code, self)],
            cwd=self.home,
            env=self.environment,
            input=f"{PASSWORD}\n{PASSWORD}\n",
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,  # no terminal, so that openssl asks for passwords where they are given
            timeout=60,
        )


def here(text, machine):
    """What the text means on this machine."""
    text = text.replace("/etc/", f"{machine.etc}/").replace("your password", PASSWORD)
    text = text.replace("/usr/local/share/", f"{machine.etc}/share/")
    text = re.sub(r"\b8?443\b", str(machine.port), text)
    text = re.sub(r"-connect [^:]+:", "-connect 127.0.0.1:", text)
    text = text.replace("install -o tomcat", "install")  # the user may be missing, and only root could give it a file
    if not Path("/proc/net/if_inet6").exists():
        text = re.sub(r".*\[::\].*\n", "", text)
    return text
