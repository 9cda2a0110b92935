"""Where the servers' files and sockets lie, which account runs them, and which port is free."""

import os
import pwd
import shutil
import socket
import tempfile
from contextlib import closing
from pathlib import Path

from sslportal.embedded.processes import Account
from sslportal.embedded.terminal import Trouble

SHARED = Path("/var/lib/sslportal")  # root's place for what the account `nobody` must reach
SOCKET_NAMES = (".s.PGSQL.5432", "valkey.sock")
LONGEST_SOCKET_PATH = 107  # bytes; one more ends the path for the kernel


def server_account() -> Account | None:
    """PostgreSQL refuses to run as root, so root runs the servers as nobody. None means: as whoever this is."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def is_reachable(folder: Path) -> bool:
    """Whether an account without rights can come as far as this folder."""
    return all(parent.stat().st_mode & 0o001 for parent in [folder, *folder.resolve().parents])


def fits(folder: Path) -> bool:
    """Whether sockets in this folder have paths that the kernel takes."""
    return max(len(os.fsencode(folder / name)) for name in SOCKET_NAMES) <= LONGEST_SOCKET_PATH


def own(folder: Path, account: Account | None) -> Path:
    """Make a folder that only this account may enter."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    if account:
        os.chown(folder, account.uid, account.gid)
    return folder


def short_folder(account: Account | None) -> Path:
    """A new private folder with a short path, for sockets. Root's runtime folder is closed to nobody, hence /tmp."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    parents = [path for path in (runtime, tempfile.gettempdir(), "/tmp") if path and Path(path).is_dir()]  # noqa: S108
    for parent in parents:
        may_enter = account is None or is_reachable(Path(parent))
        if may_enter and fits(Path(parent) / "portal-12345678") and os.access(parent, os.W_OK):
            return own(Path(tempfile.mkdtemp(prefix="portal-", dir=parent)), account)
    raise Trouble(f"No folder for sockets has a path that is short enough; tried: {', '.join(parents)}")


def folder_for_nobody(name: str) -> Path:
    """A new folder outside of root's home, whose content `nobody` may be given."""
    SHARED.mkdir(parents=True, exist_ok=True)
    SHARED.chmod(0o755)
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=SHARED))
    folder.chmod(0o711)
    return folder


def copy_for_nobody(package: Path, version: str, beside: tuple[str, ...] = ()) -> Path:
    """Copy an installed package, once a version, to where nobody reaches it. `beside`: folders that its programs load from."""
    target = SHARED / f"{package.name}-{version}"
    if not target.exists():
        half = folder_for_nobody("half")
        for name in (package.name, *beside):
            if (package.parent / name).exists():
                shutil.copytree(package.parent / name, half / name, ignore=shutil.ignore_patterns("*.a", "include"))
        _open_to_all(half)
        try:
            half.rename(target)
        except OSError:  # another command was faster
            shutil.rmtree(half)
    return target / package.name


def _open_to_all(folder: Path) -> None:
    """Let everybody read what is in the folder, and run the programs, whatever the umask of the installation was."""
    for path in [folder, *folder.rglob("*")]:
        mode = path.stat().st_mode
        path.chmod(mode | (0o555 if mode & 0o100 else 0o444))


def addresses() -> list[str]:
    """The addresses of this machine that `localhost` may stand for."""
    found = ["127.0.0.1"]
    if socket.has_ipv6 and not _refusal("::1", 0):
        found.append("::1")
    return found


def require_free(port: int) -> None:
    """Raise Trouble, naming the way out, where the portal could not listen on the port."""
    for address in addresses():
        if refusal := _refusal(address, port):
            raise Trouble(
                f"Port {port} of {address} cannot be used: {refusal}.\nChoose another: ./portal up --port {port + 1}"
            )


def _refusal(address: str, port: int) -> str:
    """Why this address and port cannot be listened on; empty if they can."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with closing(socket.socket(family, socket.SOCK_STREAM)) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((address, port))
            trial.listen(1)
    except OSError as error:
        return "another program listens there" if port and error.errno == 98 else (error.strerror or "unknown").lower()
    return ""


def free_port() -> int:
    """A port that is free on all of these addresses."""
    while True:
        with closing(socket.create_server(("127.0.0.1", 0))) as trial:
            port = int(trial.getsockname()[1])
        if not any(_refusal(address, port) for address in addresses()):
            return port
