"""The folder where one portal lives: its database, its CA's keys, its secrets, its logs, and who is using it."""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
from pathlib import Path
from typing import Any

from sslportal.embedded import places
from sslportal.embedded.processes import ROOT, wait_until
from sslportal.embedded.terminal import Trouble, say

PATIENCE = 25  # seconds that an earlier run has for ending what it started


def at(folder: str | None) -> "State":
    """The state in this folder, seen from where the command was called; by default .state in the checkout."""
    return State(Path(os.environ.get("PORTAL_CALLED_IN", ".")) / folder if folder else ROOT / ".state")


class State:
    """Paths inside the folder; the only code that knows how it is laid out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.logs = self.folder / "logs"
        self.ca_keys = self.folder / "ca" / "keys"
        self.ca_passphrase = self.folder / "ca" / "passphrase"
        self.secret_key = self.folder / "secret_key"
        self.demo_people = self.folder / "demo-people.json"
        self.demo_world = self.folder / "demo-world.json"
        self.static = self.folder / "static"
        self.evidence = self.folder / "evidence"
        self.beat = self.folder / "beat"
        self._lock = self.folder / "lock"
        self._elsewhere = self.folder / "servers-are-in"
        self._short = self.folder / "sockets-are-in"

    def prepare(self) -> None:
        """Make what is missing. Root lets others pass through, because the servers inside run as nobody."""
        account = places.server_account()
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.folder.stat().st_uid != os.geteuid():
            raise Trouble(f"{self.folder} belongs to another user. Choose another folder: --state DIR")
        self.folder.chmod(0o711 if account else 0o700)
        for folder in (self.logs, self.ca_keys.parent, self.ca_keys, self.beat):
            places.own(folder, None)
        _write_once(self.secret_key, secrets.token_urlsafe(50))
        _write_once(self.ca_passphrase, secrets.token_urlsafe(32))

    @property
    def servers(self) -> Path:
        """Where the servers' data lie: here, or where `nobody` reaches them; that is written down."""
        if self._elsewhere.exists():
            return Path(self._elsewhere.read_text(encoding="utf-8").strip())
        if places.server_account() is None or places.is_reachable(self.folder):
            return self.folder
        elsewhere = places.folder_for_nobody("state")
        self._elsewhere.write_text(f"{elsewhere}\n", encoding="utf-8")
        say(f"The servers run as nobody, who cannot reach {self.folder}; their data lie in {elsewhere}.")
        return elsewhere

    @property
    def postgres(self) -> Path:
        return self.servers / "postgres"

    @property
    def sockets(self) -> Path:
        """The folder of the servers' sockets; where its path would be too long, a short one for this run, written down."""
        if self._short.exists():
            return Path(self._short.read_text(encoding="utf-8").strip())
        return self.servers / "sockets"

    def make_sockets(self) -> None:
        """Make the folder of the sockets anew: one from an earlier run may have been taken by somebody else since."""
        self.remove_sockets()
        account = places.server_account()
        if places.fits(self.sockets):
            places.own(self.sockets, account)
        else:
            self._short.write_text(f"{places.short_folder(account)}\n", encoding="utf-8")

    def remove_sockets(self) -> None:
        shutil.rmtree(self.sockets, ignore_errors=True)
        self._short.unlink(missing_ok=True)

    def claim(self, command: str, **facts: Any) -> int:
        """Take the state for this command. Returns the lock, which children inherit: it is free once all of them are gone.

        Raises Trouble where another command has it; one that is about to end is waited for.
        """
        lock = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        wait_until(lambda: _locked(lock) or self._is_used(), PATIENCE, every=0.2)
        if not _locked(lock):
            raise Trouble(self._why_refused())
        self.note(command=command, pid=os.getppid(), **facts)
        return lock

    def note(self, **facts: Any) -> None:
        """Write down who uses the state, beside the lock that says whether somebody does."""
        self._lock.write_text(json.dumps(facts), encoding="utf-8")

    def user(self) -> dict[str, Any]:
        """Who uses the state, or used it last."""
        with contextlib.suppress(OSError, ValueError):
            return dict(json.loads(self._lock.read_text(encoding="utf-8")))
        return {}

    def is_up(self) -> bool:
        """Whether `up` is running here."""
        return self.user().get("command") == "up" and self._is_used() and self._is_locked()

    def _is_locked(self) -> bool:
        lock = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            return not _locked(lock)
        finally:
            os.close(lock)

    def _is_used(self) -> bool:
        """Whether the command that claimed the state is still there and means to stay."""
        user = self.user()
        return bool(user) and not user.get("stopping") and Path(f"/proc/{user.get('pid')}").exists()

    def _why_refused(self) -> str:
        user = self.user()
        if not self._is_used():
            return f"Processes of an earlier run still use {self.folder}. Try again in a moment."
        what = "The portal is already running" if user["command"] == "up" else f"./portal {user['command']} is running"
        where = f", at {user['url']}" if "url" in user else ""
        return (
            f"{what} on {self.folder} (process {user['pid']}{where}).\n"
            "Stop it first, or start another portal beside it: ./portal up --state DIR --port PORT"
        )

    def remove(self) -> None:
        """Delete all of it, for states that lived for one command only."""
        self.remove_sockets()
        for folder in (self.servers, self.folder):
            shutil.rmtree(folder, ignore_errors=True)


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write_once(path: Path, secret: str) -> None:
    """Write a secret that only its owner may read, unless it is there."""
    if not path.exists():
        half = path.with_name(f"{path.name}.half")
        half.touch(mode=0o600)
        half.write_text(secret, encoding="utf-8")
        half.rename(path)
