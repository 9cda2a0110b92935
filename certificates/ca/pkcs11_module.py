"""A PKCS#11 module in this process, and the tokens opened with it: once, after a fork, and again when they were away."""

import contextlib
import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

import pkcs11
from pkcs11 import TokenFlag

from certificates.ca.keys import KeyStoreError, WrongPassphrase

T = TypeVar("T")

_WRONG_PIN = (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange)
_GONE = (  # what a token says that has been away: it no longer knows this process, or what this process had found
    pkcs11.SessionHandleInvalid,
    pkcs11.SessionClosed,
    pkcs11.UserNotLoggedIn,
    pkcs11.KeyHandleInvalid,
    pkcs11.ObjectHandleInvalid,
    pkcs11.DeviceError,
    pkcs11.DeviceRemoved,
    pkcs11.TokenNotPresent,
)
_MEANINGS: dict[tuple[type[pkcs11.PKCS11Error], ...], str] = {
    (pkcs11.PinLocked,): "its PIN is locked after too many wrong ones; its security officer can set a new one",
    (pkcs11.PinExpired, pkcs11.UserPinNotInitialized): "its PIN must be set anew first",
    (pkcs11.UserAlreadyLoggedIn,): "this process has opened it by another PIN",
    (pkcs11.NoSuchToken,): "there is no token of this name, or this user may not see it",
    (pkcs11.MultipleTokensReturned,): "there are several tokens of this name; give each a name of its own",
    (pkcs11.TokenWriteProtected, pkcs11.SessionReadOnly): "it is read-only",
    (pkcs11.DeviceMemory,): "it is full",
    (pkcs11.SessionCount,): "too many programs use it",
    (pkcs11.MechanismInvalid, pkcs11.KeySizeRange, pkcs11.DomainParamsInvalid): "it has no such algorithm",
    (pkcs11.GeneralError,): "it does not say why; perhaps its configuration is missing, or closed to this user",
    _GONE: "it is gone",
}


@dataclass
class Opened:
    """A session with a token, and the private keys found in it: a handle means something in its own session only."""

    session: pkcs11.Session
    found: dict[tuple[str, bytes], Any] = field(default_factory=dict)


class Module:
    """A PKCS#11 module. It is started without telling it of threads, so every call of it is made under its lock.

    What a process started is of no use to its children (PKCS #11 2.40, C_Initialize): each starts it at its first use.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._is_our_turn = False
        self._library: Any = None
        self._process = 0
        self._opened: dict[tuple[str, str], Opened] = {}
        self._refused: set[tuple[str, str]] = set()

    def ask(self, token: str, pin: str, work: Callable[[Opened], T]) -> T:
        """Do the work in the token; a second time, all opened anew, where the token has been away since the last time.

        Raises WrongPassphrase for the PIN, or KeyStoreError. A wrong PIN is tried once a process.
        """
        with self._lock, told_of(token):
            try:
                return work(self._open(token, pin))
            except (*_GONE, pkcs11.NoSuchToken, pkcs11.GeneralError):
                return work(self._open(token, pin, anew=True))

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """For what changes the token, one process of this machine at a time.

        SoftHSM2 can overlook what another process changes at the same moment. A turn may be taken once more within itself.
        """
        with self._lock:
            if self._is_our_turn:
                yield
                return
            with _locked(self._path):
                self._is_our_turn = True
                try:
                    yield
                finally:
                    self._is_our_turn = False

    def _open(self, token: str, pin: str, *, anew: bool = False) -> Opened:
        is_ours = self._process == os.getpid()
        if is_ours and not anew and (token, pin) in self._opened:
            return self._opened[token, pin]
        if (token, pin) in self._refused:
            raise pkcs11.PinIncorrect
        with self.turn():  # signing in writes to the token, too
            if anew or not is_ours:
                self._start()
            self._opened[token, pin] = Opened(self._session(token, pin))
        return self._opened[token, pin]

    def _start(self) -> None:
        """Start the module, anew where it was started before, which ends all that was opened with it."""
        self._opened.clear()
        was_started = self._library is not None
        try:
            self._library = pkcs11.lib(self._path)
        except pkcs11.PKCS11Error as error:
            raise KeyStoreError(f"The PKCS#11 module {self._path} does not start: {_meaning(error)}.") from error
        if was_started:
            with contextlib.suppress(pkcs11.PKCS11Error):
                self._library.finalize()
            self._library.initialize()
        self._process = os.getpid()

    def _session(self, label: str, pin: str) -> pkcs11.Session:
        token = self._library.get_token(token_label=label)
        try:
            session: pkcs11.Session = token.open(rw=not token.flags & TokenFlag.WRITE_PROTECTED, user_pin=pin)
        except _WRONG_PIN:
            self._refused.add((label, pin))  # tokens lock after a few
            raise
        return session


@cache
def module(path: str) -> Module:
    """The module, of which a process has but one."""
    return Module(path)


@contextlib.contextmanager
def _locked(path: str) -> Iterator[None]:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError as error:
        raise KeyStoreError(f"The PKCS#11 module {path} cannot be read: {error.strerror}.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def told_of(token: str) -> Iterator[None]:
    """Say what is wrong with the token in words that help."""
    try:
        yield
    except _WRONG_PIN as error:
        raise WrongPassphrase(
            f"The PIN does not open the token “{token}”. It was tried once, because tokens lock after a few wrong ones: "
            "put it right, then start this process again."
        ) from error
    except pkcs11.PKCS11Error as error:
        raise KeyStoreError(f"The token “{token}” cannot be used: {_meaning(error)}.") from error


def _meaning(error: pkcs11.PKCS11Error) -> str:
    meaning = next((words for kinds, words in _MEANINGS.items() if isinstance(error, kinds)), None)
    return meaning or str(error) or type(error).__name__
