"""The program that an administrator downloads and runs: options, exit codes, and out.

0    all is done
1    it cannot go on: the portal does not want it or cannot be reached, nothing can be written
2    wrong options
130  stopped by Ctrl-C
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import ssl
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from discovery.scanner import settings
from discovery.scanner.errand import Errand
from discovery.scanner.portal import Portal
from discovery.scanner.screen import Screen
from discovery.scanner.session import Session
from discovery.scanner.trouble import Trouble

VERSION = "0.1.0"  # the portal's
ARCHIVE = Path(__file__).parents[2].resolve()  # the downloaded file, which Python imports from as from a folder
ABOUT = """\
Does what was set up in the portal: looks for certificates in your network, or looks closely at servers that the portal does
not reach. What it finds goes to the portal; nothing is installed, and nothing else is changed on this computer.

Ctrl-C stops it, and running it again goes on from there. Where a proxy stands between this computer and the portal, name it
in the environment: HTTPS_PROXY=http://proxy.example:3128, and NO_PROXY for hosts that are reached without it."""


def run() -> NoReturn:
    """The whole program, and out."""
    code = 1
    try:
        code = main()
    except SystemExit as ended:  # --help and wrong options
        code = int(ended.code or 0)
    except KeyboardInterrupt:
        code = 130
    except Exception:
        traceback.print_exc()
    leave(code)


def leave(code: int) -> NoReturn:
    """Out at once: Python would wait for threads, of which one may ask a name server that does not answer."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, RuntimeError):  # the last where a signal comes in the middle of a write
            stream.flush()
    os._exit(code)


def main() -> int:
    """Returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # the portal's sentences may be in Japanese
    options = _options()
    screen = Screen(sys.stdout)
    try:
        return _do(options.ca_file, screen)
    except Trouble as trouble:
        screen.end_line()
        sys.stderr.write(f"{trouble}\n")
        return 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        ARCHIVE.name, description=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    version = f"scanner {VERSION}, Python {platform.python_version()}, {ssl.OPENSSL_VERSION}"
    parser.add_argument("--version", action="version", version=version)
    parser.add_argument(
        "--ca-file",
        type=Path,
        metavar="FILE",
        help="certificates in PEM of the CA that the portal's is from; else the system's count",
    )
    return parser.parse_args()


def _do(authorities: Path | None, screen: Screen) -> int:
    """Raises Trouble."""
    wanted = settings.read(ARCHIVE)
    portal = Portal(wanted.agent, language=wanted.language, authorities=authorities, tell=screen.say)
    with Session(ARCHIVE, wanted.uid) as session:
        errand = Errand(wanted, session, portal, screen, leave)
        loop = asyncio.SelectorEventLoop()  # the engine needs this one, which on Windows is not the usual one
        return loop.run_until_complete(errand.run())
