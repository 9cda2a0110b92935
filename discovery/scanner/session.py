"""What the program knows from one run to the next: the secret that it goes on with, in a file that its owner alone reads.

One run at a time holds the file: two of them would connect to everything twice.
"""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from discovery.scanner.trouble import Trouble

_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_FLAGS = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class Session:
    """The secret, kept beside the downloaded file, or in the home folder where that cannot be written to.

    A context manager that holds the file. Raises Trouble where there is none to hold.
    """

    secret: str

    def __init__(self, archive: Path, uid: str) -> None:
        self._is_over = False
        self._places = [archive.parent / f"scanner-{uid}.state"]
        with suppress(RuntimeError):  # who has no home
            self._places.append(Path.home() / self._places[0].name)

    def __enter__(self) -> Session:
        self._path, self._file = self._open()
        try:
            self._hold()
            self.secret = self._read() or self._write(secrets.token_urlsafe(32))
        except OSError as error:
            os.close(self._file)
            raise Trouble(f"{self._path} cannot be written: {error.strerror}.") from None
        except Trouble:
            os.close(self._file)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)
        if self._is_over:
            with suppress(OSError):
                self._path.unlink()

    def forget(self) -> None:
        """There is nothing left to go on with: the file goes as soon as it is closed, for Windows deletes none before."""
        self._is_over = True

    def _open(self) -> tuple[Path, int]:
        """The file that is there, or else a new one."""
        for how in (0, os.O_CREAT | os.O_EXCL):
            for path in self._places:
                with suppress(OSError):
                    return path, os.open(path, _FLAGS | how, 0o600)
        places = " nor in ".join(str(path.parent) for path in self._places)
        raise Trouble(
            f"The program must note how to go on, and can do so neither in {places}: make one of them writable."
        )

    def _hold(self) -> None:
        """Nobody else's file, and nobody else at it."""
        if hasattr(os, "fchmod") and hasattr(os, "geteuid"):
            found = os.fstat(self._file)
            if found.st_uid != os.geteuid():
                raise Trouble(f"{self._path} belongs to another user, who could go on in your place: delete it.")
            if found.st_nlink > 1:
                raise Trouble(f"{self._path} is another file's name as well: delete it.")
            os.fchmod(self._file, 0o600)
        if not _lock(self._file):
            raise Trouble("This program is running already, from the same file. Stop that run, or let it finish.")

    def _read(self) -> str:
        """The secret of the run before; empty if there was none."""
        text = os.read(self._file, 100).decode("ascii", "replace").strip()
        return text if _SECRET.fullmatch(text) else ""

    def _write(self, secret: str) -> str:
        """On the disk before the portal hears of it: the token of the file counts once."""
        os.lseek(self._file, 0, os.SEEK_SET)
        os.ftruncate(self._file, 0)
        os.write(self._file, f"{secret}\n".encode())
        os.fsync(self._file)
        return secret


def _lock(file: int) -> bool:
    """Whether nobody else holds the file, which is ours from now on until it is closed."""
    try:
        import fcntl
    except ImportError:
        return _lock_on_windows(file)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system that knows no locks: better twice than not at all
        pass
    return True


def _lock_on_windows(file: int) -> bool:
    import msvcrt

    os.lseek(
        file, 1_000_000, os.SEEK_SET
    )  # what is locked cannot be read by others, so that it is a byte beyond the end
    try:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    except OSError:
        return False
    finally:
        os.lseek(file, 0, os.SEEK_SET)
    return True
