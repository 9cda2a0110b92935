"""The portal's own processes: web, workers, beat; and the question whether the portal answers."""

import http.client
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from sslportal.embedded import environments, places
from sslportal.embedded.processes import PYTHON, Program
from sslportal.embedded.state import State


def crew(env: dict[str, str], state: State, port: int) -> list[Program]:
    """Web, the two workers, and beat."""
    return [
        Program("web", _gunicorn(port), env),
        Program("worker (default)", _worker("default"), env),
        Program("worker (ca)", _worker("ca"), environments.with_ca(env, state)),
        Program("beat", _celery("beat", "-s", str(state.beat / "schedule")), env),
    ]


def _gunicorn(port: int) -> list[str]:
    """Its heartbeat files lie in memory, where a slow disk cannot make a worker look dead."""
    memory = Path("/dev/shm")  # noqa: S108
    listen = [word for address in places.addresses() for word in ("--bind", f"{_in_url(address)}:{port}")]
    return [
        PYTHON, "-m", "gunicorn", "sslportal.wsgi", *listen,
        "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--graceful-timeout", "5",
        "--worker-tmp-dir", str(memory) if memory.is_dir() else tempfile.gettempdir(), "--no-control-socket",
    ]  # fmt: skip


def _in_url(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _worker(queue: str) -> list[str]:
    return _celery(
        "worker", "-Q", queue, "-n", f"{queue}@%h", "--concurrency", "1", "--without-gossip", "--without-mingle"
    )  # fmt: skip


def _celery(*words: str) -> list[str]:
    return [PYTHON, "-m", "celery", "-A", "sslportal", *words, "--loglevel", "INFO"]


def answers(port: int, url: str) -> bool:
    """Whether the web process says that it is well, asked by the name that it expects."""
    connection = http.client.HTTPConnection("localhost", port, timeout=2)
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/healthz", headers={"Host": urlsplit(url).netloc})
        return connection.getresponse().status == 200
    return False
