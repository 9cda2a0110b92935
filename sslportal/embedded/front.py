"""Two processes guard one another: the front, which the person sees and may kill, and the worker, which has the children.

When the front ends, however hard, the kernel tells the worker, which stops everything in order. When the worker is killed,
the front inherits what the worker leaves (it is a subreaper) and ends it. When both are killed at once, the kernel tells each
child. So nothing outlives the command, and the databases are always asked to stop rather than killed.
"""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from types import FrameType

from sslportal.embedded import processes
from sslportal.embedded.terminal import Trouble, say


class Stop(BaseException):
    """Somebody asked the command to stop. Raised once, wherever the worker is."""


class _Asked:
    times = 0


def run(work: Callable[[], int], *, on_terminal: bool = False) -> int:
    """Do the work behind a front; returns its exit code. `on_terminal`: Ctrl-C is for the program that it runs there."""
    processes.adopt_orphans()
    front = os.getpid()
    sys.stdout.flush()
    worker = os.fork()
    if worker == 0:
        os._exit(_behind(work, front, on_terminal))
    return _watch(worker, on_terminal)


def _watch(worker: int, on_terminal: bool) -> int:
    """Pass signals on until the worker ends; then end what it could not."""

    def pass_on(number: int, frame: FrameType | None) -> None:
        if not (on_terminal and number == signal.SIGINT):
            os.kill(worker, number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, pass_on)
    code = os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])
    if code < 0:
        say(f"The supervisor {processes.how(code)}; its processes are being stopped.")
        processes.wait_until(lambda: not any(_alive(pid) for pid in processes.children()), 5)
    processes.end_strays(set())
    return code if code >= 0 else 128 - code


def _alive(pid: int) -> bool:
    """Whether a child still runs; buries it if not."""
    return os.waitpid(pid, os.WNOHANG)[0] == 0


def _behind(work: Callable[[], int], front: int, on_terminal: bool) -> int:
    """In the worker."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _ask)
    if on_terminal:
        signal.signal(signal.SIGINT, lambda *_: None)
    else:
        os.setsid()  # so that what is sent to the front's whole group is not sent to the worker too
    processes.adopt_orphans()
    try:
        processes.end_with_parent(signal.SIGTERM, front)
        return work()
    except Stop:
        return 0
    except Trouble as trouble:
        say(str(trouble))
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        stopping()
        processes.end_strays(set())
        sys.stdout.flush()


def _ask(number: int, frame: FrameType | None) -> None:
    _Asked.times += 1
    if _Asked.times == 1:
        raise Stop


def stopping() -> None:
    """From here on a signal no longer interrupts; it only makes the stopping hurry."""
    _Asked.times = max(_Asked.times, 1)


def in_a_hurry() -> bool:
    """Whether somebody asked a second time."""
    return _Asked.times > 1
