"""The portal's own processes: web, workers, beat; and the question whether the portal answers."""

import http.client
import signal
from contextlib import suppress
from urllib.parse import urlsplit

from sslportal.embedded import environments, places
from sslportal.embedded.processes import PYTHON, Program
from sslportal.embedded.state import State


def crew(env: dict[str, str], state: State, port: int) -> list[Program]:
    """Web, the workers, and beat."""
    return [
        Program("web", _gunicorn(port), env),
        _celery("worker (default)", env, *_worker("default")),
        _celery("worker (outside)", env, *_worker("outside")),
        _celery("worker (scans)", env, *_worker("scans")),
        _celery("worker (reports)", env, *_worker("reports")),
        _celery("worker (ca)", environments.with_ca(env, state), *_worker("trust,ca")),
        _celery("beat", env, "beat", "-s", str(state.beat / "schedule")),
    ]


def _gunicorn(port: int) -> list[str]:
    listen = [word for address in places.addresses() for word in ("--bind", f"{_in_url(address)}:{port}")]
    how = ["-c", "python:sslportal.serving", "--graceful-timeout", "5"]
    return [PYTHON, "-m", "gunicorn", *how, *listen, "sslportal.wsgi"]


def _in_url(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _worker(queues: str) -> list[str]:
    """One process with one thread for tasks. Celery's pool of processes may wait for itself forever when it is stopped."""
    one = ["--pool", "threads", "--concurrency", "1"]
    return [
        "worker",
        "-Q",
        queues,
        "-n",
        f"{queues.rpartition(',')[2]}@%h",
        *one,
        "--without-gossip",
        "--without-mingle",
    ]


def _celery(name: str, env: dict[str, str], *words: str) -> Program:
    """Where the supervisor was killed, the broker is going too: it ends at once. Every step may run twice."""
    command = [PYTHON, "-m", "celery", "--quiet", "-A", "sslportal", *words, "--loglevel", "INFO"]
    return Program(name, command, env, orphaned_with=signal.SIGKILL)


def answers(port: int, url: str) -> bool:
    """Whether the web process says that it is well, asked by the name that it expects."""
    connection = http.client.HTTPConnection("localhost", port, timeout=2)
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/healthz", headers={"Host": urlsplit(url).netloc})
        return connection.getresponse().status == 200
    return False
