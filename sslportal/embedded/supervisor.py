"""Keeps a set of children running: starts them in order, starts them again when they end, stops them in reverse."""

import os
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from sslportal.embedded import front, processes
from sslportal.embedded.processes import Child, Program
from sslportal.embedded.terminal import Trouble, say, tail

PATIENCE = 20  # seconds that children have for stopping: a worker finishes what it is doing
HOPELESS = 3  # failures in a row, after which the log is shown


class Supervisor:
    """A context: what was started in it is stopped on leaving it, last started first."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self.stages: list[list[Child]] = []
        self.others = set(
            processes.children()
        )  # not ours: of whoever uses a supervisor in a process with other children

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        front.stopping()
        for stage in reversed(self.stages):
            _stop(stage)

    @property
    def children(self) -> list[Child]:
        return [child for stage in self.stages for child in stage]

    def start(self, *programs: Program) -> list[Child]:
        """Start programs that do not need one another: they are stopped together, before those started earlier."""
        stage: list[Child] = []
        self.stages.append(stage)
        for program in programs:
            stage.append(Child(program, self._log(program)))
        return stage

    def _log(self, program: Program) -> Path:
        return self.logs / f"{program.name.replace(' ', '-').replace('(', '').replace(')', '')}.log"

    def once(self, program: Program) -> str:
        """Run a program to its end. Returns its standard output; raises Trouble, with its log's end, if it fails."""
        path = self._log(program)
        log = processes.open_log(path)
        with os.fdopen(log), program.logged(log, stdout=subprocess.PIPE) as process:
            output, _ = process.communicate()
        if process.returncode != 0:
            raise Trouble(f"{program.name} {processes.how(process.returncode)}; its log: {path}\n{tail(path)}")
        return str(output)

    def foreground(self, program: Program, *, own_group: bool) -> int:
        """Run a program on the terminal while the children are kept. Returns its exit code."""
        process = program.shown(own_group=own_group)
        try:
            while process.poll() is None:
                self.attend(but=process.pid)
                time.sleep(0.05)
        except front.Stop:
            process.send_signal(program.stop_with)
            with suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE)
            raise
        return process.returncode if process.returncode >= 0 else 128 - process.returncode

    def keep(self) -> None:
        """Keep the children running until somebody asks to stop."""
        while True:
            self.attend()
            time.sleep(0.2)

    def attend(self, but: int | None = None) -> None:
        """Look at every child once: bury those that have ended, start those whose time has come."""
        processes.bury_strays(self._known(but))
        for child in self.children:
            if child.process is not None and not child.is_running():
                self._bury(child, but)
            elif child.process is None and time.monotonic() >= child.due:
                child.start()

    def _known(self, but: int | None) -> set[int]:
        return self.others | {pid for pid in [but, *(child.pid for child in self.children)] if pid}

    def _bury(self, child: Child, but: int | None) -> None:
        code, delay = child.bury()
        processes.end_strays(self._known(but))
        name = child.program.name
        say(f"{name} {processes.how(code)}, starting again in {delay} s; its log: {child.log}")
        if child.back_off.failures == HOPELESS:
            say(f"{name} keeps ending. The end of its log:\n{tail(child.log)}")


def _stop(stage: list[Child]) -> None:
    """Ask all to stop, wait, and kill those that do not. A second signal cuts the waiting short."""
    for child in stage:
        child.ask_to_stop()
    processes.wait_until(lambda: front.in_a_hurry() or not any(child.is_running() for child in stage), PATIENCE)
    for child in stage:
        if child.is_running():
            say(f"{child.program.name} does not stop and is ended; its log: {child.log}")
        child.kill()
        if child.process is not None:
            child.process.wait()
