"""Children: how long until the next try, and how their ends are told."""

import os
import signal

import pytest

from sslportal.embedded import processes
from sslportal.embedded.processes import BackOff, Program
from sslportal.embedded.supervisor import Supervisor

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")


def test_back_off_doubles_up_to_half_a_minute():
    back_off = BackOff()

    assert [back_off.after(lived=0.5) for _ in range(8)] == [1, 2, 4, 8, 16, 30, 30, 30]


def test_back_off_starts_anew_after_a_minute_of_life():
    back_off = BackOff()
    for _ in range(4):
        back_off.after(lived=0.5)

    assert [back_off.after(lived=60), back_off.after(lived=59)] == [1, 2]


def test_ends_are_told_in_words():
    assert processes.how(3) == "ended with code 3"
    assert processes.how(-signal.SIGKILL) == "was ended by SIGKILL"


def test_a_log_that_grew_too_long_is_put_aside(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "TOO_LONG", 3)
    log = tmp_path / "web.log"
    log.write_text("long")

    os.close(processes.open_log(log))

    assert (log.read_text(), (tmp_path / "web.log.1").read_text()) == ("", "long")


@pytest.mark.processes
def test_a_child_that_keeps_ending_is_told_with_the_end_of_its_log(tmp_path, capsys):
    broken = Program("worker (ca)", ["/bin/sh", "-c", "echo the key does not open; exit 3"], {})
    with Supervisor(tmp_path) as supervisor:
        (child,) = supervisor.start(broken)
        while child.back_off.failures < 3:
            supervisor.attend()
            child.due = 0.0

    log = tmp_path / "worker-ca.log"
    assert capsys.readouterr().out.splitlines() == [
        *[f"worker (ca) ended with code 3, starting again in {delay} s; its log: {log}" for delay in (1, 2, 4)],
        "worker (ca) keeps ending. The end of its log:",
        *["    the key does not open"] * 3,
    ]


@pytest.mark.processes
def test_stopping_ends_children_that_do_not_listen(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("sslportal.embedded.supervisor.PATIENCE", 0.5)
    deaf = Program(
        "web", ["/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"], {"PATH": "/usr/bin:/bin"}
    )
    with Supervisor(tmp_path) as supervisor:
        (child,) = supervisor.start(deaf)
        processes.wait_until(lambda: "ready" in child.log.read_text(), 5)

    assert not child.is_running()
    assert capsys.readouterr().out == f"web does not stop and is ended; its log: {child.log}\n"
