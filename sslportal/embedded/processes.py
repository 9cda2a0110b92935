"""Child processes: started so that they end with their parent, stopped politely, and found again when orphaned."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sys.executable
TOO_LONG = 5 * 1024 * 1024  # bytes of a log, after which it is put aside at the next start

_libc = ctypes.CDLL(None)
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


@dataclass(frozen=True)
class Account:
    """A user of the operating system."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Program:
    """What to run, how to ask it to stop, and the signal that it gets where its supervisor was killed."""

    name: str
    command: list[str]
    env: dict[str, str]
    stop_with: signal.Signals = signal.SIGTERM
    orphaned_with: signal.Signals = signal.SIGTERM
    account: Account | None = None
    cwd: Path = ROOT
    keep_open: tuple[int, ...] = field(default=())  # file descriptors that the child inherits

    def logged(self, log: int, **options: object) -> subprocess.Popen[str]:
        """Start it with its standard error in `log`, as the leader of a group of its own."""
        return self._start(stdin=subprocess.DEVNULL, stderr=log, process_group=0, **options)

    def shown(self, *, own_group: bool) -> subprocess.Popen[str]:
        """Start it on the terminal of this process."""
        return self._start(process_group=0 if own_group else None)

    def _start(self, **options: object) -> subprocess.Popen[str]:
        return subprocess.Popen(  # type: ignore[call-overload] # noqa: S603 - our own command lines
            self.command,
            env=self.env,
            cwd=self.cwd,
            text=True,
            pass_fds=self.keep_open,
            preexec_fn=partial(_in_child, self.orphaned_with, os.getpid()),
            **_as(self.account),
            **options,
        )


def _as(account: Account | None) -> dict[str, object]:
    return {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}


def _in_child(orphaned_with: signal.Signals, parent: int) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(
            number, signal.SIG_DFL
        )  # not the handlers of this Python, which the program to come knows nothing of
    end_with_parent(orphaned_with, parent)


def end_with_parent(with_signal: signal.Signals, parent: int) -> None:
    """In a child: have the kernel send this signal when the parent ends, however it ends.

    To be called after the user was changed, which forgets it. The parent's thread must live as long as the parent.
    """
    _libc.prctl(_PR_SET_PDEATHSIG, int(with_signal))
    if os.getppid() != parent:  # it ended before we asked
        os.kill(os.getpid(), with_signal)


def adopt_orphans() -> None:
    """Make this process the parent of every descendant whose own parent ends."""
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)


def children() -> Iterator[int]:
    """The processes whose parent is this one."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):  # it has just ended
                after_name = (entry / "stat").read_text(errors="replace").rpartition(")")[2]
                if int(after_name.split()[1]) == os.getpid():
                    yield int(entry.name)


def end_strays(known: set[int]) -> None:
    """Kill and bury the children not in `known`: orphans of a child that was killed hard, and theirs in turn."""
    while strays := [pid for pid in children() if pid not in known]:
        for pid in strays:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)


def bury_strays(known: set[int]) -> None:
    """Bury the orphans that have ended by themselves; the ends of the `known` are left for those who wait for them."""
    with suppress(ChildProcessError):
        while (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) and ended.si_pid not in known:
            os.waitpid(ended.si_pid, 0)


def wait_until(condition: Callable[[], bool], seconds: float, every: float = 0.05) -> bool:
    """Whether the condition came true in time."""
    until = time.monotonic() + seconds
    while not (done := condition()) and time.monotonic() < until:
        time.sleep(every)
    return done


def open_log(path: Path) -> int:
    """Open a log for a child to append to. One that grew too long is put aside as NAME.log.1."""
    if path.exists() and path.stat().st_size > TOO_LONG:
        path.replace(path.with_suffix(".log.1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def how(code: int) -> str:
    """How a process ended, in words."""
    return f"ended with code {code}" if code >= 0 else f"was ended by {signal.Signals(-code).name}"


class BackOff:
    """How long to wait before a child is started again: 1, 2, 4 … 30 seconds; after a minute of life from the start."""

    LONGEST, FORGIVEN_AFTER = 30, 60

    def __init__(self) -> None:
        self.failures = 0

    def after(self, lived: float) -> int:
        """Seconds to wait for a child that lived so many seconds."""
        self.failures = 1 if lived >= self.FORGIVEN_AFTER else self.failures + 1
        return min(2 ** min(self.failures - 1, 10), self.LONGEST)


class Child:
    """A program that is kept running, and its log."""

    def __init__(self, program: Program, log: Path) -> None:
        self.program, self.log = program, log
        self.back_off = BackOff()
        self.due = 0.0  # when to start it again
        self.start()

    def start(self) -> None:
        log = open_log(self.log)
        self.process: subprocess.Popen[str] | None = self.program.logged(log, stdout=log)
        os.close(log)
        self.started = time.monotonic()

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def bury(self) -> tuple[int, int]:
        """After its end: end the rest of its group. Returns its exit code, and after how many seconds to start it again."""
        assert self.process is not None  # noqa: S101
        self.kill()
        code = self.process.wait()
        self.process = None
        delay = self.back_off.after(time.monotonic() - self.started)
        self.due = time.monotonic() + delay
        return code, delay

    def ask_to_stop(self) -> None:
        if self.process is not None and self.is_running():
            self.process.send_signal(self.program.stop_with)

    def kill(self) -> None:
        """End its whole group at once."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
