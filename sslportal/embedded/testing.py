"""`./portal test`: pytest with servers of its own, which forget everything afterwards."""

import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from sslportal.embedded import environments
from sslportal.embedded.processes import PYTHON, Program
from sslportal.embedded.state import State
from sslportal.embedded.terminal import say
from sslportal.embedded.up import servers

PROGRAMS = {  # Debian's package: the programs, any of which will do
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "nginx-light": ("nginx",),
    "apache2-bin": ("apache2",),
    "haproxy": ("haproxy",),
    "default-jre-headless": ("keytool",),
    "tomcat10-common": ("/usr/share/tomcat10/bin/catalina.sh",),
    "openssl": ("openssl",),
    "curl": ("curl",),
    "unbound": ("unbound",),
    "softhsm2": ("softhsm2-util",),
    "gnutls-bin": ("certtool",),
}
LIBRARIES = {
    "libatomic1": "libatomic.so.1",  # Playwright's driver is linked with it
    "libpango-1.0-0": "libpango-1.0.so.0",  # WeasyPrint loads this one and the next two
    "libpangoft2-1.0-0": "libpangoft2-1.0.so.0",
    "libharfbuzz-subset0": "libharfbuzz-subset.so.0",
}
FONTS = {"fonts-ipaexfont-gothic": "ja"}  # where no font of the machine writes the language
SPREAD = ["-n", str(len(os.sched_getaffinity(0))), "--dist", "loadfile"]  # a file's tests may share a running portal
SYSTEM_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin"  # where ordinary users' paths do not lead


def test(words: list[str]) -> int:
    """Run pytest with these arguments; returns its exit code. Nothing is said after pytest's closing line."""
    provide_programs()
    state = State(Path(tempfile.mkdtemp(prefix="portal-test-")))
    command = [PYTHON, "-m", "pytest", *SPREAD, *words]
    try:
        with servers(state, "test", forgetful=True) as supervisor:
            program = Program("pytest", command, environments.tests(state), stop_with=signal.SIGINT)
            return supervisor.foreground(program, own_group=True)
    finally:
        state.remove()


def provide_programs() -> None:
    """Have the system install what tests use and a wheel cannot bring; say what stays missing, with its tests skipped."""
    if missing() and os.geteuid() == 0 and shutil.which("apt-get"):
        say(f"Installing {', '.join(missing())} for the tests ...")
        _apt_get("update", "-qq")
        for package in missing():
            _apt_get("install", "-qq", "-y", "--no-install-recommends", package)
    for package in missing():
        say(f"There is no {package} here, so the tests that need it are skipped. To have it: apt-get install {package}")


def missing() -> list[str]:
    """Debian's names of what tests use and this machine lacks."""
    programs = [package for package, names in PROGRAMS.items() if not any(map(_path_of, names))]
    libraries = [package for package, name in LIBRARIES.items() if not _loads(name)]
    return programs + libraries + [package for package, language in FONTS.items() if not _has_font(language)]


def _path_of(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}:{SYSTEM_FOLDERS}")


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _has_font(language: str) -> bool:
    """Whether fontconfig knows a font of the language; it came with the programs and libraries above."""
    fc_list = _path_of("fc-list")
    command = [fc_list or "", f":lang={language}", "family"]
    return bool(fc_list and subprocess.run(command, capture_output=True, check=False).stdout)  # noqa: S603


def _apt_get(*words: str) -> None:
    """What it says is shown only if it fails."""
    done = subprocess.run(  # noqa: S603 - our own words
        ["apt-get", *words],  # noqa: S607 - the system's own
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    )
    if done.returncode != 0:
        say(done.stderr.strip())
